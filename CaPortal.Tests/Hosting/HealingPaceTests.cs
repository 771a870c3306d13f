using CaPortal.Hosting;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Hosting;

public sealed class HealingPaceTests
{
    [Theory]
    [InlineData(1, true)]
    [InlineData(60, true)]
    [InlineData(600, false)]
    public void IsTooOften_RoundEverySoManySeconds_OnlyWhereItIsAFight(int seconds, bool isFight)
    {
        var time = FakeTime.FromNow();
        var pace = new HealingPace(time);

        var rounds = Enumerable.Range(0, 3 * HealingPace.Most).Select(_ =>
        {
            time.Advance(TimeSpan.FromSeconds(seconds));
            return pace.IsTooOften();
        }).ToList();

        Assert.DoesNotContain(true, rounds.Take(HealingPace.Most));
        Assert.All(rounds.Skip(HealingPace.Most), tooOften => Assert.Equal(isFight, tooOften));
    }
}
