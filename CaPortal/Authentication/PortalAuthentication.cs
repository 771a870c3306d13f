using CaPortal.Core;
using CaPortal.Hosting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.Options;

namespace CaPortal.Authentication;

/// <summary>
/// Who may use the portal: people through Microsoft Entra ID where it is configured, else through the sign-in link;
/// programs through an API key or a token of Entra ID.
/// </summary>
internal static class PortalAuthentication
{
    public static void AddPortalAuthentication(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSettings<SignInOptions>();
        services.AddSingleton<IValidateOptions<SignInOptions>, SignInOptions.Validator>();
        services.AddSettings<EntraOptions>();
        services.AddSingleton<IValidateOptions<EntraOptions>, EntraOptions.Validator>();
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<EndedSessions>();
        services.AddSingleton<Sessions>();
        services.AddSingleton<FailedAttempts>();
        services.AddSingleton<SignInRecord>();

        var authentication = services.AddAuthentication(o => o.DefaultScheme = Schemes.Portal)
            .AddPolicyScheme(Schemes.Portal, null, o => o.ForwardDefaultSelector = SchemeFor)
            .AddScheme<AuthenticationSchemeOptions, ApiKeyHandler>(Schemes.ApiKey, null);
        var entra = EntraOptions.IsConfigured(builder.Configuration);
        if (entra)
        {
            authentication.AddEntraSignIn(builder.Configuration);
        }
        else
        {
            authentication.AddCookie(Schemes.Cookie);
            services.AddSingleton<BrowserLink>();
            services.AddSingleton<SignInLinks>();
        }
        services
            .AddOptions<CookieAuthenticationOptions>(Schemes.Cookie)
            .Configure<IOptions<CoreOptions>>((cookie, core) => ConfigureCookie(cookie, core.Value, entra));

        services.AddAuthorizationBuilder()
            .AddPolicy(Policies.Reader, p => p.RequireRole(AppRoles.Reader, AppRoles.Administrator))
            .AddPolicy(Policies.Administrator, p => p.RequireRole(AppRoles.Administrator))
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, RefusedRequests>();
        services.AddCascadingAuthenticationState();
        services.AddScoped<AuthenticationStateProvider, SessionRevalidation>();
    }

    /// <summary>Programs on <c>/api</c> are known by their bearer header, people by their cookie.</summary>
    private static string SchemeFor(HttpContext context)
    {
        if (!SignInPaths.IsApi(context.Request.Path))
            return Schemes.Cookie;
        return BearerScheme(context) ?? (context.Request.Headers.Cookie.Count > 0 ? Schemes.Cookie : Schemes.ApiKey);
    }

    /// <summary>The scheme of what a program sends in its bearer header; null where it sends nothing.</summary>
    public static string? BearerScheme(HttpContext context)
    {
        if (ApiKeyHandler.KeyOf(context.Request) is not { } bearer)
            return null;
        // A token of Entra ID is a JSON web token: three parts, joined by dots.
        var entra = EntraOptions.IsConfigured(context.RequestServices.GetRequiredService<IConfiguration>());
        return entra && bearer.Count(c => c == '.') == 2 ? Schemes.EntraBearer : Schemes.ApiKey;
    }

    private static void ConfigureCookie(CookieAuthenticationOptions options, CoreOptions core, bool entra)
    {
        options.Cookie.Name = $"caportal_{DataDirectory.InstanceId(core)}";
        options.Cookie.HttpOnly = true;
        // Where the identity provider sends the browser back, a strict cookie would not be sent along.
        options.Cookie.SameSite = entra ? SameSiteMode.Lax : SameSiteMode.Strict;
        options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        options.SlidingExpiration = false;
        options.LoginPath = SignInPaths.SignIn;
        options.AccessDeniedPath = SignInPaths.NoAccess;
        options.ReturnUrlParameter = "returnUrl";
        options.Events.OnSigningIn = context =>
        {
            var sessions = context.HttpContext.RequestServices.GetRequiredService<Sessions>();
            if (context.Options.CookieManager.GetRequestCookie(context.HttpContext, context.Options.Cookie.Name!) is { } earlier)
                sessions.EndForeign(context.Options.TicketDataFormat.Unprotect(earlier)?.Principal);
            context.Properties.ExpiresUtc = sessions.Begin(context.Principal!, context.HttpContext.Features.Get<IssuedRefreshToken>()?.Value);
            return Task.CompletedTask;
        };
        options.Events.OnValidatePrincipal = async context =>
        {
            var sessions = context.HttpContext.RequestServices.GetRequiredService<Sessions>();
            if (await sessions.IsActiveAsync(context.Principal!))
                return;
            if (sessions.WhyEnded(context.Principal!) is { } why)
                context.HttpContext.Features.Set(new EndedSession(why));
            context.RejectPrincipal();
        };
        options.Events.OnSigningOut = async context =>
        {
            var result = await context.HttpContext.AuthenticateAsync(Schemes.Cookie);
            if (result.Principal is { } principal)
                context.HttpContext.RequestServices.GetRequiredService<Sessions>().End(principal);
        };
        // Decided here and not by the identity provider's handler, which would leave its cookies on every answer.
        options.Events.OnRedirectToLogin = context =>
        {
            if (!entra || !ExpectsPage(context.Request))
                return RedirectOrStatus(context, StatusCodes.Status401Unauthorized);
            if (context.HttpContext.Features.Get<EndedSession>() is null)
                return EntraFailures.ChallengeAsync(context.HttpContext, context.Properties);
            context.Response.Redirect(
                SignInPaths.Returning(
                    context.Request.PathBase,
                    SignInPaths.SessionEnded,
                    $"{context.Request.PathBase}{context.Request.Path}{context.Request.QueryString}"));
            return Task.CompletedTask;
        };
        // The handler would redirect by itself, and to any address that begins with a slash; the endpoint says where to.
        options.Events.OnRedirectToReturnUrl = _ => Task.CompletedTask;
        options.Events.OnRedirectToAccessDenied = context => RedirectOrStatus(context, StatusCodes.Status403Forbidden);
    }

    private static Task RedirectOrStatus(RedirectContext<CookieAuthenticationOptions> context, int status)
    {
        if (ExpectsPage(context.Request))
            // Without the host, which may be another one to the browser than to the portal.
            context.Response.Redirect(context.RedirectUri[PublicAddress.OriginOf(context.Request).Length..]);
        else
            context.Response.StatusCode = status;
        return Task.CompletedTask;
    }

    /// <summary>Whether a browser asks for a page; everything else gets a status code that it can understand.</summary>
    private static bool ExpectsPage(HttpRequest request) =>
        HttpMethods.IsGet(request.Method)
        && !SignInPaths.IsApi(request.Path)
        && !request.Path.StartsWithSegments("/_blazor")
        && request.Headers["Sec-Fetch-Mode"].ToString() is "" or "navigate";
}

/// <summary>The session of this request's cookie, which the portal has ended by itself.</summary>
internal sealed record EndedSession(SessionEnding Why);
