using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.Identity.Web;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace CaPortal.Authentication;

/// <summary>Microsoft Entra ID: OpenID Connect with authorization code and PKCE for people, bearer tokens for programs.</summary>
internal static class EntraSignIn
{
    private const string Method = "Microsoft Entra ID";

    public static void AddEntraSignIn(this AuthenticationBuilder authentication, ConfigurationManager configuration)
    {
        // Without this the claim "roles" arrives under a long URI, which the policies do not know.
        configuration[$"{EntraOptions.Section}:MapInboundClaims"] = bool.FalseString;
        var section = configuration.GetSection(EntraOptions.Section);
        authentication.AddMicrosoftIdentityWebApp(section, Schemes.Entra, Schemes.Cookie);
        authentication.AddMicrosoftIdentityWebApi(section, Schemes.EntraBearer);
        authentication.Services.Configure<OpenIdConnectOptions>(Schemes.Entra, ConfigureOpenIdConnect);
        authentication.Services.Configure<JwtBearerOptions>(Schemes.EntraBearer, o =>
        {
            o.TokenValidationParameters.NameClaimType = PortalClaims.Name;
            o.TokenValidationParameters.RoleClaimType = PortalClaims.Role;
        });
    }

    private static void ConfigureOpenIdConnect(OpenIdConnectOptions options)
    {
        options.ResponseType = OpenIdConnectResponseType.Code;
        // The answer comes as a top-level navigation, so that its cookies need not be open to other sites.
        options.ResponseMode = OpenIdConnectResponseMode.Query;
        options.UsePkce = true;
        options.SaveTokens = false;
        options.MapInboundClaims = false;
        options.TokenValidationParameters.NameClaimType = PortalClaims.Name;
        options.TokenValidationParameters.RoleClaimType = PortalClaims.Role;
        options.SignedOutRedirectUri = SignInPaths.SignedOut;
        foreach (var cookie in new[] { options.CorrelationCookie, options.NonceCookie })
        {
            cookie.SameSite = SameSiteMode.Lax;
            cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        }

        options.Events.OnTicketReceived = context => RecordOf(context.HttpContext).SignedInAsync(context.Principal!, Method, context.HttpContext);
        options.Events.OnRemoteFailure = async context =>
        {
            await RecordOf(context.HttpContext).RefusedAsync(context.Failure?.GetType().Name ?? "Unknown", Method, context.HttpContext);
            context.Response.Redirect(SignInPaths.SignInFailed);
            context.HandleResponse();
        };
    }

    private static SignInRecord RecordOf(HttpContext context) => context.RequestServices.GetRequiredService<SignInRecord>();
}
