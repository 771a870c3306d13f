using System.Threading.RateLimiting;

namespace CaPortal.Core.BackEnds;

/// <summary>Bounds how servers are asked: each host once at a time, and not more hosts at once than the settings allow.</summary>
internal sealed class HostLimiter : IAsyncDisposable
{
    private readonly PartitionedRateLimiter<string> _perHost;
    private readonly PartitionedRateLimiter<string> _all;
    private readonly PartitionedRateLimiter<string> _both;

    /// <param name="parallelism">How many hosts are asked at once at most.</param>
    public HostLimiter(int parallelism)
    {
        _perHost = Create(host => host, 1);
        _all = Create(_ => "", parallelism);
        _both = PartitionedRateLimiter.CreateChained(_perHost, _all);
    }

    /// <summary>Waits until the host may be asked.</summary>
    /// <returns>To be disposed when it has been asked.</returns>
    public ValueTask<RateLimitLease> AcquireAsync(string host, CancellationToken cancellationToken) =>
        _both.AcquireAsync(host, cancellationToken: cancellationToken);

    /// <summary>Ends the wait of all who wait, with a lease that was not acquired.</summary>
    public async ValueTask DisposeAsync()
    {
        await _both.DisposeAsync();
        await _perHost.DisposeAsync();
        await _all.DisposeAsync();
    }

    private static PartitionedRateLimiter<string> Create(Func<string, string> partition, int permits) => PartitionedRateLimiter.Create<string, string>(
        host => RateLimitPartition.GetConcurrencyLimiter(
            partition(host),
            _ => new ConcurrencyLimiterOptions { PermitLimit = permits, QueueLimit = int.MaxValue, QueueProcessingOrder = QueueProcessingOrder.OldestFirst }));
}
