using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace CaPortal.Authentication;

/// <summary>Accepts <c>Authorization: Bearer KEY</c> with the API key of the settings.</summary>
internal sealed class ApiKeyHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, IOptions<SignInOptions> signIn)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    private const string Prefix = "Bearer ";

    /// <summary>The value of a bearer header, or null.</summary>
    public static string? BearerOf(HttpRequest request) =>
        request.Headers.Authorization is [{ } header] && header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? header[Prefix.Length..].Trim() : null;

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (BearerOf(Request) is not { } key)
            return Task.FromResult(AuthenticateResult.NoResult());
        if (signIn.Value.ApiKey.Length == 0 || !Secrets.AreEqual(signIn.Value.ApiKey, key))
            return Task.FromResult(AuthenticateResult.Fail("The API key is not known."));
        return Task.FromResult(AuthenticateResult.Success(new(PortalIdentity.Create("API key", AppRoles.Administrator, Scheme.Name), Scheme.Name)));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status401Unauthorized;
        Response.Headers[HeaderNames.WWWAuthenticate] = "Bearer";
        return Task.CompletedTask;
    }
}

internal static class PortalIdentity
{
    /// <summary>A principal with the claim types that Microsoft Entra ID uses too.</summary>
    public static ClaimsPrincipal Create(string name, string role, string scheme) => new(new ClaimsIdentity(
        [new(PortalClaims.Name, name), new(PortalClaims.Role, role)], scheme, PortalClaims.Name, PortalClaims.Role));
}
