using System.Security.Claims;
using CaPortal.Core;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.Extensions.Options;
using Microsoft.Identity.Web;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace CaPortal.Authentication;

/// <summary>Microsoft Entra ID: OpenID Connect with authorization code and PKCE for people, bearer tokens for programs.</summary>
internal static class EntraSignIn
{
    private const string Method = "Microsoft Entra ID";

    public static void AddEntraSignIn(this AuthenticationBuilder authentication, ConfigurationManager configuration)
    {
        // Without this the claim "roles" arrives under a long URI, which the policies do not know.
        configuration[$"{EntraOptions.Section}:MapInboundClaims"] = bool.FalseString;
        // Without this a token without any role is refused as if there were none, with 401. But its owner is known, and the
        // policies decide what it may do.
        configuration[$"{EntraOptions.Section}:AllowWebApiToBeAuthorizedByACL"] = bool.TrueString;
        var section = configuration.GetSection(EntraOptions.Section);
        authentication.AddMicrosoftIdentityWebApp(section, Schemes.Entra, Schemes.Cookie);
        authentication.AddMicrosoftIdentityWebApi(section, Schemes.EntraBearer);
        var services = authentication.Services;
        services.AddSingleton<ClientProof>();
        services.AddSingleton<TokenRefresh>();
        services.AddSingleton<SessionChecks>();
        var tenant = section[nameof(EntraOptions.TenantId)] ?? "";
        services.AddOptions<OpenIdConnectOptions>(Schemes.Entra).Configure<ClientProof, IOptions<CoreOptions>>((options, proof, core) =>
        {
            ConfigureOpenIdConnect(options);
            ConfigureEvents(options, proof, tenant);
            if (core.Value.ResolvedPublicUrl is { } address)
                LeadBackTo(address, options);
        });
        services.Configure<JwtBearerOptions>(Schemes.EntraBearer, options => ConfigureBearer(options, tenant));
    }

    /// <summary>Reads all settings of the section now: a wrong one would make every request fail.</summary>
    public static void CheckEntra(this WebApplication app)
    {
        if (!EntraOptions.IsConfigured(app.Configuration))
            return;
        _ = app.Services.GetRequiredService<IOptionsMonitor<OpenIdConnectOptions>>().Get(Schemes.Entra);
        _ = app.Services.GetRequiredService<IOptionsMonitor<JwtBearerOptions>>().Get(Schemes.EntraBearer);
    }

    private static void ConfigureOpenIdConnect(OpenIdConnectOptions options)
    {
        options.ResponseType = OpenIdConnectResponseType.Code;
        // The answer comes as a top-level navigation, so that its cookies need not be open to other sites.
        options.ResponseMode = OpenIdConnectResponseMode.Query;
        options.UsePkce = true;
        options.SaveTokens = false;
        options.MapInboundClaims = false;
        // A refresh token is what it takes to ask later whether the person still has the role.
        options.Scope.Add(OpenIdConnectScope.OfflineAccess);
        options.TokenValidationParameters.NameClaimType = PortalClaims.Name;
        options.TokenValidationParameters.RoleClaimType = PortalClaims.Role;
        options.SignedOutRedirectUri = SignInPaths.SignedOut;
        // The provider would ask for it in a frame, to which the browser sends no cookie; other pages could sign people out with it.
        options.RemoteSignOutPath = default;
        foreach (var cookie in new[] { options.CorrelationCookie, options.NonceCookie })
        {
            cookie.SameSite = SameSiteMode.Lax;
            cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        }
    }

    private static void ConfigureEvents(OpenIdConnectOptions options, ClientProof proof, string tenant)
    {
        options.Events.OnAuthorizationCodeReceived = async context =>
        {
            var configuration = await context.Options.ConfigurationManager!.GetConfigurationAsync(context.HttpContext.RequestAborted);
            await proof.AddToAsync(context.TokenEndpointRequest!, context.Options, configuration.TokenEndpoint);
        };
        var validated = options.Events.OnTokenValidated;
        options.Events.OnTokenValidated = async context =>
        {
            await validated(context);
            if (!IsOf(tenant, context.Principal))
                throw new SecurityTokenInvalidIssuerException("The account belongs to another tenant.");
            if (context.TokenEndpointResponse?.RefreshToken is { Length: > 0 } token)
                context.HttpContext.Features.Set(new IssuedRefreshToken(token));
        };
        options.Events.OnTicketReceived = context => RecordOf(context.HttpContext).SignedInAsync(context.Principal!, Method, context.HttpContext);
        options.Events.OnRemoteFailure = async context =>
        {
            var why = EntraFailures.Show(context.HttpContext, context.Failure, context.Properties?.RedirectUri);
            await RecordOf(context.HttpContext).RefusedAsync(why.ToString(), Method, context.HttpContext);
            context.HandleResponse();
        };
    }

    /// <summary>
    /// Makes the provider send browsers to the address where people open the portal, even if a proxy changes the address.
    /// </summary>
    private static void LeadBackTo(Uri address, OpenIdConnectOptions options)
    {
        var signingIn = options.Events.OnRedirectToIdentityProvider;
        options.Events.OnRedirectToIdentityProvider = async context =>
        {
            await signingIn(context);
            context.ProtocolMessage.RedirectUri = new Uri(address, SignInPaths.Link(options.CallbackPath)).AbsoluteUri;
        };
        var signingOut = options.Events.OnRedirectToIdentityProviderForSignOut;
        options.Events.OnRedirectToIdentityProviderForSignOut = async context =>
        {
            await signingOut(context);
            context.ProtocolMessage.PostLogoutRedirectUri = new Uri(address, SignInPaths.Link(options.SignedOutCallbackPath)).AbsoluteUri;
        };
    }

    private static void ConfigureBearer(JwtBearerOptions options, string tenant)
    {
        options.TokenValidationParameters.NameClaimType = PortalClaims.Name;
        options.TokenValidationParameters.RoleClaimType = PortalClaims.Role;
        var validated = options.Events.OnTokenValidated;
        options.Events.OnTokenValidated = async context =>
        {
            await validated(context);
            if (!IsOf(tenant, context.Principal))
                context.Fail("The token belongs to another tenant.");
        };
    }

    private static SignInRecord RecordOf(HttpContext context) => context.RequestServices.GetRequiredService<SignInRecord>();

    private static bool IsOf(string tenant, ClaimsPrincipal? principal) =>
        string.Equals(principal?.FindFirstValue(PortalClaims.Tenant), tenant, StringComparison.OrdinalIgnoreCase);
}

/// <summary>
/// The refresh token of a sign-in that is being completed: handed from the provider's handler to the session within one request, so
/// that no cookie carries it.
/// </summary>
internal sealed record IssuedRefreshToken(string Value)
{
    /// <summary>A record would write its value.</summary>
    public override string ToString() => nameof(IssuedRefreshToken);
}
