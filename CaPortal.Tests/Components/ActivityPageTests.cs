using System.Security.Cryptography.X509Certificates;
using Bunit;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Tests.Testing;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using ActivityPage = CaPortal.Components.Activity.ActivityPage;

namespace CaPortal.Tests.Components;

public sealed class ActivityPageTests : ComponentTest
{
    private const string WithoutTriggers = "DROP TRIGGER activity_no_update; DROP TRIGGER activity_no_delete; ";

    private readonly X509Certificate2 _root = TestCertificates.Root("Corp Root");

    [Fact]
    public void Page_WithoutEntries_SaysWhatWillBeThere()
    {
        var page = RenderPage<ActivityPage>();

        Eventually(() => Assert.Equal(["Nothing has happened yet"], Texts(page, "h2")));
        Assert.Empty(page.FindAll("[role=search]"));
        Press(page, "Verify");
        Eventually(() => Assert.Equal(["Intact: there are no entries yet."], Texts(page, "[role=status]")));
    }

    [Fact]
    public async Task Page_WithEntries_ShowsThemByDayWithWhoWhyAndWhatTheTrustStoresMadeOfIt()
    {
        await Core.AddAsync(_root);
        Time.Advance(TimeSpan.FromDays(1));
        await Core.ApplyAsync(await Core.Changes.PlanDeleteAsync([Key], Cancellation), TestCore.Bert, "CHG-1");
        var page = RenderPage<ActivityPage>();

        Eventually(() => Assert.Equal(["Today", "Yesterday"], Texts(page, "h2")));
        Assert.Equal(
            ["bert@example.org deleted Corp Root from Trusted root", "anna@example.org added Corp Root to Trusted root"], Texts(page, ".activity-sentence"));
        Assert.Equal(["just now · Administrator · from 127.0.0.1", "24 hours ago · Administrator · from 127.0.0.1"], Texts(page, ".activity-facts"));
        Assert.Equal(["“CHG-1”"], Texts(page, ".activity-reason"));
        Assert.Equal(["PEM bundle files: removed", "PEM bundle files: installed"], Texts(page, ".activity-outcome"));
        Assert.Equal(["2 entries"], Texts(page, ".page-count"));
        Assert.False(HasButton(page, "Show more"));
    }

    [Fact]
    public async Task Everything_AskedFor_ShowsOutcomesOfChangesToo()
    {
        await Core.AddAsync(_root);
        var page = RenderPage<ActivityPage>();
        Eventually(() => Assert.Single(page.FindAll(".activity-item")));
        Do(() => page.Find(".activity-all input").Change(true));

        Eventually(() => Assert.Equal("anna@example.org brought PEM bundle files to revision 1: Corp Root added", Texts(page, ".activity-sentence")[0]));
        Assert.EndsWith("/activity?all=True", Navigation.Uri, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Details_OfAnEntryWithAHostileName_ShowEverythingAsText()
    {
        using var evil = TestCertificates.Root("<b>Evil</b>\u202Etoor");
        await Core.AddAsync(evil);
        var page = RenderPage<ActivityPage>();
        Press(page, "Details of entry 1");

        Eventually(() => Assert.Contains("\"name\": \"<b>Evil</b>\\u{202E}toor\"", page.Find("pre").TextContent, StringComparison.Ordinal));
        Assert.Equal("anna@example.org added <b>Evil</b>\\u{202E}toor to Trusted root", Texts(page, ".activity-sentence").Single());
        Assert.Empty(page.FindAll("b"));
        Assert.DoesNotContain('\u202E', page.Markup);
        Assert.Equal(
            [evil.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256), Thumbprints.Sha256(TestFiles.Pem(evil)).ToUpperInvariant()],
            Texts(page, ".activity-certificates .mono"));
        Assert.Equal("0 → 1", Texts(page, ".activity-entry-facts dd")[1]);
        Press(page, "<b>Evil</b>\\u{202E}toor");
        Eventually(() => Assert.Contains(evil.Thumbprint, Host.Find(".mud-dialog").TextContent, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Filters_InTheAddress_AreFollowedAndCanBeCleared()
    {
        using var other = TestCertificates.Root("Other Root");
        await Core.AddAsync(_root);
        await Core.AddAsync(other);
        await Core.ApplyAsync(await Core.Changes.PlanDeleteAsync([Key], Cancellation), TestCore.Bert);
        Navigate("/activity?actor=bert%40example.org&kind=change&period=today");
        var page = RenderPage<ActivityPage>();
        Eventually(() => Assert.Equal(["bert@example.org deleted Corp Root from Trusted root"], Texts(page, ".activity-sentence")));
        Assert.Equal(["1 found"], Texts(page, ".page-count"));

        Navigate($"/activity?certificate={Key.Sha256}");
        Eventually(() => Assert.Equal(2, page.FindAll(".activity-item").Count));
        Assert.Equal(["Corp Root"], Texts(page, ".activity-chip"));
        Press(page, "Any certificate");
        Eventually(() => Assert.Equal(3, page.FindAll(".activity-item").Count));
        Type(page, ".activity-fingerprint input", string.Join(':', Key.Sha256.ToUpperInvariant().Chunk(2).Select(c => new string(c))));
        Eventually(() => Assert.Equal(2, page.FindAll(".activity-item").Count));

        Navigate("/activity?period=range&until=2001-01-01");
        Eventually(() => Assert.Equal("No entry matches.", page.Find(".empty p").TextContent));
        Press(page, "Clear filters");
        Eventually(() => Assert.Equal(3, page.FindAll(".activity-item").Count));
    }

    [Fact]
    public async Task Kind_Chosen_StandsInTheAddressAndInTheExport()
    {
        await Core.AddAsync(_root);
        var page = RenderPage<ActivityPage>();
        Eventually(() => Assert.Single(page.FindAll(".activity-item")));
        Do(() => page.Find(".activity-filter-kind .mud-input-slot").MouseDown());
        Host.WaitForElements(".mud-popover-open .mud-list-item").Single(i => i.TextContent.Trim() == "Refusals").Click();

        Eventually(() => Assert.Equal("No entry matches.", page.Find(".empty p").TextContent));
        Assert.EndsWith("/activity?kind=Refusal", Navigation.Uri, StringComparison.Ordinal);
        Press(page, "Export");
        Eventually(() =>
            Assert.Equal(
                ["api/v1/activity.csv?category=Refusal", "api/v1/activity.json?category=Refusal"],
                Host.FindAll("a[download]").Select(a => a.GetAttribute("href"))));
    }

    [Fact]
    public async Task Fingerprint_ThatIsNone_SaysWhatItHas()
    {
        await Core.AddAsync(_root);
        var page = RenderPage<ActivityPage>();
        Eventually(() => Assert.Single(page.FindAll(".activity-item")));
        Type(page, ".activity-fingerprint input", "ab:cd");

        Eventually(() => Assert.Contains("64 hexadecimal digits", page.Find(".activity-filters").TextContent, StringComparison.Ordinal));
    }

    [Fact]
    public async Task ShowMore_OfManyEntries_AddsOlderOnesUntilAllAreThere()
    {
        await RecordAsync(120);
        var page = RenderPage<ActivityPage>();
        Eventually(() => Assert.Equal(50, page.FindAll(".activity-item").Count));
        Assert.Equal(["120 entries"], Texts(page, ".page-count"));
        Press(page, "Show more");
        Eventually(() => Assert.Equal(100, page.FindAll(".activity-item").Count));
        Press(page, "Show more");

        Eventually(() => Assert.Equal(120, page.FindAll(".activity-item").Count));
        Assert.Equal(Enumerable.Range(1, 120).Reverse().Select(i => $"{i}"), page.FindAll(".activity-item").Select(i => i.GetAttribute("value")!));
        Assert.False(HasButton(page, "Show more"));
    }

    [Fact]
    public async Task NewEntries_WhileSomebodyReads_AreCountedAndMoveNothing()
    {
        await RecordAsync(1);
        var atTop = Script.Setup<bool>("isAtTop").SetResult(false);
        var page = RenderPage<ActivityPage>();
        Eventually(() => Assert.Single(page.FindAll(".activity-item")));
        await RecordAsync(2);
        Eventually(() => Assert.True(HasButton(page, "2 new entries")));
        Assert.Single(page.FindAll(".activity-item"));
        Press(page, "2 new entries");
        Eventually(() => Assert.Equal(3, page.FindAll(".activity-item").Count));

        atTop.SetResult(true);
        await RecordAsync(1);
        Eventually(() => Assert.Equal(4, page.FindAll(".activity-item").Count));
        Press(page, "Details of entry 4");
        Eventually(() => Assert.Single(page.FindAll(".activity-details")));
        await RecordAsync(1);
        Eventually(() => Assert.True(HasButton(page, "1 new entry")));
        Assert.Equal(4, page.FindAll(".activity-item").Count);
    }

    [Fact]
    public async Task Change_InTheMaking_IsUnfinishedUntilItsOutcomeIsThere()
    {
        await Core.Get<ChangeWriter>().WriteAsync(Core.PlanAll(await Core.InspectAsync(TestFiles.Pem(_root))), TestCore.Anna, null, null, Cancellation);
        var page = RenderPage<ActivityPage>();
        Eventually(() => Assert.StartsWith("Unfinished:", Assert.Single(Texts(page, ".activity-outcome")), StringComparison.Ordinal));

        await Core.MaintainAsync();

        Eventually(() => Assert.Contains("PEM bundle files: installed", Texts(page, ".activity-outcome")));
    }

    [Fact]
    public async Task Verify_IntactThenTamperedWith_SaysWhichEntryAndLeadsToIt()
    {
        await RecordAsync(3);
        var page = RenderPage<ActivityPage>();
        Press(page, "Verify");
        Eventually(() => Assert.Equal(["Intact: of all 3 entries, shown here or not, none was changed and none is missing."], Texts(page, "[role=status]")));
        await Core.ExecuteAsync(WithoutTriggers + "UPDATE activity SET actor = 'nobody' WHERE sequence = 2; DELETE FROM activity WHERE sequence = 3");
        Press(page, "Verify");
        Eventually(() => Assert.StartsWith("Not intact. Entry 2 was changed", Assert.Single(Texts(page, "[role=alert]")), StringComparison.Ordinal));
        Assert.Equal("activity?entry=2", page.Find(".activity-damage").GetAttribute("href"));

        Navigate("/activity?entry=2");
        Eventually(() => Assert.Equal(["nobody signed in"], Texts(page, ".activity-sentence")));
        Eventually(() => Assert.Single(page.FindAll(".activity-details")));
        Navigate("/activity?entry=4");
        Eventually(() => Assert.Contains("There is no entry 4", page.Find(".empty p").TextContent, StringComparison.Ordinal));
        Press(page, "Show all entries", ".empty");

        // The third is the portal's own: it tells that the log was cut.
        Eventually(() => Assert.Equal(3, page.FindAll(".activity-item").Count));
    }

    [Fact]
    public async Task Undo_OfADelete_BringsItBackAndIsAnEntryItself()
    {
        await Core.AddAsync(_root);
        await Core.DeleteAsync(Key);
        var page = RenderPage<ActivityPage>();
        Press(page, "Undo: anna@example.org deleted Corp Root from Trusted root");
        Eventually(() => Assert.Equal(["Corp Root"], Texts(Host, ".change-list strong")));
        Assert.Equal(["Undo revision 2"], Texts(Host, ".mud-dialog h6"));
        Assert.Equal(["PEM bundle files: 1 added"], Texts(Host, ".effects li"));
        Press(Host, "Undo", ".mud-dialog");
        Eventually(() => Assert.Contains("Undone, and read back", Assert.Single(Texts(Host, ".mud-dialog [role=status]")), StringComparison.Ordinal));
        Press(Host, "Close", ".mud-dialog");

        Assert.Single(await Core.ListAsync());
        Eventually(() => Assert.Equal(3, page.FindAll(".activity-item, .activity-news button").Count));
    }

    [Fact]
    public async Task Undo_ForAReader_IsNotOffered()
    {
        await Core.AddAsync(_root);
        SignIn(TestCore.Reader);
        var page = RenderPage<ActivityPage>();

        Eventually(() => Assert.Single(page.FindAll(".activity-item")));
        Assert.DoesNotContain(page.FindAll("button"), b => NameOf(b).StartsWith("Undo", StringComparison.Ordinal));
        Press(page, "Details of entry 1");
        Eventually(() => Assert.Single(page.FindAll(".activity-details")));
    }

    [Fact]
    public async Task Database_Missing_IsToldAndTriedAgain()
    {
        await Core.AddAsync(_root);
        IRenderedComponent<ActivityPage> page;
        using (Core.WithoutDatabase())
        {
            page = RenderPage<ActivityPage>();
            Eventually(() => Assert.Contains("is gone", Assert.Single(Texts(page, "[role=alert]")), StringComparison.Ordinal));
        }

        Press(page, "Try again");
        Eventually(() => Assert.Single(page.FindAll(".activity-item")));
        Assert.Empty(page.FindAll("[role=alert]"));
    }

    protected override async ValueTask DisposeAsyncCore()
    {
        await base.DisposeAsyncCore();
        _root.Dispose();
    }

    private CaCertificateKey Key => TestCore.KeyOf(_root);

    private NavigationManager Navigation => Services.GetRequiredService<NavigationManager>();

    private void Navigate(string address) => Renderer.Dispatcher.InvokeAsync(() => Navigation.NavigateTo(address)).GetAwaiter().GetResult();

    /// <summary>Lets somebody sign in so many times.</summary>
    private async Task RecordAsync(int times)
    {
        for (var i = 0; i < times; i++)
            await Core.Get<DatabaseWriter>()
                .RecordAsync(new ActivityDraft("anna@example.org", "Administrator", "127.0.0.1", "SignIn", null, null, null, new { }));
    }
}
