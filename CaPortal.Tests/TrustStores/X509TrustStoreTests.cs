using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Core.Files;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.X509;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.TrustStores;

[SupportedOSPlatform("linux")]
public sealed class X509TrustStoreTests : IDisposable
{
    private readonly TemporaryDirectory _home = new();
    private readonly X509Certificate2 _root = TestCertificates.Root();

    public X509TrustStoreTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "Only .NET on Linux keeps the user's stores in files.");

    public void Dispose()
    {
        _root.Dispose();
        _home.Dispose();
    }

    [Theory]
    [InlineData(CaStore.Root, StoreName.Root)]
    [InlineData(CaStore.CertificateAuthority, StoreName.CertificateAuthority)]
    public async Task Apply_AddedThenRemoved_DotNetListsItInBetween(CaStore store, StoreName name)
    {
        var target = TestTrustStores.X509();
        var certificate = TestTrustStores.Trusted(_root, store);

        await target.AddAsync(certificate);
        Assert.Contains(_root.Thumbprint, Thumbprints(name));
        Assert.Contains(certificate.Key, (await target.ReadAsync()).Certificates);

        await target.RemoveAsync(certificate);
        Assert.DoesNotContain(_root.Thumbprint, Thumbprints(name));
        Assert.DoesNotContain(certificate.Key, (await target.ReadAsync()).Certificates);
    }

    [Fact]
    public async Task Read_CertificateAddedByAnotherProgram_IsThereAndSurvives()
    {
        using var foreign = X509CertificateLoader.LoadCertificate(_root.RawData);
        using var ours = TestCertificates.Root("Ours");
        using (var store = new X509Store(StoreName.Root, StoreLocation.CurrentUser, OpenFlags.ReadWrite))
            store.Add(foreign);
        var target = TestTrustStores.X509();

        await target.AddAsync(TestTrustStores.Trusted(ours));
        await target.RemoveAsync(TestTrustStores.Trusted(ours));

        Assert.Contains(TestTrustStores.KeyOf(_root), (await target.ReadAsync()).Certificates);
    }

    [Fact]
    public async Task Apply_FolderThatDotNetDoesNotRead_WritesThroughDotNet()
    {
        var target = new X509TrustStore(StoreLocation.CurrentUser, _home["elsewhere"]);
        var certificate = TestTrustStores.Trusted(_root);

        await target.AddAsync(certificate);
        Assert.Contains(_root.Thumbprint, Thumbprints(StoreName.Root));
        Assert.Contains(certificate.Key, (await target.ReadAsync()).Certificates);
        Assert.Equal(@"CurrentUser\Root", target.Location(CaStore.Root));

        await target.RemoveAsync(certificate);
        Assert.DoesNotContain(_root.Thumbprint, Thumbprints(StoreName.Root));
    }

    [Fact]
    public async Task Apply_CertificateThatCannotBeLoaded_IsRefusedAndNothingIsWritten()
    {
        var target = new X509TrustStore(StoreLocation.CurrentUser, _home["stores"]);
        var broken = TestTrustStores.Trusted(_root) with { Der = _root.RawData.AsMemory(..^10) };
        using var good = TestCertificates.Root("Good");

        await Assert.ThrowsAsync<TrustStoreException>(() => target.AddAsync(TestTrustStores.Trusted(good), broken));

        Assert.Empty(Directory.GetFiles(_home["stores/root"]));
    }

    [Fact]
    public async Task HomeUnknown_StateReadingAndWriting_SayWhatToDo()
    {
        var target = new X509TrustStore(StoreLocation.CurrentUser, null);

        Assert.False(target.GetState().IsEnabled);
        Assert.Contains("HOME", target.GetState().Advice, StringComparison.Ordinal);
        await Assert.ThrowsAsync<TrustStoreException>(() => target.ReadAsync());
        await Assert.ThrowsAsync<TrustStoreException>(() => target.AddAsync(TestTrustStores.Trusted(_root)));
    }

    [Fact]
    public void GetState_NothingThereYet_IsEnabled() =>
        Assert.True(new X509TrustStore(StoreLocation.CurrentUser, _home["not/yet/there"]).GetState().IsEnabled);

    [Theory]
    [InlineData("file in the store of disallowed certificates", "refuse every TLS connection")]
    [InlineData("folder of another account", "belongs to another account")]
    [InlineData("folder without permissions", "keep its own account out")]
    [InlineData("file in place of the folder", "is a file")]
    public void GetState_UnusableFolder_NamesTheReason(string condition, string reason)
    {
        var stores = _home["stores"];
        var root = Directory.CreateDirectory(Path.Combine(stores, "root")).FullName;
        switch (condition)
        {
            case "file in the store of disallowed certificates":
                Directory.CreateDirectory(Path.Combine(stores, "disallowed"));
                File.WriteAllText(Path.Combine(stores, "disallowed", "any"), "");
                break;
            case "folder of another account":
                Assert.SkipUnless(Environment.UserName == "root", "Only root can give a folder away.");
                using (var folder = NativeFiles.OpenFolder(root, followLinks: true))
                    NativeFiles.TryGiveTo(folder, (12345, 12345));
                break;
            case "folder without permissions":
                File.SetUnixFileMode(root, UnixFileMode.UserRead | UnixFileMode.UserExecute);
                break;
            default:
                Directory.Delete(root);
                File.WriteAllText(root, "");
                break;
        }

        var state = new X509TrustStore(StoreLocation.CurrentUser, stores).GetState();

        Assert.False(state.IsEnabled);
        Assert.Contains(reason, state.Reason, StringComparison.Ordinal);
        Assert.NotEmpty(state.Advice!);
    }

    [Fact]
    public async Task GetState_ReadOnlyDisk_IsDisabledAndWritingSaysWhy()
    {
        Assert.SkipUnless(Environment.UserName == "root", "Only root can mount a read-only disk.");
        var cancellationToken = TestContext.Current.CancellationToken;
        var stores = Directory.CreateDirectory(_home["stores"]).FullName;
        var (exitCode, output) = await Tool.RunAsync("mount", ["-t", "tmpfs", "-o", "ro,mode=755", "none", stores], cancellationToken);
        Assert.SkipUnless(exitCode == 0, $"A disk cannot be mounted here: {output}");
        try
        {
            var target = new X509TrustStore(StoreLocation.CurrentUser, stores);

            Assert.False(target.GetState().IsEnabled);
            var failure = await Assert.ThrowsAsync<TrustStoreException>(() => target.AddAsync(TestTrustStores.Trusted(_root)));
            Assert.Contains("read-only disk", failure.Message, StringComparison.Ordinal);
        }
        finally
        {
            await Tool.RunAsync("umount", [stores], CancellationToken.None);
        }
    }

    private static IEnumerable<string> Thumbprints(StoreName name)
    {
        using var store = new X509Store(name, StoreLocation.CurrentUser, OpenFlags.ReadOnly);
        return [.. store.Certificates.Select(c => c.Thumbprint)];
    }
}
