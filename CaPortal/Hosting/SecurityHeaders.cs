using System.Security.Cryptography;
using CaPortal.Authentication;

namespace CaPortal.Hosting;

/// <summary>Headers that every answer carries, regardless of who makes it.</summary>
internal sealed class SecurityHeaders(RequestDelegate next, IConfiguration configuration)
{
    private static readonly object NonceKey = new();

    private readonly string _formAction = EntraOptions.IsConfigured(configuration) ? $"'self' {EntraOptions.Origin(configuration)}" : "'self'";

    /// <summary>The nonce of this answer's import map, the one script that is in a page.</summary>
    public static string Nonce(HttpContext context)
    {
        if (context.Items[NonceKey] is not string nonce)
            context.Items[NonceKey] = nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
        return nonce;
    }

    public Task InvokeAsync(HttpContext context)
    {
        // At the last moment, because an error handler clears what was set before.
        context.Response.OnStarting(() =>
        {
            Set(context);
            return Task.CompletedTask;
        });
        return next(context);
    }

    private void Set(HttpContext context)
    {
        var headers = context.Response.Headers;
        // MudBlazor writes its theme as a style element and uses style attributes, so inline styles stay allowed.
        if (headers.ContentSecurityPolicy.Count == 0)
            headers.ContentSecurityPolicy =
                $"default-src 'none'; script-src 'self' 'nonce-{Nonce(context)}'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
                $"font-src 'self'; connect-src 'self'; base-uri 'self'; form-action {_formAction}; frame-ancestors 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        // Lets the first page be drawn light or dark as the browser prefers.
        headers["Accept-CH"] = "Sec-CH-Prefers-Color-Scheme";
        if (headers.CacheControl.Count == 0)
            headers.CacheControl = "no-store";
    }
}
