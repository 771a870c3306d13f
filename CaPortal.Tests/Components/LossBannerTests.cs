using Bunit;
using CaPortal.Components.Layout;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Components;

public sealed class LossBannerTests : ComponentTest
{
    [Fact]
    public void Banner_DatabaseInOrder_IsNotThere()
    {
        var banner = RenderPage<LossBanner>();

        Assert.Empty(banner.FindAll("[role=alert]"));
    }

    [Fact]
    public async Task Banner_DatabaseLostAndBegunAnew_ComesAndGoesByItself()
    {
        using var root = TestCertificates.Root();
        await Core.AddAsync(root);
        var banner = RenderPage<LossBanner>();
        await LoseAsync();

        Eventually(() => Assert.Equal(["The list of CA certificates is lost"], Texts(banner, "h1")));
        Press(banner, "Begin a new list");
        Eventually(() => Assert.Contains("set aside", Host.Find(".mud-dialog").TextContent, StringComparison.Ordinal));
        var confirm = Host.FindAll(".mud-dialog button").Single(b => b.TextContent.Trim() == "Begin a new list");
        await confirm.ClickAsync(new());

        Eventually(() => Assert.Empty(banner.FindAll("[role=alert]")));
        Assert.Empty(await Core.ListAsync());
        Assert.Contains("BEGIN CERTIFICATE", await File.ReadAllTextAsync(Core.RootsFile, Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Banner_DatabaseLost_TakesThePlaceOfThePage()
    {
        var banner = Render<LossBanner>(parameters => parameters.AddCascadingValue(Actor).AddChildContent("<p>The page</p>"));
        Assert.Equal(["The page"], Texts(banner, "p"));
        await LoseAsync();

        banner.WaitForAssertion(() => Assert.Empty(banner.FindAll("p")));
    }

    [Fact]
    public async Task Banner_OfAReader_OffersNothingThatChanges()
    {
        SignIn(TestCore.Reader);
        var banner = RenderPage<LossBanner>();
        await LoseAsync();

        Eventually(() => Assert.NotEmpty(banner.FindAll("[role=alert]")));
        Assert.Empty(banner.FindAll("button"));
    }

    private async Task LoseAsync()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        File.Delete(Core.DatabaseFile);
        await Assert.ThrowsAnyAsync<IOException>(() => Core.ListAsync());
    }
}
