using Bunit;
using CaPortal.Components.BackEnds;
using CaPortal.Core.BackEnds;
using CaPortal.Tests.Testing;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;

namespace CaPortal.Tests.Components;

public sealed class BackEndsPageTests : BackEndTest
{
    [Fact]
    public void Page_WithoutBackEnds_SaysWhatTheyAreGoodForAndInvitesTheFirst()
    {
        var page = RenderPage<BackEndsPage>();

        page.WaitForElement(".empty h2");
        Assert.Contains("which of them are trusted", page.Find(".empty p").TextContent, StringComparison.Ordinal);
        Assert.False(HasButton(page, "Test now"));
        Press(page, "Add the first back-end");
        Eventually(() => Assert.Equal(["Add back-ends"], Texts(Host, ".mud-dialog h6")));
    }

    [Fact]
    public async Task Page_WithBackEnds_ShowsWhatTheirTestsFound()
    {
        await Core.AddAsync(Root);
        var server = Serve(Issuing);
        await AddTestedAsync(server, "Payments");
        await AddBackEndsAsync(Draft("orders.corp", "Orders"));
        var page = await RenderAsync(2);

        // What was never tested comes last.
        Assert.Equal(["Payments", "Orders"], Names(page));
        Assert.Equal(["2 back-ends"], Texts(page, ".page-count"));
        Assert.Equal([AddressOf(server), "Trusted", "Corp Root", "in 5 years", "just now"], Cells(page, "Payments"));
        Assert.Equal(["orders.corp:443", "Not tested", "", "", ""], Cells(page, "Orders"));
    }

    [Fact]
    public async Task Page_OfAReader_ShowsEverythingAndOffersNoChange()
    {
        SignIn(TestCore.Reader);
        await AddTestedAsync(Serve(Issuing), "Payments");
        var page = await RenderAsync(1);

        Assert.False(HasButton(page, "Add"));
        Assert.False(HasButton(page, "Test now"));
        Check(page, "Select Payments");
        Eventually(() => Assert.Equal("1 selected", Texts(page, ".list-tools span")[0]));
        Assert.False(HasButton(page, "Test"));
        Assert.False(HasButton(page, "Delete"));
        Assert.Equal(["Details"], OpenMenu(page, "Payments"));
    }

    [Theory]
    [InlineData("pay", "Payments")]
    [InlineData("ORDERS.corp", "Orders")]
    [InlineData("no such thing")]
    public async Task Search_AsTyped_NarrowsTheList(string text, params string[] expected)
    {
        await AddBackEndsAsync(Draft("payments.corp", "Payments"), Draft("orders.corp", "Orders"));
        var page = await RenderAsync(2);
        Type(page, "input[aria-label=Search]", text);

        Eventually(() => Assert.Equal(expected, Names(page)));
        Assert.Equal([$"{expected.Length} found"], Texts(page, ".page-count"));
        if (expected.Length > 0)
            return;
        Press(page, "Clear search and filter");
        Eventually(() => Assert.Equal(2, Names(page).Count));
    }

    [Fact]
    public async Task Page_WithFailures_ListsThemFirst()
    {
        await Core.AddAsync(Root);
        await AddTestedAsync(Serve(Issuing), "Alpha");
        await AddTestedAsync(Serve(), "Zeta");

        Assert.Equal(["Zeta", "Alpha"], Names(await RenderAsync(2)));
    }

    [Fact]
    public async Task Page_WithFilterAndOrderInItsAddress_BeginsWithThem()
    {
        await Core.AddAsync(Root);
        await AddTestedAsync(Serve(Issuing), "Alpha");
        await AddTestedAsync(Serve(Issuing), "Beta");
        await AddTestedAsync(Serve(), "Gamma");
        Services.GetRequiredService<NavigationManager>().NavigateTo("back-ends?verdict=trusted&sort=-name");
        var page = RenderPage<BackEndsPage>();

        Eventually(() => Assert.Equal(["Beta", "Alpha"], Names(page)));
        Assert.Equal(["2 found"], Texts(page, ".page-count"));
    }

    [Theory]
    [InlineData("Name")]
    [InlineData("Address")]
    [InlineData("Verdict")]
    [InlineData("Depends on")]
    [InlineData("Expires")]
    [InlineData("Tested")]
    public async Task Heading_Pressed_SortsByItsColumn(string column)
    {
        await Core.AddAsync(Root);
        await AddBackEndsAsync(Draft("zeta.corp", "Alpha"));
        await AddTestedAsync(Serve(Issuing), "Beta");
        var page = await RenderAsync(2);
        Assert.Equal(["Beta", "Alpha"], Names(page));
        Sort(page, "Name");
        Eventually(() => Assert.Equal(["Alpha", "Beta"], Names(page)));
        Sort(page, column);

        // Names are turned around; by all others it comes first, having the lower address, or a value at all.
        Eventually(() => Assert.Equal(["Beta", "Alpha"], Names(page)));
    }

    [Fact]
    public async Task Heading_PressedAgain_TurnsTheOrder()
    {
        await AddBackEndsAsync(Draft("zeta.corp", "Alpha"), Draft("able.corp", "Beta"));
        var page = await RenderAsync(2);
        Sort(page, "Address");
        Eventually(() => Assert.Equal(["Beta", "Alpha"], Names(page)));
        Sort(page, "Address");

        Eventually(() => Assert.Equal(["Alpha", "Beta"], Names(page)));
    }

    [Fact]
    public async Task TestNow_OfAll_ShowsEachVerdictAndSumsUp()
    {
        await Core.AddAsync(Root);
        var (good, bad) = (Serve(Issuing), Serve());
        await AddBackEndsAsync(Draft(AddressOf(good), "Good"), Draft(AddressOf(bad), "Bad"));
        var page = await RenderAsync(2);
        Press(page, "Test now");

        Eventually(() => Assert.Equal("Trusted", Cells(page, "Good")[1]));
        Eventually(() => Assert.Equal("Unknown issuer", Cells(page, "Bad")[1]));
        Eventually(() => Assert.Contains("2 tested: 1 is trusted, 1 is not.", Assert.Single(Texts(Host, ".mud-snackbar")), StringComparison.Ordinal));
        Assert.Empty(page.FindAll(".test-progress"));
    }

    [Fact]
    public async Task Test_OfTheSelected_LeavesTheOthersAlone()
    {
        await AddBackEndsAsync(Draft(AddressOf(Serve(Issuing)), "One"), Draft(AddressOf(Serve(Issuing)), "Other"));
        var page = await RenderAsync(2);
        Check(page, "Select One");
        Press(page, "Test");

        Eventually(() => Assert.Equal("Unknown issuer", Cells(page, "One")[1]));
        Assert.Equal("Not tested", Cells(page, "Other")[1]);
    }

    [Fact]
    public async Task Delete_OfTheSelected_AsksAndForgetsThem()
    {
        await AddBackEndsAsync(Draft("payments.corp", "Payments"), Draft("orders.corp", "Orders"), Draft("ledger.corp", "Ledger"));
        var page = await RenderAsync(3);
        Check(page, "Select Payments");
        Check(page, "Select Orders");
        Press(page, "Delete");
        Eventually(() => Assert.Equal(["Payments", "Orders"], Texts(Host, ".change-list strong")));
        Press(Host, "Delete", ".mud-dialog");

        Eventually(() => Assert.Equal(["Ledger"], Names(page)));
        Assert.Empty(page.FindAll(".list-tools-selected"));
    }

    [Fact]
    public async Task Page_WhileSomebodyElseAddsAndTests_ShowsItByItself()
    {
        var page = RenderPage<BackEndsPage>();
        page.WaitForElement(".empty h2");
        await AddTestedAsync(Serve(Issuing), "Payments");

        Eventually(() => Assert.Equal("Unknown issuer", Cells(page, "Payments")[1]));
        await Core.AddAsync(Root);
        Eventually(() => Assert.Equal("Trusted", Cells(page, "Payments")[1]));
    }

    [Fact]
    public async Task Page_DatabaseMissing_SaysSoAndTriesAgain()
    {
        await AddBackEndsAsync(Draft("payments.corp", "Payments"));
        IRenderedComponent<BackEndsPage> page;
        using (Core.WithoutDatabase())
        {
            page = RenderPage<BackEndsPage>();
            Eventually(() => Assert.Contains("is gone", Assert.Single(Texts(page, "[role=alert]")), StringComparison.Ordinal));
        }

        Press(page, "Try again");

        Eventually(() => Assert.Equal(["Payments"], Names(page)));
        Assert.Empty(page.FindAll("[role=alert]"));
    }

    [Fact]
    public async Task DependsOn_Pressed_OpensThatCertificate()
    {
        await Core.AddAsync(Root);
        await AddTestedAsync(Serve(Issuing), "Payments");
        var page = await RenderAsync(1);
        Press(page, "Corp Root");

        Eventually(() => Assert.Equal(["Corp Root"], Texts(Host, ".drawer h6")));
    }

    [Fact]
    public async Task Name_OfHostileText_IsShownWithItsCharactersMadeVisible()
    {
        await AddBackEndsAsync(Draft("payments.corp", "pay\u202Estnem"));
        var page = await RenderAsync(1);

        Assert.Equal(["pay\\u{202E}stnem"], Names(page));
    }

    private static IReadOnlyList<string> Names(IRenderedComponent<BackEndsPage> page) => Texts(page, "tr.list-row .col-name");

    private static IReadOnlyList<string> Cells(IRenderedComponent<BackEndsPage> page, string name) =>
    [
        .. page.FindAll("tr.list-row").Single(r => r.QuerySelector(".col-name")!.TextContent.Trim() == name)
            .QuerySelectorAll("td").Skip(2).SkipLast(1).Select(c => c.TextContent.Trim()),
    ];

    private async Task<IRenderedComponent<BackEndsPage>> RenderAsync(int count)
    {
        Assert.Equal(count, (await Core.BackEnds.ListAsync(new BackEndQuery(), Cancellation)).Count);
        var page = RenderPage<BackEndsPage>();
        Eventually(() => Assert.Equal(count, Names(page).Count));
        await SettleAsync<BackEndSummary>(page);
        return page;
    }

    private void Sort(IRenderedComponent<BackEndsPage> page, string column) =>
        Do(() => page.FindAll("th .sortable-column-header").Single(h => h.TextContent.Trim() == column).Click());

    private void Check(IRenderedComponent<BackEndsPage> page, string label) => Do(() => page.Find($"input[aria-label='{label}']").Change(true));

    private IReadOnlyList<string> OpenMenu(IRenderedComponent<BackEndsPage> page, string name)
    {
        Press(page, $"Actions for {name}");
        Host.WaitForElement(".mud-popover-open .mud-menu-item");
        return Texts(Host, ".mud-popover-open .mud-menu-item");
    }
}
