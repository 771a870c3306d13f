using CaPortal.Api;
using CaPortal.Authentication;
using CaPortal.Core;
using CaPortal.Core.Certificates;
using CaPortal.Core.Portals;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Options;

namespace CaPortal.Hosting;

/// <summary>What every request passes through before it reaches a page or an endpoint.</summary>
internal static class PortalSecurity
{
    /// <summary>The header in which a script of a page shows that it is one of the portal's.</summary>
    public const string AntiforgeryHeader = "X-CSRF-TOKEN";

    /// <summary>What any request may send unless its endpoint says otherwise: lists of thousands of identities, but no files.</summary>
    private const int MaxRequestBytes = 4 * 1024 * 1024;

    /// <summary>Open pages in all: each costs about a megabyte.</summary>
    private const int MaxOpenPages = 1_000;

    public static void AddPortalSecurity(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        builder.WebHost.ConfigureKestrel(o =>
        {
            o.AddServerHeader = false;
            o.Limits.MaxRequestBodySize = MaxRequestBytes;
            o.Limits.MaxConcurrentUpgradedConnections = MaxOpenPages;
        });
        services.AddSettings<ProxyOptions>();
        services.AddSingleton<IValidateOptions<ProxyOptions>, ProxyOptions.Validator>();
        services.AddOptions<ForwardedHeadersOptions>().Configure<IOptions<ProxyOptions>>((headers, proxy) => proxy.Value.Apply(headers));

        services.AddSingleton<ProxyMismatches>();
        services.AddSingleton<PublicAddress>();

        services.AddDataProtection().SetApplicationName("CaPortal");
        services.AddOptions<KeyManagementOptions>().Configure<IOptions<CoreOptions>, SharedFiles, ILoggerFactory>((keys, core, shared, logs) =>
            keys.XmlRepository = new KeyFiles(core.Value, shared, logs));

        services.AddAntiforgery();
        services.AddOptions<AntiforgeryOptions>().Configure<IOptions<CoreOptions>>((antiforgery, core) =>
        {
            antiforgery.Cookie.Name = DataDirectory.FormCookie(core.Value);
            antiforgery.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            antiforgery.HeaderName = AntiforgeryHeader;
            antiforgery.SuppressXFrameOptionsHeader = true;
        });
        services.AddHsts(o => o.MaxAge = TimeSpan.FromDays(365));
        services.AddProblemDetails();
        services.AddRateLimits();
    }

    public static void UsePortalSecurity(this WebApplication app)
    {
        var mismatches = app.Services.GetRequiredService<ProxyMismatches>();
        var publicAddress = app.Services.GetRequiredService<PublicAddress>();
        app.Use((context, next) =>
        {
            ForgetUnreadableHost(context.Request);
            mismatches.LookAtHeaders(context);
            return next(context);
        });
        app.UseForwardedHeaders();
        app.Use((context, next) =>
        {
            publicAddress.Complete(context.Request);
            return next(context);
        });
        app.UseMiddleware<SecurityHeaders>();
        app.UseErrorAnswers();
        // By itself it would come first, when the path still has the sub-path in it.
        app.UseRouting();
        app.UseHsts();
        app.UseHostNames(mismatches, publicAddress);
        app.UseMiddleware<HttpsInstead>();
        app.UseOwnPagesOnly(mismatches, publicAddress);
        app.UseAuthentication();
        app.UseRateLimiter();
        app.UseAuthorization();
        app.UseAntiforgery();
    }

    /// <summary>A name that is none, such as <c>xn--</c>, passes the web server, and then fails where it is read first.</summary>
    private static void ForgetUnreadableHost(HttpRequest request)
    {
        try
        {
            _ = request.Host;
        }
        catch (ArgumentException)
        {
            request.Headers.Host = "unreadable.invalid";
        }
    }

    /// <summary>
    /// Browsers let every site open a web socket, and cookies are the same for all ports of a host. Therefore only the
    /// portal's own pages may use the connection that draws the pages.
    /// </summary>
    private static void UseOwnPagesOnly(this WebApplication app, ProxyMismatches mismatches, PublicAddress publicAddress) => app.Use((context, next) =>
    {
        var origin = context.Request.Headers.Origin.ToString();
        if (!context.Request.Path.StartsWithSegments("/_blazor") || origin.Length == 0 || publicAddress.IsOrigin(origin, context.Request))
            return next(context);
        mismatches.RefusedOrigin(context, origin);
        return Problems.WrongOrigin(DisplayText.Shorten(origin), DisplayText.Shorten(PublicAddress.OriginOf(context.Request))).ExecuteAsync(context);
    });

    /// <summary>
    /// If the server listens on loopback only, a page of another site could still reach it under a name of its own that it
    /// has pointed to 127.0.0.1. Such a name is refused.
    /// </summary>
    private static void UseHostNames(this WebApplication app, ProxyMismatches mismatches, PublicAddress publicAddress)
    {
        var signIn = app.Services.GetRequiredService<IOptions<SignInOptions>>();
        if (EntraOptions.IsConfigured(app.Configuration))
            return;
        app.Use((context, next) =>
        {
            var host = context.Request.Host;
            if (signIn.Value.AllowRemote || AnyHost.IsFor(context) || ListenAddresses.IsLoopbackName(host) || publicAddress.IsNamed(host.Host))
                return next(context);
            mismatches.RefusedHost(context, publicAddress.Url);
            return ErrorAnswers.RefuseHostAsync(context, DisplayText.Shorten(host.Value ?? ""));
        });
    }
}
