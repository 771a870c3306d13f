using System.Globalization;
using CaPortal.Components.Shared;

namespace CaPortal.Tests.Components;

public sealed class CountedTests
{
    [Theory]
    [InlineData(0, "0 certificates")]
    [InlineData(1, "1 certificate")]
    [InlineData(2, "2 certificates")]
    public void Of_ANumber_IsFollowedByOneOrSeveral(int count, string text) => Assert.Equal(text, Counted.Of(count, "certificate"));

    [Fact]
    public void Of_AnOddPlural_IsTheGivenOne() =>
        Assert.Equal(
            ("1 entry", $"{1200.ToString("N0", CultureInfo.CurrentCulture)} entries"),
            (Counted.Of(1, "entry", "entries"), Counted.Of(1200, "entry", "entries")));
}
