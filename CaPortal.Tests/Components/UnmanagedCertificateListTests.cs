using System.Security.Cryptography.X509Certificates;
using Bunit;
using CaPortal.Components.Certificates;
using CaPortal.Components.Changes;
using CaPortal.Components.Shared;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Tests.Testing;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;

namespace CaPortal.Tests.Components;

/// <summary>What is found on this machine and the operating system's own roots, in place of the list.</summary>
public sealed class UnmanagedCertificateListTests : ComponentTest
{
    private const string Found = "ca-certificates?show=found";
    private const string OperatingSystem = "ca-certificates?show=operating-system";

    private readonly X509Certificate2 _root = TestCertificates.Root("Found Root");
    private readonly X509Certificate2 _server = TestCertificates.SelfSignedServer("legacy.corp");

    [Fact]
    public async Task Page_WithFoundCertificates_HintsAtThemUntilTheyAreShown()
    {
        await TestFiles.AppendAsync(Core.RootsFile, _root, _server);
        var page = RenderList();
        Eventually(() => Assert.StartsWith("2 certificates that are not in this "
            + "list", Assert.Single(Texts(page, ".found-hint span")), StringComparison.Ordinal));
        Assert.Equal(Found, page.Find(".found-hint a").GetAttribute("href"));
        Navigate(Found);

        Eventually(() => Assert.Equal(["Found Root", "legacy.corp"], Names(page)));
        Assert.Empty(page.FindAll(".found-hint"));
        Assert.Equal(["2 found"], Texts(page, ".page-count"));
    }

    [Fact]
    public void Page_WithoutFoundCertificates_HasNoHintAndSaysSoWhenAsked()
    {
        var page = RenderList();
        page.WaitForElement(".empty h2");
        Assert.Empty(page.FindAll(".found-hint"));
        Navigate(Found);

        Eventually(() => Assert.Equal(["Nothing was added outside CaPortal"], Texts(page, ".empty h2")));
    }

    [Fact]
    public async Task StatusFilter_Found_ShowsThemAndBackAgain()
    {
        using var managed = TestCertificates.Root("Managed Root");
        await Core.AddAsync(managed);
        await TestFiles.AppendAsync(Core.RootsFile, _root);
        var page = RenderList();
        Eventually(() => Assert.Equal(["Managed Root"], Names(page)));
        Choose(page, "Found on this machine");
        Eventually(() => Assert.Equal(["Found Root"], Names(page)));
        Assert.Equal("found", Address["show"]);
        Choose(page, "Installed");

        Eventually(() => Assert.Equal(["Managed Root"], Names(page)));
        Assert.Equal("installed", Address["show"]);
    }

    [Fact]
    public async Task Search_InTheFoundOnes_NarrowsThemAndCanBeCleared()
    {
        var page = await RenderFoundAsync();
        Type(page, "input[aria-label=Search]", "legacy");
        Eventually(() => Assert.Equal(["legacy.corp"], Names(page)));
        Type(page, "input[aria-label=Search]", "nothing such");
        Press(page, "Clear search and filters");

        Eventually(() => Assert.Equal(2, Names(page).Count));
    }

    [Fact]
    public async Task Menu_OfAnAdministrator_AdoptsAndRemoves()
    {
        var page = await RenderFoundAsync();

        Assert.Equal(["View", "Download .cer", "Download .pem", "Adopt", "Remove"], OpenMenu(page, "Found Root"));
        Assert.Equal($"api/v1/found-certificates/{TestCore.KeyOf(_root).Sha256}.cer", Host.FindAll(".mud-popover-open "
            + ".mud-menu-item").Single(i => i.TextContent.Trim() == "Download .cer").GetAttribute("href"));
    }

    [Fact]
    public async Task Page_OfAReader_LooksAndDownloadsAlone()
    {
        SignIn(TestCore.Reader);
        var page = await RenderFoundAsync();

        Assert.Empty(page.FindAll("td .row-check"));
        Assert.Equal(["View", "Download .cer", "Download .pem"], OpenMenu(page, "Found Root"));
        Host.FindAll(".mud-popover-open .mud-menu-item")[0].Click();
        Eventually(() => Assert.Equal(["Found Root"], Texts(Host, ".drawer h6")));
        Eventually(() => Assert.Contains(_root.Thumbprint, Host.Find(".drawer").TextContent, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Adopt_WithAnErrorAccepted_AsksForTheReasonAndLeavesTheList()
    {
        var page = await RenderFoundAsync();
        ChooseFromMenu(page, "legacy.corp", "Adopt");
        Eventually(() => Assert.Single(Host.FindAll(".finding-error")));
        Assert.Equal("Trusted root", Host.Find(".choice .mud-toggle-item-selected").TextContent.Trim());
        Assert.True(IsDialogButtonDisabled("Adopt"));
        Host.Find(".finding-accept input").Change(true);
        Assert.True(IsDialogButtonDisabled("Adopt"));
        Host.Find("input[maxlength='500']").Input("in use until June");
        Press(Host, "Adopt", ".mud-dialog");

        Eventually(() => Assert.Contains("Adopted, and read back from every trust "
            + "store.", Assert.Single(Texts(Host, "[role=status]")), StringComparison.Ordinal));
        Press(Host, "Close");
        Eventually(() => Assert.Equal(["Found Root"], Names(page)));
        Assert.Equal("in use until June", Assert.Single(await Core.ListAsync()).Description);
    }

    [Fact]
    public async Task AdoptAll_TakesAllThatAreListed()
    {
        var page = await RenderFoundAsync();
        Press(page, "Adopt all");

        Eventually(() => Assert.Equal(["Adopt 2 certificates"], Texts(Host, ".mud-dialog h6")));
    }

    [Fact]
    public async Task Remove_OfSeveral_SaysWhatItMeansAndCanBeUndone()
    {
        var page = await RenderFoundAsync();
        Do(() => page.Find("input[aria-label='Select all']").Change(true));
        Press(page, "Remove");
        Eventually(() => Assert.Equal(["Found Root", "legacy.corp"], Texts(Host, ".change-list strong").Order(StringComparer.Ordinal)));
        Assert.Contains("They are not in the list of CA certificates", Host.Find(".mud-dialog-content").TextContent, StringComparison.Ordinal);
        Assert.Equal(["PEM bundle files: 2 removed"], Texts(Host, ".effects li"));
        Press(Host, "Remove", ".mud-dialog");
        Eventually(() => Assert.Contains("Removed, and gone from every trust store.", Assert.Single(Texts(Host, "[role=status]")), StringComparison.Ordinal));
        Eventually(() => Assert.Empty(Names(page)));
        Press(Host, "Undo");

        // One of them is no CA, so that somebody has to take it back knowingly.
        Eventually(() => Assert.NotEmpty(Host.FindAll(".mud-dialog .finding-accept input")));
        Do(() => Host.Find(".mud-dialog .finding-accept input").Change(true));
        Do(() => Host.Find("input[maxlength='500']").Input("needed after all"));
        Press(Host, "Restore", ".mud-dialog");
        Eventually(() => Assert.Contains("Restored", Assert.Single(Texts(Host, "[role=status]")), StringComparison.Ordinal));
        Assert.Equal(2, (await Core.ListAsync()).Count);
    }

    [Fact]
    public async Task OperatingSystemRoots_AreShownToLookAtAlone()
    {
        Assert.SkipWhen((await Core.Machine.ListOperatingSystemRootsAsync(null, Cancellation)).Certificates.Count == 0, "The operating system has no roots.");
        Navigate(OperatingSystem);
        var page = RenderPage<CertificatesPage>();
        Eventually(() => Assert.NotEmpty(Names(page)));
        Assert.Contains("never changes them", page.Find(".list-note").TextContent, StringComparison.Ordinal);
        Assert.Empty(page.FindAll("td .row-check"));

        Assert.Equal(["View", "Download .cer", "Download .pem"], OpenMenu(page, Names(page)[0]));
    }

    [Fact]
    public async Task Delete_OfWhatStaysTrusted_SaysFromWhereBeforeAndAfter()
    {
        await Core.AddAsync(_root);
        await Core.ApplyAsync(Core.PlanAll(await Core.InspectAsync(TestFiles.Pem(_root)), CaStore.CertificateAuthority));
        _ = Open(() => ChangeDialog.ShowAsync(Dialogs, ChangeKind.Delete, [TestCore.KeyOf(_root)], Actor));
        const string Place = "Found Root: the store Intermediate of this list";
        Eventually(() => Assert.Equal([Place], Texts(Host, ".mud-dialog [role=note] li")));
        Press(Host, "Delete");

        Eventually(() => Assert.Single(Host.FindAll("[role=status]")));
        Assert.Equal([Place], Texts(Host, ".mud-dialog [role=note] li"));
    }

    protected override async ValueTask DisposeAsyncCore()
    {
        await base.DisposeAsyncCore();
        _root.Dispose();
        _server.Dispose();
    }

    private PageAddress Address => Services.GetRequiredService<PageAddress>();

    private IRenderedComponent<CertificatesPage> RenderList()
    {
        Navigate("ca-certificates");
        return RenderPage<CertificatesPage>();
    }

    private static IReadOnlyList<string> Names(IRenderedComponent<CertificatesPage> page) => Texts(page, "tr.list-row .link-button");

    private void Navigate(string address) =>
        Renderer.Dispatcher.InvokeAsync(() => Services.GetRequiredService<NavigationManager>().NavigateTo(address)).GetAwaiter().GetResult();

    private bool IsDialogButtonDisabled(string name) => Host.FindAll(".mud-dialog button").Single(b => NameOf(b) == name).HasAttribute("disabled");

    private void Choose(IRenderedComponent<CertificatesPage> page, string status)
    {
        Do(() => page.Find(".list-filter-status .mud-input-slot").MouseDown());
        Host.WaitForElements(".mud-popover-open .mud-list-item").Single(i => i.TextContent.Trim() == status).Click();
    }

    private IReadOnlyList<string> OpenMenu(IRenderedComponent<CertificatesPage> page, string name)
    {
        Press(page, $"Actions for {name}");
        Host.WaitForElement(".mud-popover-open .mud-menu-item");
        return Texts(Host, ".mud-popover-open .mud-menu-item");
    }

    private void ChooseFromMenu(IRenderedComponent<CertificatesPage> page, string name, string action)
    {
        OpenMenu(page, name);
        Host.FindAll(".mud-popover-open .mud-menu-item").Single(i => i.TextContent.Trim() == action).Click();
    }

    private async Task<IRenderedComponent<CertificatesPage>> RenderFoundAsync()
    {
        await TestFiles.AppendAsync(Core.RootsFile, _root, _server);
        Navigate(Found);
        var page = RenderPage<CertificatesPage>();
        Eventually(() => Assert.Equal(2, Names(page).Count));
        return page;
    }
}
