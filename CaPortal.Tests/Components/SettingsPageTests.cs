using System.Security.Cryptography.X509Certificates;
using Bunit;
using CaPortal.Components.Settings;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Components;

public sealed class SettingsPageTests : ComponentTest
{
    private const string Bundle = "PEM bundle files";

    private readonly X509Certificate2 _root = TestCertificates.Root("Corp Root");

    [Fact]
    public async Task Page_WithATrustStoreInUse_TellsWhereItIsWhatIsInItAndWhen()
    {
        await Core.AddAsync(_root);
        Time.Advance(TimeSpan.FromMinutes(5));
        var page = RenderPage<SettingsPage>();

        Eventually(() => Assert.Equal([$"{Bundle}"], Texts(page, ".store-title h3")));
        Assert.Equal(["Installed"], Texts(page, ".store-title .status"));
        Assert.Equal(
            [Core.RootsFile, Path.Combine(Core.DataDirectory, "trust", "intermediates.pem"), "1 from the list, all there · none from "
                + "others", "5 minutes ago", "5 minutes ago", "pem-bundle"],
            Texts(page, ".store-facts dd"));
    }

    [Fact]
    public void Page_BeforeAnythingWasWritten_SaysNever()
    {
        var page = RenderPage<SettingsPage>();

        Eventually(() => Assert.Equal(["Pending"], Texts(page, ".store-title .status")));
        Assert.Equal(2, Texts(page, ".store-facts dd").Count(t => t == "never"));
    }

    [Fact]
    public void Page_WithAKindThatIsNotInUse_SaysHowToTurnItOn()
    {
        var page = RenderPage<SettingsPage>();

        Eventually(() => Assert.Contains("x509", Texts(page, ".panel summary .mono")));
        Assert.Contains("CaPortal__TrustStores__0=pem-bundle CaPortal__TrustStores__1=x509", Texts(page, ".panel pre"));
        Assert.Contains("""{ "CaPortal": { "TrustStores": [ "pem-bundle", "x509" ] } }""", Texts(page, ".panel pre"));
    }

    [Fact]
    public void Page_WithABundleInThePrivateDataDirectory_SaysWhoCanReadItAndWhatToSet()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Folders have no modes there.");
        var page = RenderPage<SettingsPage>();

        Eventually(() => Assert.Contains("CaPortal:PemBundle:Directory", Assert.Single(Texts(page, ".private-note")), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Verify_OfATrustStoreThatWasChanged_SaysWhatIsWrongAndChangesNothing()
    {
        await Core.AddAsync(_root);
        await File.WriteAllTextAsync(Core.RootsFile, "", Cancellation);
        var page = RenderPage<SettingsPage>();
        Press(page, $"Verify now: {Bundle}");

        Eventually(() => Assert.Contains("1 certificate that should be there could not be "
            + "found", Assert.Single(Texts(page, ".store-card [role=alert]")), StringComparison.Ordinal));
        Assert.Equal(["Drifted"], Texts(page, ".store-title .status"));
        Assert.Empty(await File.ReadAllTextAsync(Core.RootsFile, Cancellation));
    }

    [Fact]
    public async Task Repair_OfATrustStoreThatWasChanged_ShowsTheStepAndSaysWhatWasDone()
    {
        await Core.AddAsync(_root);
        await File.WriteAllTextAsync(Core.RootsFile, "", Cancellation);
        var page = RenderPage<SettingsPage>();
        Press(page, $"Repair: {Bundle}");

        Eventually(() => Assert.Contains("1 certificate put back", Assert.Single(Texts(page, ".store-card [role=status]")), StringComparison.Ordinal));
        Assert.Equal([Bundle], Texts(page, ".store-card .step-title"));
        Eventually(() => Assert.Equal(["Installed"], Texts(page, ".store-title .status")));
        Assert.NotEmpty(await File.ReadAllTextAsync(Core.RootsFile, Cancellation));
    }

    [Fact]
    public async Task Repair_ThatFails_SaysWhyAndWhatToDo()
    {
        await Core.AddAsync(_root);
        File.Delete(Core.RootsFile);
        Directory.CreateDirectory(Core.RootsFile);
        var page = RenderPage<SettingsPage>();
        Press(page, $"Repair: {Bundle}");

        Eventually(() => Assert.Single(page.FindAll(".store-card .step-failed")));
        Eventually(() => Assert.Contains(Core.RootsFile, Assert.Single(Texts(page, ".store-card [role=alert]")), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Page_WithATrustStoreThatCannotBeUsed_SaysWhatIsMissing()
    {
        await File.WriteAllTextAsync(Path.Combine(Core.DataDirectory, "trust"), "in the way", Cancellation);
        var page = RenderPage<SettingsPage>();

        Eventually(() => Assert.Equal(["Cannot be used"], Texts(page, ".store-title .status")));
        Assert.Contains("No trust store can be used on this machine", page.Markup, StringComparison.Ordinal);
        Assert.Contains("is a file, where a folder is needed. Move it elsewhere", page.Find(".store-card").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Page_OfAReader_OffersNeitherVerifyNorRepair()
    {
        SignIn(TestCore.Reader);
        var page = RenderPage<SettingsPage>();

        Eventually(() => Assert.Single(page.FindAll(".store-card")));
        Assert.Empty(page.FindAll(".store-actions"));
    }

    [Fact]
    public void Page_WithoutDatabase_SaysSoAndTriesAgain()
    {
        IRenderedComponent<SettingsPage> page;
        using (Core.WithoutDatabase())
        {
            page = RenderPage<SettingsPage>();
            Eventually(() => Assert.Contains("is gone", Assert.Single(Texts(page, "[role=alert]")), StringComparison.Ordinal));
        }

        Press(page, "Try again");
        Eventually(() => Assert.Single(page.FindAll(".store-card")));
    }

    [Fact]
    public async Task Change_OfSomebodyElse_AppearsWithoutAReload()
    {
        var page = RenderPage<SettingsPage>();
        Eventually(() => Assert.Contains("None from the list · none from others", Texts(page, ".store-facts dd")));
        await Core.AddAsync(_root);

        Eventually(() => Assert.Contains("1 from the list, all there · none from others", Texts(page, ".store-facts dd")));
    }

    protected override async ValueTask DisposeAsyncCore()
    {
        await base.DisposeAsyncCore();
        _root.Dispose();
    }
}
