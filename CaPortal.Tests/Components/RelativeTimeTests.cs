using System.Globalization;
using CaPortal.Components.Shared;

namespace CaPortal.Tests.Components;

public sealed class RelativeTimeTests
{
    [Theory]
    [InlineData("00:00:59", "in 1 minute")]
    [InlineData("00:01:59", "in 1 minute")]
    [InlineData("00:02:00", "in 2 minutes")]
    [InlineData("01:59:59", "in 119 minutes")]
    [InlineData("02:00:00", "in 2 hours")]
    [InlineData("1.23:59:59", "in 47 hours")]
    [InlineData("2.00:00:00", "in 2 days")]
    [InlineData("59.23:00:00", "in 59 days")]
    [InlineData("60.00:00:00", "in 60 days")]
    [InlineData("61.00:00:00", "in 2 months")]
    [InlineData("364.00:00:00", "in 11 months")]
    [InlineData("366.00:00:00", "in 12 months")]
    [InlineData("420.00:00:00", "in 14 months")]
    [InlineData("715.00:00:00", "in 23 months")]
    [InlineData("716.00:00:00", "in 2 years")]
    [InlineData("912.00:00:00", "in 2 years")]
    [InlineData("914.00:00:00", "in 3 years")]
    [InlineData("1825.00:00:00", "in 5 years")]
    [InlineData("3650.00:00:00", "in 10 years")]
    [InlineData("2900000.00:00:00", "in 7940 years")]
    public void Until_ASpan_IsSaidInTheLargestUnitThatFits(string span, string text) =>
        Assert.Equal(text, RelativeTime.Until(TimeSpan.Parse(span, CultureInfo.InvariantCulture)));

    [Theory]
    [InlineData("-00:00:05", "just now")]
    [InlineData("00:00:59", "just now")]
    [InlineData("00:01:00", "1 minute ago")]
    [InlineData("3.00:00:00", "3 days ago")]
    public void Ago_ASpan_IsJustNowWithinAMinute(string span, string text) =>
        Assert.Equal(text, RelativeTime.Ago(TimeSpan.Parse(span, CultureInfo.InvariantCulture)));
}
