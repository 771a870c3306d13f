using System.Threading.RateLimiting;
using CaPortal.Authentication;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;

namespace CaPortal.Hosting;

/// <summary>How often what is costly or tempting may be asked for. Beyond it: 429 with Retry-After.</summary>
internal static class RateLimits
{
    /// <summary>Printing sign-in links, whoever asks.</summary>
    public const string NewLink = nameof(NewLink);

    public static void AddRateLimits(this IServiceCollection services)
    {
        services.AddRateLimiter(limits =>
        {
            limits.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            limits.OnRejected = (context, _) =>
            {
                if (context.Lease.TryGetMetadata(MetadataName.RetryAfter, out var delay))
                    context.HttpContext.Response.Headers.RetryAfter = $"{Math.Ceiling(delay.TotalSeconds):F0}";
                return ValueTask.CompletedTask;
            };
        });
        services.AddOptions<RateLimiterOptions>().Configure<IOptions<SignInOptions>>((limits, signIn) =>
            limits.AddFixedWindowLimiter(NewLink, o =>
            {
                o.PermitLimit = signIn.Value.NewLinksPerMinute;
                o.Window = TimeSpan.FromMinutes(1);
            }));
    }
}
