using System.Net;
using System.Security.Claims;
using CaPortal.Core.Access;

namespace CaPortal.Authentication;

/// <summary>Makes the actor for Core from the signed-in person or program.</summary>
internal static class ActorFactory
{
    /// <exception cref="UnauthorizedAccessException">Neither of the two roles: no policy lets such a principal in.</exception>
    public static Actor Create(ClaimsPrincipal principal, string? remoteAddress) => new(
        NameOf(principal),
        RoleOf(principal) ?? throw new UnauthorizedAccessException("The signed-in account has no role in CaPortal."),
        remoteAddress ?? "unknown")
    {
        OnBehalfOf = HasKey(principal) ? principal.FindFirstValue(PortalClaims.OnBehalfOf) : null,
        IsProgram = HasKey(principal) || ApplicationOf(principal) is not null,
        IsAnonymous = principal.Identity?.Name is null || principal.HasClaim(c => c.Type == PortalClaims.SignInLink),
    };

    public static Actor Create(HttpContext context) => Create(context.User, RemoteAddress(context));

    /// <summary>The name of a person, a key or an application.</summary>
    public static string NameOf(ClaimsPrincipal principal) =>
        principal.Identity?.Name ?? (ApplicationOf(principal) is { } application ? $"Application {application}" : "unknown");

    /// <summary>The role, or null if there is none.</summary>
    public static Role? RoleOf(ClaimsPrincipal principal) =>
        principal.IsInRole(AppRoles.Administrator) ? Role.Administrator
        : principal.IsInRole(AppRoles.Reader) ? Role.Reader
        : null;

    /// <summary>The address that a request came from, as people write it.</summary>
    public static string? RemoteAddress(HttpContext context) => context.Connection.RemoteIpAddress switch
    {
        { IsIPv4MappedToIPv6: true } mapped => mapped.MapToIPv4().ToString(),
        IPAddress address => address.ToString(),
        null => null,
    };

    private static bool HasKey(ClaimsPrincipal principal) => principal.Identity?.AuthenticationType == Schemes.ApiKey;

    /// <summary>
    /// The application that acts by itself. Null if a person acts, although a person's token may name an application too.
    /// Tokens of version 1 have "appid" and those of version 2 "azp"; "idtyp" is there only if the registration asks for it.
    /// </summary>
    private static string? ApplicationOf(ClaimsPrincipal principal) =>
        principal.FindFirstValue("idtyp") == "app" || !(principal.HasClaim(c => c.Type is PortalClaims.Name or "scp"))
            ? principal.FindFirstValue("azp") ?? principal.FindFirstValue("appid")
            : null;
}
