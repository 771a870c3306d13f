using System.Net;
using System.Security.Claims;
using CaPortal.Core.Management;

namespace CaPortal.Authentication;

/// <summary>Makes the actor whom Core knows from whoever is signed in.</summary>
internal static class ActorFactory
{
    /// <exception cref="UnauthorizedAccessException">Neither of the two roles: no policy lets such a principal in.</exception>
    public static Actor Create(ClaimsPrincipal principal, string? remoteAddress) => new(
        principal.Identity?.Name ?? "unknown",
        RoleOf(principal) ?? throw new UnauthorizedAccessException("The signed-in account has no role in CaPortal."),
        remoteAddress ?? "unknown");

    public static Actor Create(HttpContext context) => Create(context.User, RemoteAddress(context));

    /// <summary>The role, or null where there is none.</summary>
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
}
