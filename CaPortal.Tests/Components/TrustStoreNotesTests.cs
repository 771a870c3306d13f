using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using Bunit;
using CaPortal.Components.Settings;
using CaPortal.Core.TrustStores;
using CaPortal.Tests.Testing;
using CaPortal.Tests.TrustStores.LinuxAnchors;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace CaPortal.Tests.Components;

/// <summary>What the portal says of files that others put into the folder of the system's roots.</summary>
[SupportedOSPlatform("linux")]
public sealed class TrustStoreNotesTests : ComponentTest
{
    private const string Title = "System roots of this machine";

    private readonly TemporaryDirectory _folder = new();
    private readonly X509Certificate2 _root = TestCertificates.Root("Corp Root");
    private readonly X509Certificate2 _other = TestCertificates.Root("Other Root");

    private string Der => Path.Combine(DebianSandbox.LocalFolderIn(_folder.Path), "in\u202Eder.crt");

    [Fact]
    public async Task SettingsPage_WithAFileInDer_ShowsItAsANoteAndTheTrustStoreAsInstalled()
    {
        await Core.AddAsync(_root);
        var page = RenderPage<SettingsPage>();

        Eventually(() => Assert.Equal([Title], Texts(page, ".store-title h3")));
        Assert.Equal(["Installed"], Texts(page, ".store-title .status"));
        var note = Assert.Single(Texts(page, ".store-card .store-note"));
        Assert.Contains("in\\u{202E}der.crt' is in DER", note, StringComparison.Ordinal);
        Assert.Contains("openssl x509 -inform DER -in", note, StringComparison.Ordinal);

        Press(page, $"Repair: {Title}");
        Eventually(() => Assert.Contains("There was nothing to repair", Assert.Single(Texts(page, ".store-card [role=status]")), StringComparison.Ordinal));
        Assert.Contains("A file that somebody else put there is left as it "
            + "is", Assert.Single(Texts(page, ".store-card [role=status]")), StringComparison.Ordinal);
        Assert.Equal(["Installed"], Texts(page, ".store-title .status"));
        Assert.Single(Texts(page, ".store-card .store-note"));
    }

    [Fact]
    public async Task SettingsPage_WithManyFiles_ShowsTheFirstAndHowManyThereAre()
    {
        for (var i = 0; i < 7; i++)
            await File.WriteAllBytesAsync(Path.Combine(Path.GetDirectoryName(Der)!, $"{i}.crt"), _other.RawData, Cancellation);
        var page = RenderPage<SettingsPage>();

        Eventually(() => Assert.Equal(5, page.FindAll(".store-card .store-note").Count));
        Assert.Equal("3 more files need a look.", Assert.Single(Texts(page, ".store-note-rest")));
    }

    [Fact]
    public async Task Found_WithAFileInDer_SaysThatItsCertificatesAreNotAmongThem()
    {
        var list = await Core.Machine.ListFoundAsync(null, Cancellation);

        Assert.Empty(list.Certificates);
        var unread = Assert.Single(list.Unread);
        Assert.Equal(("linux-anchors", Title), (unread.Name, unread.Title));
        Assert.Contains("is in DER", unread.Reason, StringComparison.Ordinal);
        Assert.Contains("openssl x509 -inform DER", unread.Advice, StringComparison.Ordinal);

        File.Delete(Der);
        Assert.Empty((await Core.Machine.ListFoundAsync(null, Cancellation)).Unread);
    }

    protected override async Task<TestCore> StartCoreAsync()
    {
        var debian = new DebianSandbox(_folder.Path);
        await debian.FillAsync();
        await File.WriteAllBytesAsync(Der, _other.RawData, Cancellation);
        return await TestCore.StartAsync(
            time: Time,
            configure: o =>
            {
                o.TrustStores.Clear();
                o.TrustStores.Add("linux-anchors");
            },
            register: services => services.RemoveAll<ITrustStore>().AddSingleton<ITrustStore>(debian.Store));
    }

    protected override async ValueTask DisposeAsyncCore()
    {
        await base.DisposeAsyncCore();
        _root.Dispose();
        _other.Dispose();
        _folder.Dispose();
    }
}
