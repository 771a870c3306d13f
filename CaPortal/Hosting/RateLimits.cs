using System.Threading.RateLimiting;
using CaPortal.Api;
using CaPortal.Authentication;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;

namespace CaPortal.Hosting;

/// <summary>How often what is costly or tempting may be asked for. Beyond it: 429 with Retry-After.</summary>
internal static class RateLimits
{
    /// <summary>Printing sign-in links, for all who ask together.</summary>
    public const string NewLink = nameof(NewLink);

    /// <summary>Uploads, for each account: each holds its files in memory while they are judged.</summary>
    public const string Upload = nameof(Upload);

    /// <summary>Connecting to servers, for each account: the portal must not be a means to search a network.</summary>
    public const string Probe = nameof(Probe);

    /// <summary>Reading the activity log, for each account: an answer holds megabytes in memory while it is written.</summary>
    public const string Activity = nameof(Activity);

    private const int ActivityReads = 2;
    private const int QueuedActivityReads = 4;

    /// <summary>When to try again where the limit itself does not know.</summary>
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    public static void AddRateLimits(this IServiceCollection services)
    {
        services.AddRateLimiter(limits =>
        {
            limits.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            limits.OnRejected = (context, _) =>
            {
                var delay = context.Lease.TryGetMetadata(MetadataName.RetryAfter, out var known) ? known : RetryDelay;
                context.HttpContext.Response.Headers.RetryAfter = $"{Math.Ceiling(delay.TotalSeconds):F0}";
                return ValueTask.CompletedTask;
            };
        });
        services.AddOptions<RateLimiterOptions>().Configure<IOptions<ApiOptions>>((limits, api) =>
            limits.AddPolicy(Upload, context => RateLimitPartition.GetConcurrencyLimiter(
                ActorFactory.NameOf(context.User),
                _ => new ConcurrencyLimiterOptions { PermitLimit = api.Value.ConcurrentUploads, QueueLimit = api.Value.QueuedUploads })));
        services.AddOptions<RateLimiterOptions>().Configure(limits =>
            limits.AddPolicy(Activity, context => RateLimitPartition.GetConcurrencyLimiter(
                ActorFactory.NameOf(context.User), _ => new ConcurrencyLimiterOptions { PermitLimit = ActivityReads, QueueLimit = QueuedActivityReads })));
        services.AddOptions<RateLimiterOptions>().Configure<IOptions<ApiOptions>>((limits, api) =>
            limits.AddPolicy(Probe, context => RateLimitPartition.GetTokenBucketLimiter(
                ActorFactory.NameOf(context.User),
                _ => new TokenBucketRateLimiterOptions
                {
                    TokenLimit = api.Value.ProbesPerMinute,
                    TokensPerPeriod = api.Value.ProbesPerMinute,
                    ReplenishmentPeriod = TimeSpan.FromMinutes(1),
                    QueueLimit = 0,
                })));
        services.AddOptions<RateLimiterOptions>().Configure<IOptions<SignInOptions>>((limits, signIn) =>
        {
            limits.AddFixedWindowLimiter(NewLink, o =>
            {
                o.PermitLimit = signIn.Value.NewLinksPerMinute;
                o.Window = TimeSpan.FromMinutes(1);
            });

            // The connection of an open page is one request that lasts as long as the page.
            limits.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context =>
                context.Request.Path.Equals("/_blazor")
                    ? RateLimitPartition.GetConcurrencyLimiter(ActorFactory.NameOf(context.User), _ => new ConcurrencyLimiterOptions
                    {
                        PermitLimit = signIn.Value.OpenPages,
                        QueueLimit = 0,
                    })
                    : RateLimitPartition.GetNoLimiter(""));
        });
    }
}
