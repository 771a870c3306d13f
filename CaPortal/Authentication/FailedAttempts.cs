using System.Globalization;
using System.Threading.RateLimiting;
using CaPortal.Core.Data;
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
/// Bounds how often one address may present a wrong sign-in token or API key to this portal and to others on the same database. Who has
/// the right one is never held up.
/// </summary>
internal sealed class FailedAttempts(IOptions<SignInOptions> options, IPeers peers, TimeProvider time) : IDisposable
{
    /// <summary>When to try again, seconds.</summary>
    public const string RetryAfter = "60";

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly PartitionedRateLimiter<(FailedAttempt What, HttpContext Context)> _limiter =
        PartitionedRateLimiter.Create<(FailedAttempt What, HttpContext Context), (FailedAttempt, string?)>(attempt =>
            RateLimitPartition.GetFixedWindowLimiter((attempt.What, ActorFactory.RemoteAddress(attempt.Context)), _ => new()
            {
                PermitLimit = options.Value.AttemptsPerMinute,
                Window = Window,
            }));

    public async Task<bool> AreExhaustedAsync(FailedAttempt what, HttpContext context)
    {
        using var probe = _limiter.AttemptAcquire((what, context), permitCount: 0);
        return !probe.IsAcquired || await CountAsync(what, 0, context) >= options.Value.AttemptsPerMinute;
    }

    /// <summary>Counts one.</summary>
    /// <returns>Whether it is still within bounds.</returns>
    public async Task<bool> CountAsync(FailedAttempt what, HttpContext context)
    {
        // One too many is not counted: nobody can fill the database with them.
        using var lease = _limiter.AttemptAcquire((what, context));
        return lease.IsAcquired && await CountAsync(what, 1, context) <= options.Value.AttemptsPerMinute;
    }

    public void Dispose() => _limiter.Dispose();

    private async Task<int> CountAsync(FailedAttempt what, int more, HttpContext context)
    {
        if (!peers.MayExist)
            return more;
        var minute = time.GetUtcNow().Ticks / Window.Ticks;
        var name = string.Create(CultureInfo.InvariantCulture, $"failed-attempts/{what}/{ActorFactory.RemoteAddress(context)}/{minute}");
        try
        {
            return await peers.CountAsync(name, more, new DateTime((minute + 1) * Window.Ticks, DateTimeKind.Utc), context.RequestAborted);
        }
        catch (DatabaseException)
        {
            // This portal's own bound holds.
            return 0;
        }
    }
}
