using CaPortal.Hosting;

namespace CaPortal.Tests.Hosting;

public sealed class BackgroundLoopTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<Exception> Failures =>
    [
        new InvalidOperationException("A bug."),
        new IOException("A disk."),
        // Such as the time limit of a web client, which is not the end of the portal.
        new TaskCanceledException("A time limit."),
    ];

    [Theory]
    [MemberData(nameof(Failures), DisableDiscoveryEnumeration = true)]
    public async Task Run_RoundFails_ReportsItAndGoesOn(Exception failure)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var reported = new List<Exception>();
        var rounds = 0;

        await NewLoop(reported).RunAsync(
            _ =>
            {
                if (++rounds == 1)
                    throw failure;
                stop.Cancel();
                return Task.CompletedTask;
            },
            stop.Token);

        Assert.Equal(2, rounds);
        Assert.Same(failure, Assert.Single(reported));
    }

    [Fact]
    public async Task Run_GoesOnFailing_ReportsEachReasonOnceUntilARoundSucceeds()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var reported = new List<Exception>();
        Queue<string?> rounds = new(["a", "a", "b", "b", null, "b"]);

        await NewLoop(reported).RunAsync(
            _ =>
            {
                if (!rounds.TryDequeue(out var failure))
                    stop.Cancel();
                return failure is null ? Task.CompletedTask : throw new IOException(failure);
            },
            stop.Token);

        Assert.Equal(["a", "b", "b"], reported.Select(e => e.Message));
    }

    [Fact]
    public async Task Run_PortalEndsDuringARound_EndsWithoutAReport()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var reported = new List<Exception>();

        var loop = NewLoop(reported).RunAsync(token => Task.Delay(Timeout.InfiniteTimeSpan, token), stop.Token);
        await stop.CancelAsync();
        await loop;

        Assert.Empty(reported);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 4)]
    [InlineData(9, 256)]
    [InlineData(10, 300)]
    [InlineData(int.MaxValue, 300)]
    public void PauseAfter_FailuresInARow_GrowsUpToTheLongest(int failures, int seconds)
    {
        var loop = new BackgroundLoop(TimeProvider.System) { LongestPause = TimeSpan.FromMinutes(5), Failed = _ => { } };

        Assert.Equal(TimeSpan.FromSeconds(seconds), loop.PauseAfter(failures));
    }

    private static BackgroundLoop NewLoop(List<Exception> reported) =>
        new(TimeProvider.System) { LongestPause = TimeSpan.FromMilliseconds(1), Failed = reported.Add };
}
