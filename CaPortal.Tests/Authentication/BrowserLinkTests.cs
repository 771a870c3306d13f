using CaPortal.Authentication;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace CaPortal.Tests.Authentication;

public sealed class BrowserLinkTests
{
    private readonly FakeTimeProvider _time = FakeTime.FromNow();

    [Fact]
    public void TryRedeem_Twice_WorksOnce()
    {
        var link = Link();
        var (token, _) = link.Issue();

        Assert.True(link.TryRedeem(token));
        Assert.False(link.TryRedeem(token));
    }

    [Fact]
    public void TryRedeem_AtOnceFromManyThreads_WorksOnce()
    {
        var link = Link();
        var (token, _) = link.Issue();

        Assert.Single(ParallelEnumerable.Range(0, 64).WithDegreeOfParallelism(8).Select(_ => link.TryRedeem(token)), worked => worked);
    }

    [Theory]
    [InlineData(599, true)]
    [InlineData(600, false)]
    public void TryRedeem_AfterSeconds_WorksForTenMinutes(int seconds, bool works)
    {
        var link = Link();
        var (token, _) = link.Issue();
        _time.Advance(TimeSpan.FromSeconds(seconds));

        Assert.Equal(works, link.IsValid(token));
        Assert.Equal(works, link.TryRedeem(token));
    }

    [Fact]
    public void Issue_WhileTheLastStillWorks_KeepsIt()
    {
        var link = Link();
        var (token, _) = link.Issue();
        _time.Advance(TimeSpan.FromMinutes(9));

        Assert.Equal(token, link.Issue().Token);
    }

    [Fact]
    public void Issue_AfterUseOrExpiry_IsNew()
    {
        var link = Link();
        var first = link.Issue().Token;
        link.TryRedeem(first);
        var second = link.Issue().Token;
        _time.Advance(TimeSpan.FromMinutes(10));
        var third = link.Issue().Token;

        Assert.Equal(3, new[] { first, second, third }.Distinct().Count());
        Assert.False(link.TryRedeem(second));
        Assert.True(link.TryRedeem(third));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("wrong")]
    public void TryRedeem_WrongToken_FailsAndLeavesTheLink(string? wrong)
    {
        var link = Link();
        var (token, _) = link.Issue();

        Assert.False(link.TryRedeem(wrong));
        Assert.True(link.TryRedeem(token));
    }

    [Fact]
    public void TryRedeem_BeforeAnyWasIssued_Fails() => Assert.False(Link().TryRedeem(""));

    [Fact]
    public void TryRedeem_FixedToken_WorksAgain()
    {
        var link = Link(new() { BrowserToken = "fixed" });

        Assert.Null(link.Issue().Token);
        Assert.True(link.TryRedeem("fixed"));
        _time.Advance(TimeSpan.FromDays(1));
        Assert.True(link.TryRedeem("fixed"));
        Assert.False(link.TryRedeem("other"));
    }

    private BrowserLink Link(SignInOptions? options = null) => new(Options.Create(options ?? new()), _time);
}
