using CaPortal.Api;
using CaPortal.Core.Changes;

namespace CaPortal.Tests.Api;

public sealed class UnattendedChangesTests
{
    private static readonly ChangeOutcome Stale = new ChangeOutcome.Stale(7, []);

    [Theory]
    [InlineData(0, false, 1)]
    [InlineData(1, false, 2)]
    [InlineData(5, false, 6)]
    [InlineData(int.MaxValue, true, 6)]
    public async Task Run_WhereOthersChangeTheList_PlansAgainAFewTimes(int staleAttempts, bool isStale, int attempts)
    {
        using var changes = new UnattendedChanges();
        var count = 0;
        var attempt = await changes.RunAsync(
            mayRepeat =>
            {
                Assert.Equal(count < 5, mayRepeat);
                return Task.FromResult(new Attempt<int>(++count, count <= staleAttempts ? Stale : new ChangeOutcome.Unchanged(8)));
            },
            TestContext.Current.CancellationToken);

        Assert.Equal((isStale, attempts, attempts), (attempt.IsStale, attempt.Plan, count));
    }

    [Fact]
    public async Task Run_SeveralThatHaveToRepeat_RepeatOneAfterTheOther()
    {
        using var changes = new UnattendedChanges();
        var (running, most, gate) = (0, 0, new Lock());

        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            var isFirst = true;
            return await changes.RunAsync(
                async _ =>
                {
                    if (isFirst)
                    {
                        isFirst = false;
                        return new Attempt<int>(0, Stale);
                    }

                    lock (gate)
                        most = Math.Max(most, ++running);
                    await Task.Yield();
                    lock (gate)
                        running--;
                    return new Attempt<int>(0, null);
                },
                TestContext.Current.CancellationToken);
        }));

        Assert.Equal(1, most);
    }

    [Fact]
    public void Problem_OfAPlanThatStayedStale_IsAConflict()
    {
        var problem = Problems.From(Stale);
        Assert.Equal(409, problem.StatusCode);
    }
}
