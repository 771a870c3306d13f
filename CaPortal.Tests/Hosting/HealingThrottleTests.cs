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
        var pace = new HealingThrottle(time);

        var rounds = Enumerable.Range(0, 3 * HealingThrottle.Most).Select(_ =>
        {
            time.Advance(TimeSpan.FromSeconds(seconds));
            return pace.IsTooOften();
        }).ToList();

        Assert.DoesNotContain(true, rounds.Take(HealingThrottle.Most));
        Assert.All(rounds.Skip(HealingThrottle.Most), tooOften => Assert.Equal(isFight, tooOften));
    }
}
