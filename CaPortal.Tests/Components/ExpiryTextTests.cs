using CaPortal.Components.Shared;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Components;

public sealed class ExpiryTextTests
{
    private static readonly DateTimeOffset Now = new(2027, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(-10, 61, "in 2 months", ExpiryLevel.Fine)]
    [InlineData(-10, 60, "in 60 days", ExpiryLevel.Fine)]
    [InlineData(-10, 59, "in 59 days", ExpiryLevel.Soon)]
    [InlineData(-10, 0, "in 1 minute", ExpiryLevel.Soon)]
    [InlineData(-10, -5, "expired 5 days ago", ExpiryLevel.Expired)]
    [InlineData(5, 400, "starts in 5 days", ExpiryLevel.Soon)]
    public void Text_ForACertificate_SaysHowFarItIsFromItsEnd(int startDays, int endDays, string text, ExpiryLevel level)
    {
        using var certificate = TestCertificates.Root("Root", Now.AddDays(startDays), Now.AddDays(endDays));

        Assert.Equal(new ExpiryText(text, level), ExpiryText.For(Inspection.Facts(certificate), Now));
    }
}
