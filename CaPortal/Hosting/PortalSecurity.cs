using CaPortal.Authentication;
using CaPortal.Core;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.HttpOverrides;
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

        services.AddDataProtection().SetApplicationName("CaPortal");
        services.AddOptions<KeyManagementOptions>().Configure<IOptions<CoreOptions>, ILoggerFactory>((keys, core, logs) =>
            keys.XmlRepository = new KeyFiles(core.Value, logs));

        services.AddAntiforgery();
        services.AddOptions<AntiforgeryOptions>().Configure<IOptions<CoreOptions>>((antiforgery, core) =>
        {
            antiforgery.Cookie.Name = $"caportal_form_{DataDirectory.InstanceId(core.Value)}";
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
        app.Use((context, next) =>
        {
            mismatches.LookAtHeaders(context);
            return next(context);
        });
        app.UseForwardedHeaders();
        app.UseMiddleware<SecurityHeaders>();
        app.UseErrorAnswers();
        app.UseHsts();
        app.UseHostNames(mismatches);
        app.UseOwnPagesOnly(mismatches);
        app.UseAuthentication();
        app.UseRateLimiter();
        app.UseAuthorization();
        app.UseAntiforgery();
    }

    /// <summary>
    /// Browsers let every site open a web socket, and cookies do not tell the ports of a host apart: the connection
    /// that draws the pages is for the portal's own pages alone.
    /// </summary>
    private static void UseOwnPagesOnly(this WebApplication app, ProxyMismatches mismatches) => app.Use((context, next) =>
    {
        var request = context.Request;
        var origin = request.Headers.Origin.ToString();
        if (!request.Path.StartsWithSegments("/_blazor") || origin.Length == 0 || origin == $"{request.Scheme}://{request.Host}")
            return next(context);
        mismatches.RefusedOrigin(context, origin);
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    });

    /// <summary>
    /// Where the server listens on loopback only, a page of another site could still reach it under a name of its own
    /// that it has pointed to 127.0.0.1: such a name is refused.
    /// </summary>
    private static void UseHostNames(this WebApplication app, ProxyMismatches mismatches)
    {
        var signIn = app.Services.GetRequiredService<IOptions<SignInOptions>>();
        if (EntraOptions.IsConfigured(app.Configuration))
            return;
        app.Use((context, next) =>
        {
            if (signIn.Value.AllowRemote || ListenAddresses.IsLoopback($"http://{context.Request.Host.Host}"))
                return next(context);
            mismatches.RefusedHost(context);
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return Task.CompletedTask;
        });
    }
}
