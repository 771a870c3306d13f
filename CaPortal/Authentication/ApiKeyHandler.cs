using System.Security.Claims;
using System.Text;
using System.Text.Encodings.Web;
using CaPortal.Core.Access;
using CaPortal.Core.ApiKeys;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace CaPortal.Authentication;

/// <summary>
/// Accepts <c>Authorization: Bearer KEY</c> with an API key that an administrator made, or the one of the settings. Calendar
/// programs send no such header. For them the key is accepted as the password of <c>Authorization: Basic</c> (RFC 7617) with
/// any user name.
/// </summary>
internal sealed class ApiKeyHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logger,
    UrlEncoder encoder,
    IOptions<SignInOptions> signIn,
    ApiKeyService keys,
    FailedAttempts failures,
    SignInRecord record)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    private const string Prefix = "Bearer ";
    private const string BasicPrefix = "Basic ";

    private bool _isOneTooMany;

    /// <summary>The value of a bearer header, or null.</summary>
    public static string? BearerOf(HttpRequest request) =>
        request.Headers.Authorization is [{ } header] && header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? header[Prefix.Length..].Trim() : null;

    /// <summary>The key that a request carries, or null.</summary>
    public static string? KeyOf(HttpRequest request) => BearerOf(request) ?? (SignInPaths.IsCalendar(request.Path) ? PasswordOf(request) : null);

    /// <exception cref="Core.Data.DatabaseException">Nobody knows whether the key is right: answered by the host's error answers.</exception>
    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (KeyOf(Request) is not { } key)
            return AuthenticateResult.NoResult();
        if (signIn.Value.ApiKey.Length > 0 && Secrets.AreEqual(signIn.Value.ApiKey, key))
            return Success(PortalIdentity.Create("API key", AppRoles.Administrator, Scheme.Name));
        if (await keys.VerifyAsync(key, Context.RequestAborted) is { } known)
            return Success(PortalIdentity.OfKey(known, Scheme.Name));

        _isOneTooMany = !await failures.CountAsync(FailedAttempt.ApiKey, Context);
        await record.WrongKeyAsync(Context);
        return AuthenticateResult.Fail("The API key is not known.");
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (_isOneTooMany)
        {
            Response.StatusCode = StatusCodes.Status429TooManyRequests;
            Response.Headers.RetryAfter = FailedAttempts.RetryAfter;
            return Task.CompletedTask;
        }

        Response.StatusCode = StatusCodes.Status401Unauthorized;
        Response.Headers.Append(HeaderNames.WWWAuthenticate, "Bearer");
        if (SignInPaths.IsCalendar(Request.Path))
            Response.Headers.Append(HeaderNames.WWWAuthenticate, "Basic realm=\"CaPortal: an API key as the password\", charset=\"UTF-8\"");
        return Task.CompletedTask;
    }

    private AuthenticateResult Success(ClaimsPrincipal principal) => AuthenticateResult.Success(new(principal, Scheme.Name));

    private static string? PasswordOf(HttpRequest request)
    {
        if (request.Headers.Authorization is not [{ } header] || !header.StartsWith(BasicPrefix, StringComparison.OrdinalIgnoreCase))
            return null;
        var encoded = header[BasicPrefix.Length..].Trim();
        var decoded = new byte[encoded.Length];
        if (!Convert.TryFromBase64String(encoded, decoded, out var length))
            return null;
        var pair = Encoding.UTF8.GetString(decoded, 0, length);
        return pair.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon ? pair[(colon + 1)..] : null;
    }
}

internal static class PortalIdentity
{
    /// <summary>A principal with the claim types that Microsoft Entra ID uses too.</summary>
    public static ClaimsPrincipal Create(string name, string role, string scheme) => new(new ClaimsIdentity(
        [new(PortalClaims.Name, name), new(PortalClaims.Role, role)], scheme, PortalClaims.Name, PortalClaims.Role));

    /// <summary>The holder of an API key that an administrator made.</summary>
    public static ClaimsPrincipal OfKey(ApiKeySummary key, string scheme)
    {
        // A name can be given again once its key is revoked; the beginning of the key is that key's alone.
        var principal = Create($"API key \"{key.Name}\" ({key.Prefix})", key.Role == Role.Administrator ? AppRoles.Administrator : AppRoles.Reader, scheme);
        if (key.Person is { } person)
            principal.Identities.First().AddClaim(new(PortalClaims.OnBehalfOf, person));
        return principal;
    }

    /// <summary>Anyone who has redeemed the sign-in link.</summary>
    public static ClaimsPrincipal OfLink()
    {
        var principal = Create("Local administrator", AppRoles.Administrator, Schemes.Cookie);
        principal.Identities.First().AddClaim(new(PortalClaims.SignInLink, ""));
        return principal;
    }
}
