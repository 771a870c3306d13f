using System.Threading.Channels;

namespace CaPortal.Hosting;

/// <summary>Wakes a background service. However often it is called while that works, it works once more.</summary>
internal sealed class Wakeup(TimeProvider time)
{
    // Not every timer takes longer waits.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    private readonly Channel<bool> _calls = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Call() => _calls.Writer.TryWrite(true);

    /// <summary>Waits until it is called, or until the time is over.</summary>
    public async Task WaitAsync(TimeSpan most, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(most <= TimeSpan.Zero ? TimeSpan.Zero : most < Longest ? most : Longest, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await _calls.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The time is over.
        }
    }
}
