using CaPortal.Core.Formats;

namespace CaPortal.Tests.Formats;

public sealed class Pkcs12PasswordTests
{
    [Theory]
    [InlineData(null, 1)]
    [InlineData("", 1)]
    [InlineData("secret", 2)]
    [InlineData("pä", 3)]
    [InlineData("€", 2)]
    public void DifferentForPkcs5_OfTheCandidates_AreAllOfThemOnce(string? typed, int count)
    {
        var candidates = Pkcs12Password.Candidates(typed);

        var different = Pkcs12Password.DifferentForPkcs5(candidates).Select(c => Convert.ToHexString(c.Pkcs5Bytes)).ToList();

        Assert.Equal(count, different.Count);
        Assert.Equal(candidates.Select(c => Convert.ToHexString(c.Pkcs5Bytes)).Distinct(), different);
    }
}
