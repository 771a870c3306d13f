using Bunit;
using CaPortal.Components.Home;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Components;

public sealed class HomePageTests : BackEndTest
{
    private const string Memory = "first-steps.closed";

    [Fact]
    public void Page_OfANewPortal_LeadsThroughThreeStepsOfWhichNoneIsDone()
    {
        var page = RenderPage<HomePage>();

        Eventually(() => Assert.Equal(["Add your CA, to do", "Let your programs use it, to do", "Add a back-end and see it trusted, to do"], Steps(page)));
        Assert.Empty(page.FindAll("#attention"));
        Assert.Equal("0", Texts(page, ".home-counts dd")[0]);
        Press(page, "Add a CA certificate", ".first-steps");
        Eventually(() => Assert.Equal(["Add CA certificates"], Texts(Host, ".mud-dialog h6")));
    }

    [Fact]
    public async Task Page_WithATrustedBackEnd_TicksWhatIsTrueAndSaysThatNothingNeedsAttention()
    {
        await Core.AddAsync(Root);
        await AddTestedAsync(Serve(Issuing), "Payments");
        var page = RenderPage<HomePage>();

        Eventually(() => Assert.Equal(["Add your CA, done", "Let your programs use it, to do", "Add a back-end and see it trusted, done"], Steps(page)));
        Assert.Equal("Nothing needs attention", Assert.Single(Texts(page, "#attention")));
        Assert.Equal("1 CA certificate is installed, and the back-end is trusted.", Assert.Single(Texts(page, ".home-fine p")));
        Assert.StartsWith("Anna", Assert.Single(Texts(page, ".home-latest a")), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Steps_Dismissed_AreGoneAndTheBrowserRemembersIt()
    {
        var page = RenderPage<HomePage>();
        Press(page, "Do not show again");

        Eventually(() => Assert.Empty(page.FindAll(".first-steps")));
        Assert.Equal(Memory, Assert.Single(Script.Invocations["remember"]).Arguments[0]);
    }

    [Fact]
    public void Steps_WhereTheBrowserRemembersThatTheyWereDismissed_AreNotShown()
    {
        Script.Setup<string?>("recall", Memory).SetResult("1");
        var page = RenderPage<HomePage>();

        Eventually(() => Assert.Single(page.FindAll(".home-counts")));
        Eventually(() => Assert.Empty(page.FindAll(".first-steps")));
    }

    [Fact]
    public async Task Page_OfAReader_LooksAndOffersNoChange()
    {
        SignIn(TestCore.Reader);
        await AddTestedAsync(Serve(), "Payments");
        var page = RenderPage<HomePage>();

        Eventually(() => Assert.Equal(["1 back-end is not trusted"], Texts(page, ".matter-title")));
        Assert.Empty(page.FindAll(".first-steps"));
        Assert.False(HasButton(page, "Add a CA certificate"));
        Assert.False(HasButton(page, "Add a back-end"));
    }

    [Fact]
    public async Task Matter_WithMoreThanItNames_LeadsToAllOfThemAndOpensEach()
    {
        foreach (var name in (string[])["a", "b", "c", "d"])
            await AddTestedAsync(Serve(), name);
        var page = RenderPage<HomePage>();

        Eventually(() => Assert.Equal("back-ends?verdict=not-trusted", page.Find(".matter-title").GetAttribute("href")));
        Assert.Equal(["a", "b", "c"], Texts(page, ".matter-subjects button"));
        Assert.Equal("1 more", Texts(page, ".matter-subjects a").Single());
        Press(page, "b");
        Eventually(() => Assert.Equal(["b"], Texts(Host, ".drawer h6")));
    }

    [Fact]
    public async Task Page_WhileItIsOpen_FollowsWhatOthersDo()
    {
        var page = RenderPage<HomePage>();
        Eventually(() => Assert.Single(page.FindAll(".home-counts")));
        var id = await AddTestedAsync(Serve(Issuing), "Payments");
        Eventually(() => Assert.Equal(["1 back-end is not trusted"], Texts(page, ".matter-title")));
        await Core.AddAsync(Root);
        await Core.BackEnds.TestAsync([id], TestCore.Bert, null, Cancellation);

        Eventually(() => Assert.Equal("Nothing needs attention", Assert.Single(Texts(page, "#attention"))));
    }

    private static IReadOnlyList<string> Steps(IRenderedComponent<HomePage> page) => Texts(page, ".first-steps h3");
}
