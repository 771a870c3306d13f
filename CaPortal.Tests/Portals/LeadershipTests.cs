using CaPortal.Core.Data;
using CaPortal.Core.Portals;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Portals;

public sealed class LeadershipTests
{
    [Fact(Timeout = 60_000)]
    public async Task Run_WhileTheDatabaseIsAway_EndsWithTheTermAndGoesOnAfterwards()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var time = FakeTime.FromNow();
        var database = await TestCore.NewPostgresDatabaseAsync();
        await using var core = await TestCore.StartAsync(time: time, configure: options =>
            (options.Database.Provider, options.Database.ConnectionString) = (DatabaseProvider.PostgreSql, database));
        var leadership = core.Get<Leadership>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var (began, ended) = (new SemaphoreSlim(0), new SemaphoreSlim(0));
        var running = Task.WhenAll(
            leadership.KeepAsync(stop.Token),
            leadership.RunAsync(
                async leading =>
                {
                    began.Release();
                    await Task.Delay(Timeout.InfiniteTimeSpan, leading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    ended.Release();
                },
                stop.Token));
        await began.WaitAsync(cancellationToken);
        Assert.True(leadership.IsLeading);

        using (PostgresServer.Shared.Without(database))
        {
            time.Advance(IPeers.Term);
            await ended.WaitAsync(cancellationToken);
            Assert.False(leadership.IsLeading);
        }

        // The pause until it is tried again.
        while (!await began.WaitAsync(TimeSpan.FromMilliseconds(50), cancellationToken))
            time.Advance(TimeSpan.FromSeconds(2));
        Assert.True(leadership.IsLeading);
        await stop.CancelAsync();
        await running;
        Assert.False(leadership.IsLeading);
    }

    [Fact]
    public async Task Run_OfTheOnePortalOnAFile_LeadsWithoutAsking()
    {
        await using var core = await TestCore.StartAsync();
        var began = new TaskCompletionSource();
        using var stop = new CancellationTokenSource();

        var running = core.Get<Leadership>().RunAsync(
            _ =>
            {
                began.SetResult();
                return Task.CompletedTask;
            },
            stop.Token);

        await began.Task.WaitAsync(TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        await running;
    }
}
