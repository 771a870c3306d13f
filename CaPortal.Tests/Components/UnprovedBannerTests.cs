using System.Security.Cryptography.X509Certificates;
using Bunit;
using CaPortal.Components.Certificates;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Components;

public sealed class UnprovedBannerTests : ComponentTest
{
    private readonly TemporaryDirectory _folder = new();
    private readonly X509Certificate2 _root = TestCertificates.Root("Listed Root");

    [Fact]
    public async Task Banner_EarlierList_SaysWhatItWouldChangeAndKeepsWhatIsTrusted()
    {
        var banner = RenderPage<UnprovedBanner>();
        Eventually(() => Assert.Contains("This list would have programs trust again: Listed "
            + "Root", banner.Find("[role=alert]").TextContent, StringComparison.Ordinal));
        Assert.Equal(["Keep what is trusted now", "Go on with this list"], Texts(banner, "button"));

        Press(banner, "Keep what is trusted now");
        Eventually(() => Assert.Contains("Programs notice nothing", Host.Find(".mud-dialog").TextContent, StringComparison.Ordinal));
        await Host.Find(".mud-dialog textarea, .mud-dialog input").InputAsync(new() { Value = "an old backup" });
        await Host.FindAll(".mud-dialog button").Single(b => b.TextContent.Trim() == "Keep").ClickAsync(new());

        Eventually(() => Assert.Empty(banner.FindAll("[role=alert]")));
        Assert.Empty(await Core.ListAsync());
        Assert.DoesNotContain(
            "BEGIN CERTIFICATE",
            await File.ReadAllTextAsync(Path.Combine(_folder.Path, "trust", "roots.pem"), Cancellation),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Banner_OfAReader_OffersNothingThatChanges()
    {
        SignIn(TestCore.Reader);

        var banner = RenderPage<UnprovedBanner>();

        Eventually(() => Assert.NotEmpty(banner.FindAll("[role=alert]")));
        Assert.Empty(banner.FindAll("button"));
    }

    protected override async ValueTask DisposeAsyncCore()
    {
        await base.DisposeAsyncCore();
        _root.Dispose();
        _folder.Dispose();
    }

    /// <summary>The data directory of before a delete is put back; the trust store is as it was after it.</summary>
    protected override async Task<TestCore> StartCoreAsync()
    {
        var (data, backup, trust) = (Path.Combine(_folder.Path, "data"), Path.Combine(_folder.Path, "backup"), Path.Combine(_folder.Path, "trust"));
        await using (var core = await StartAsync())
            await core.AddAsync(_root);
        Directory.CreateDirectory(backup);
        foreach (var file in Directory.GetFiles(data))
            File.Copy(file, Path.Combine(backup, Path.GetFileName(file)));
        await using (var core = await StartAsync())
            await core.DeleteAsync(TestCore.KeyOf(_root));
        Directory.Delete(data, recursive: true);
        Directory.Move(backup, data);
        return await StartAsync();

        Task<TestCore> StartAsync() => TestCore.StartAsync(data, Time, o => o.PemBundle.Directory = trust);
    }
}
