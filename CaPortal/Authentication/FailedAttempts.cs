using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace CaPortal.Authentication;

/// <summary>What somebody tried without success.</summary>
internal enum FailedAttempt
{
    /// <summary>A sign-in link with a wrong token.</summary>
    Link,

    /// <summary>A wrong API key.</summary>
    ApiKey,
}

/// <summary>
/// Bounds how often one address may present a wrong sign-in token or API key. Who has the right one is never held up.
/// </summary>
internal sealed class FailedAttempts(IOptions<SignInOptions> options) : IDisposable
{
    /// <summary>When to try again, seconds.</summary>
    public const string RetryAfter = "60";

    private readonly PartitionedRateLimiter<(FailedAttempt What, HttpContext Context)> _limiter =
        PartitionedRateLimiter.Create<(FailedAttempt What, HttpContext Context), (FailedAttempt, string?)>(attempt =>
            RateLimitPartition.GetFixedWindowLimiter((attempt.What, ActorFactory.RemoteAddress(attempt.Context)), _ => new()
            {
                PermitLimit = options.Value.AttemptsPerMinute,
                Window = TimeSpan.FromMinutes(1),
            }));

    public bool AreExhausted(FailedAttempt what, HttpContext context)
    {
        using var probe = _limiter.AttemptAcquire((what, context), permitCount: 0);
        return !probe.IsAcquired;
    }

    /// <summary>Counts one.</summary>
    /// <returns>Whether it is still within bounds.</returns>
    public bool Count(FailedAttempt what, HttpContext context)
    {
        using var lease = _limiter.AttemptAcquire((what, context));
        return lease.IsAcquired;
    }

    public void Dispose() => _limiter.Dispose();
}
