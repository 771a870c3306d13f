using CaPortal.Authentication;

namespace CaPortal.Tests.Authentication;

public sealed class LinkExchangeTests
{
    private readonly string _secret = LinkExchange.NewSecret();
    private readonly string _other = LinkExchange.NewSecret();

    [Fact]
    public void Request_OfWhoKnowsTheSecret_IsProvenAndShowsNothingOfIt()
    {
        var request = LinkExchange.Ask(_secret);

        Assert.True(LinkExchange.IsProven(request, _secret));
        Assert.False(LinkExchange.IsProven(request, _other));
        Assert.NotEqual(request, LinkExchange.Ask(_secret));
        Assert.DoesNotContain(_secret, request, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("no proof")]
    [InlineData("a.b.c")]
    public void Request_OfAnotherForm_IsNotProven(string request) => Assert.False(LinkExchange.IsProven(request, _secret));

    [Fact]
    public void Answer_Sealed_OpensForThatRequestAndThatSecretAlone()
    {
        var request = LinkExchange.Ask(_secret);
        var answer = LinkExchange.Seal("Sign in: http://127.0.0.1/", request, _secret);

        Assert.Equal("Sign in: http://127.0.0.1/", LinkExchange.Open(answer, request, _secret));
        Assert.Null(LinkExchange.Open(answer, LinkExchange.Ask(_secret), _secret));
        Assert.Null(LinkExchange.Open(answer, request, _other));
        Assert.Null(LinkExchange.Open("<html>", request, _secret));
        Assert.Null(LinkExchange.Open("AAAA", request, _secret));
    }
}
