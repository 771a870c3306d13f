using System.Security.Cryptography.X509Certificates;
using Bunit;
using CaPortal.Components.Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Components;

public sealed class CertificatesPageTests : ComponentTest
{
    private readonly X509Certificate2 _root = TestCertificates.Root("Corp Root");
    private readonly X509Certificate2 _issuing;
    private readonly X509Certificate2 _old = TestCertificates.Root("Ancient Root", notAfter: TestCertificates.Yesterday.AddDays(30));

    public CertificatesPageTests() => _issuing = TestCertificates.Intermediate(_root, "Branch Issuing");

    [Fact]
    public void Page_WithoutCertificates_InvitesTheFirstAdd()
    {
        var page = RenderPage<CertificatesPage>();

        page.WaitForElement(".empty h2");
        Assert.Empty(page.FindAll("table"));
        Press(page, "Add the first certificate");
        Eventually(() => Assert.Equal(["Add CA certificates"], Texts(Host, ".mud-dialog h6")));
    }

    [Fact]
    public async Task Page_WithCertificates_ShowsTheirStoredFactsByName()
    {
        var page = await RenderAllAsync();

        Assert.Equal(["Ancient Root", "Branch Issuing", "Corp Root"], Names(page));
        Assert.Equal(["3 certificates"], Texts(page, ".page-count"));
        Assert.Equal(
            ["Installed", "Trusted root", "Self-signed", "in 10 years", $"{_root.Thumbprint[..8]}…", "anna@example.org", "just now"],
            Cells(page, "Corp Root"));
        Assert.Equal(["Installed", "Intermediate", "Corp Root", "in 5 years"], Cells(page, "Branch Issuing").Take(4));
    }

    [Fact]
    public async Task Page_OfAReader_OffersNoChange()
    {
        SignIn(TestCore.Reader);
        var page = await RenderAllAsync();

        Assert.False(HasButton(page, "Add"));
        Select(page, "Corp Root");
        Assert.Equal(["1 selected"], Texts(page, ".list-tools span:first-child").Take(1));
        Assert.False(HasButton(page, "Delete"));
        Assert.False(HasButton(page, "Move"));
        Assert.Equal(["View", "Copy thumbprint", "Download .cer", "Download .pem"], OpenMenu(page, "Corp Root"));
    }

    [Fact]
    public void Page_OfAReaderWithoutCertificates_OffersNoAdd()
    {
        SignIn(TestCore.Reader);
        var page = RenderPage<CertificatesPage>();

        page.WaitForElement(".empty h2");
        Assert.False(HasButton(page, "Add the first certificate"));
    }

    [Theory]
    [InlineData("corp", "Branch Issuing", "Corp Root")]
    [InlineData("BRANCH", "Branch Issuing")]
    [InlineData("anna ancient", "Ancient Root")]
    [InlineData("no such thing")]
    public async Task Search_AsTyped_NarrowsTheList(string text, params string[] expected)
    {
        var page = await RenderAllAsync();
        Search(page, text);

        Eventually(() => Assert.Equal(expected, Names(page)));
        Assert.Equal([$"{expected.Length} found"], Texts(page, ".page-count"));
    }

    [Fact]
    public async Task Search_ThatFindsNothing_CanBeClearedInOneStep()
    {
        var page = await RenderAllAsync();
        Search(page, "no such thing");
        Press(page, "Clear search and filters");

        Eventually(() => Assert.Equal(3, Names(page).Count));
        Assert.Equal("", page.Find("input[aria-label=Search]").GetAttribute("value") ?? "");
    }

    [Theory]
    [InlineData("Store", "Intermediate", "Branch Issuing")]
    [InlineData("Store", "Trusted root", "Ancient Root", "Corp Root")]
    [InlineData("Status", "Installed", "Branch Issuing", "Corp Root")]
    [InlineData("Status", "Failed")]
    [InlineData("Status", "Expires soon", "Ancient Root")]
    [InlineData("Status", "Expired")]
    public async Task Filter_Chosen_NarrowsTheList(string filter, string choice, params string[] expected)
    {
        var page = await RenderAllAsync();
        Do(() => page.Find($".mud-select input[aria-label={filter}]").MouseDown());
        Host.WaitForElement(".mud-popover-open .mud-list-item");
        Do(() => Host.FindAll(".mud-popover-open .mud-list-item").Single(i => i.TextContent.Trim() == choice).Click());

        Eventually(() => Assert.Equal(expected, Names(page)));
    }

    [Fact]
    public async Task Filter_Expired_FollowsTheClock()
    {
        await Core.AddAsync(_root, _old);
        Time.Advance(TimeSpan.FromDays(31));
        var page = RenderPage<CertificatesPage>();

        Eventually(() => Assert.Equal(["Ancient Root", "Corp Root"], Names(page)));
        Assert.Equal(["expired 2 days ago"], Texts(page, ".expiry-expired"));
        Assert.Equal(["Expired", "Installed"], Texts(page, ".col-status .status"));
    }

    [Theory]
    [InlineData("Store", "Branch Issuing", "Ancient Root", "Corp Root")]
    [InlineData("Expires", "Ancient Root", "Branch Issuing", "Corp Root")]
    [InlineData("Issuer", "Ancient Root", "Corp Root", "Branch Issuing")]
    public async Task Heading_Pressed_SortsByItsColumn(string column, params string[] expected)
    {
        var page = await RenderAllAsync();

        // In an order that none of the others is.
        Sort(page, "Name");
        Eventually(() => Assert.Equal(["Corp Root", "Branch Issuing", "Ancient Root"], Names(page)));
        Sort(page, column);

        Eventually(() => Assert.Equal(expected, Names(page)));
    }

    [Fact]
    public async Task Heading_PressedAgain_TurnsTheOrder()
    {
        var page = await RenderAllAsync();
        Sort(page, "Expires");
        Eventually(() => Assert.Equal("Ancient Root", Names(page)[0]));
        Sort(page, "Expires");

        Eventually(() => Assert.Equal(["Corp Root", "Branch Issuing", "Ancient Root"], Names(page)));
    }

    [Fact]
    public async Task Columns_TakenAway_StayAwayForTheBrowser()
    {
        Script.SetupVoid("remember", "ca-certificates.hidden-columns", "Thumbprint").SetVoidResult();
        var page = await RenderAllAsync();
        Press(page, "Columns");
        Host.WaitForElement("[role=menuitemcheckbox]");
        Do(() =>
        {
            var item = Host.FindAll("[role=menuitemcheckbox]").Single(i => i.TextContent.Trim() == "Thumbprint");
            Assert.Equal("true", item.GetAttribute("aria-checked"));
            item.Click();
        });

        Eventually(() => Assert.DoesNotContain("Thumbprint", Texts(page, "th")));
        Assert.Single(Script.Invocations["remember"]);
    }

    [Fact]
    public async Task Columns_RememberedByTheBrowser_AreHiddenFromTheStart()
    {
        Script.Setup<string?>("recall", "ca-certificates.hidden-columns").SetResult("Issuer|Added by");
        var page = await RenderAllAsync();

        Eventually(() => Assert.Empty(Texts(page, "th").Intersect(["Issuer", "Added by"])));
        Assert.Contains("Thumbprint", Texts(page, "th"));
    }

    [Fact]
    public async Task SelectAll_InASearch_TakesAllThatItFound()
    {
        var page = await RenderAllAsync();
        Search(page, "corp");
        Eventually(() => Assert.Equal(2, Names(page).Count));
        Check(page, "Select all", true);
        Eventually(() => Assert.Contains("2 selected", Texts(page, ".list-tools span")));
        Press(page, "Delete");

        Eventually(() => Assert.Equal(["Branch Issuing", "Corp Root"], Texts(Host, ".change-list strong").Order()));
    }

    [Fact]
    public async Task Selection_AfterASearch_IsForgotten()
    {
        var page = await RenderAllAsync();
        Select(page, "Corp Root");
        Press(page, "Clear");

        Eventually(() => Assert.Empty(page.FindAll(".list-tools-selected")));
    }

    [Fact]
    public async Task Selection_OfWhatSomebodyElseDeleted_LosesIt()
    {
        var page = await RenderAllAsync();
        Select(page, "Corp Root");
        Select(page, "Ancient Root");
        Eventually(() => Assert.Contains("2 selected", Texts(page, ".list-tools span")));
        await DeleteAsync(_old);

        Eventually(() => Assert.Contains("1 selected", Texts(page, ".list-tools span")));
    }

    [Fact]
    public async Task Change_OfSomebodyElse_AppearsWithoutAReload()
    {
        var page = RenderPage<CertificatesPage>();
        page.WaitForElement(".empty h2");
        await Core.AddAsync(_root);
        Eventually(() => Assert.Equal(["Corp Root"], Names(page)));
        await Core.AddAsync(_old);
        Eventually(() => Assert.Equal(["Ancient Root", "Corp Root"], Names(page)));
        await DeleteAsync(_root, _old);
        page.WaitForElement(".empty h2");
        await Core.AddAsync(_issuing);

        Eventually(() => Assert.Equal(["Branch Issuing"], Names(page)));
    }

    [Fact]
    public async Task Page_WithoutDatabase_SaysSoAndTriesAgain()
    {
        await Core.AddAsync(_root);
        var database = Core.WithoutDatabase();
        var page = RenderPage<CertificatesPage>();
        Eventually(() => Assert.Contains("is gone", Assert.Single(Texts(page, "[role=alert]")), StringComparison.Ordinal));
        Press(page, "Try again");
        Eventually(() => Assert.Single(Texts(page, "[role=alert]")));
        database.Dispose();
        Press(page, "Try again");

        Eventually(() => Assert.Equal(["Corp Root"], Names(page)));
        Eventually(() => Assert.Empty(page.FindAll("[role=alert]")));
    }

    [Fact]
    public async Task DatabaseLost_WhileThePageIsOpen_IsToldAndKeepsThePage()
    {
        var page = await RenderAllAsync();
        using (Core.WithoutDatabase())
        {
            Check(page, "Select all", true);
            Eventually(() => Assert.Single(page.FindAll("[role=alert]")));
        }

        Press(page, "Try again");
        Eventually(() => Assert.Equal(3, Names(page).Count));
    }

    [Theory]
    [InlineData(true, "Thumbprint copied")]
    [InlineData(false, "The browser did not allow copying")]
    public async Task CopyThumbprint_FromTheRow_SaysWhetherItWorked(bool allowed, string message)
    {
        Script.Setup<bool>("copy", _root.Thumbprint).SetResult(allowed);
        var page = await RenderAllAsync();
        Press(page, "Copy the thumbprint of Corp Root");

        Eventually(() => Assert.Contains(message, Assert.Single(Texts(Host, ".mud-snackbar-content-message")), StringComparison.Ordinal));
    }

    [Fact]
    public async Task RowMenu_OfAnAdministrator_HasEveryAction()
    {
        var page = await RenderAllAsync();

        Assert.Equal(["View", "Copy thumbprint", "Download .cer", "Download .pem", "Move to Trusted root", "Delete"], OpenMenu(page, "Branch Issuing"));
        Assert.Equal($"api/v1/ca-certificates/{Thumbprints.Sha256(_issuing.RawData)}.pem", Host.FindAll(".mud-popover-open "
            + ".mud-menu-item").Single(i => i.TextContent.Trim() == "Download .pem").GetAttribute("href"));
        Do(() => Host.FindAll(".mud-popover-open .mud-menu-item").Single(i => i.TextContent.Trim() == "Delete").Click());
        Eventually(() => Assert.Equal(["Delete CA certificate"], Texts(Host, ".mud-dialog h6")));
    }

    [Fact]
    public async Task RowMenu_OpenedBeforeTheLastActionHasEnded_StaysOpen()
    {
        var page = await RenderAllAsync();
        OpenMenu(page, "Branch Issuing");
        Do(() => Host.FindAll(".mud-popover-open .mud-menu-item").Single(i => i.TextContent.Trim() == "Delete").Click());
        Eventually(() => Assert.Equal(["Delete CA certificate"], Texts(Host, ".mud-dialog h6")));
        OpenMenu(page, "Corp Root");
        Press(Host, "Cancel", ".mud-dialog");

        Eventually(() => Assert.Empty(Host.FindAll(".mud-dialog")));
        Assert.Contains("Move to Intermediate", Texts(Host, ".mud-popover-open .mud-menu-item"));
    }

    [Fact]
    public async Task Row_Pressed_OpensTheCertificate()
    {
        var page = await RenderAllAsync();
        Do(() => page.FindAll("tr.list-row").Single(r => r.QuerySelector(".link-button")!.TextContent == "Branch Issuing").Click());

        Eventually(() => Assert.Equal(["Branch Issuing"], Texts(Host, ".drawer h6")));
    }

    protected override async ValueTask DisposeAsyncCore()
    {
        await base.DisposeAsyncCore();
        _root.Dispose();
        _issuing.Dispose();
        _old.Dispose();
    }

    private static IReadOnlyList<string> Names(IRenderedComponent<CertificatesPage> page) => Texts(page, "tr.list-row .link-button");

    private static IEnumerable<string> Cells(IRenderedComponent<CertificatesPage> page, string name) =>
        page.FindAll("tr.list-row").Single(r => r.QuerySelector(".link-button")!.TextContent == name)
            .QuerySelectorAll("td").Skip(2).SkipLast(1).Select(c => c.TextContent.Trim());

    private void Sort(IRenderedComponent<CertificatesPage> page, string column) =>
        Do(() => page.FindAll("th .sortable-column-header").Single(h => h.TextContent.Trim() == column).Click());

    private void Check(IRenderedComponent<CertificatesPage> page, string label, bool isChecked) =>
        Do(() => page.Find($"input[aria-label='{label}']").Change(isChecked));

    private void Select(IRenderedComponent<CertificatesPage> page, string name) => Check(page, $"Select {name}", true);

    private void Search(IRenderedComponent<CertificatesPage> page, string text) =>
        Type(page, "input[aria-label=Search]", text);

    private async Task<IRenderedComponent<CertificatesPage>> RenderAllAsync()
    {
        await Core.AddAsync(_root, _issuing, _old);
        var page = RenderPage<CertificatesPage>();
        Eventually(() => Assert.Equal(3, Names(page).Count));
        await SettleAsync<CaCertificate>(page);
        return page;
    }

    private IReadOnlyList<string> OpenMenu(IRenderedComponent<CertificatesPage> page, string name)
    {
        Press(page, $"Actions for {name}");
        Host.WaitForElement(".mud-popover-open .mud-menu-item");
        return Texts(Host, ".mud-popover-open .mud-menu-item");
    }

    private async Task DeleteAsync(params X509Certificate2[] certificates) =>
        await Core.ApplyAsync(await Core.Changes.PlanDeleteAsync([.. certificates.Select(c => TestCore.KeyOf(c))], Cancellation), TestCore.Bert);
}
