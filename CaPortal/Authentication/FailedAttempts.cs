using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace CaPortal.Authentication;

/// <summary>Bounds how often one address may present a wrong sign-in token. Who signs in rightly is never held up.</summary>
internal sealed class FailedAttempts(IOptions<SignInOptions> options) : IDisposable
{
    private readonly PartitionedRateLimiter<HttpContext> _limiter = PartitionedRateLimiter.Create<HttpContext, string>(context =>
        RateLimitPartition.GetFixedWindowLimiter(ActorFactory.RemoteAddress(context) ?? "", _ => new()
        {
            PermitLimit = options.Value.AttemptsPerMinute,
            Window = TimeSpan.FromMinutes(1),
        }));

    public bool AreExhausted(HttpContext context)
    {
        using var probe = _limiter.AttemptAcquire(context, permitCount: 0);
        return !probe.IsAcquired;
    }

    public void Count(HttpContext context) => _limiter.AttemptAcquire(context).Dispose();

    public void Dispose() => _limiter.Dispose();
}
