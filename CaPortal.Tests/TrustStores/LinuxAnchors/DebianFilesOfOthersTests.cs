using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.LinuxAnchors;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.TrustStores.LinuxAnchors;

/// <summary>What others have put into Debian's folder.</summary>
[SupportedOSPlatform("linux")]
public sealed class DebianFilesOfOthersTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _folder = new();
    private readonly X509Certificate2 _root = TestCertificates.Root();
    private readonly X509Certificate2 _other = TestCertificates.Root("Other Root");
    private readonly DebianSandbox _debian;
    private readonly LinuxAnchorsTrustStore _store;
    private readonly TrustedCertificate _trusted;

    public DebianFilesOfOthersTests()
    {
        _debian = new DebianSandbox(_folder.Path);
        _store = _debian.Store;
        _trusted = TestTrustStores.Trusted(_root);
    }

    public async ValueTask InitializeAsync() => await _debian.FillAsync();

    public ValueTask DisposeAsync()
    {
        _root.Dispose();
        _other.Dispose();
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Apply_FileOfOthersThatWouldBreakTheBundle_LeavesEverythingAndNamesIt()
    {
        var path = Path.Combine(_debian.Local, "damaged.crt");
        await File.WriteAllTextAsync(path, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", TestContext.Current.CancellationToken);
        var before = File.ReadAllBytes(_debian.Bundle);

        var failure = await Assert.ThrowsAsync<TrustStoreException>(() => _store.AddAsync(_trusted));

        Assert.Contains(path, failure.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(_debian.Bundle));
        Assert.Equal([path], Directory.GetFiles(_debian.Local, "*.crt"));
    }

    [Fact]
    public async Task Apply_FilesOfOthers_StayAsTheyAre()
    {
        var path = _debian.PutByHand("corp.crt", _other);
        await _debian.RunToolAsync();

        await _store.AddAsync(_trusted);
        await _store.RemoveAsync(_trusted);

        Assert.Equal(TestFiles.Pem(_other), File.ReadAllBytes(path));
        Assert.Equal([TestTrustStores.KeyOf(_other)], (await _store.ReadAsync()).Certificates);
    }

    [Fact]
    public async Task Apply_RemoveWhatStandsInAFileOfItsOwn_RemovesThatFile()
    {
        var path = _debian.PutByHand("sub/corp.crt", _other);
        await _debian.RunToolAsync();
        var found = Assert.Single(
            await _store.LoadAsync(new HashSet<CaCertificateKey> { TestTrustStores.KeyOf(_other) }, TestContext.Current.CancellationToken));
        Assert.Equal((path, null), (found.Place, found.Fixed));

        await _store.RemoveAsync(TestTrustStores.Trusted(_other));

        Assert.False(File.Exists(path));
        Assert.Empty((await _store.ReadAsync()).Certificates);
    }

    [Fact]
    public async Task Apply_RemoveWhatStandsTogetherWithOthers_DoesTheRestAndSaysSo()
    {
        var path = _debian.PutByHand("two.crt", _other, TestCertificates.Root("Second"));
        await _debian.RunToolAsync();
        var key = TestTrustStores.KeyOf(_other);
        var found = Assert.Single(await _store.LoadAsync(new HashSet<CaCertificateKey> { key }, TestContext.Current.CancellationToken));
        Assert.Equal(path, found.Place);
        Assert.Equal(_other.RawData, found.Der);
        Assert.Contains(path, found.Fixed, StringComparison.Ordinal);

        var failure = await Assert.ThrowsAsync<TrustStoreException>(
            () => _store.ApplyAsync(new TrustStoreChange([_trusted], [key]), TestContext.Current.CancellationToken));

        Assert.Contains(path, failure.Message, StringComparison.Ordinal);
        Assert.Contains("(CN=Other Root, ", failure.Message, StringComparison.Ordinal);
        Assert.Contains(key.Sha256[..16], failure.Message, StringComparison.Ordinal);
        Assert.Superset(new HashSet<CaCertificateKey> { key, _trusted.Key }, (HashSet<CaCertificateKey>)(await _store.ReadAsync()).Certificates);
    }

    [Fact]
    public async Task Reconcile_WithdrawnAndInFilesOfOthersToo_SaysWhichOfThemWentWithIt()
    {
        var reconciler = TestTrustStores.ReconcilerOf(_store);
        await _store.AddAsync(_trusted);
        var alone = _debian.PutByHand("dup-root.crt", _root);
        var together = _debian.PutByHand("two.crt", _root, _other);
        await _debian.RunToolAsync();
        Assert.Equal([alone], (await _store.ReadAsync()).FilesOfOthers[_trusted.Key]);

        var outcome = Assert.Single(await reconciler.ReconcileAsync(TestTrustStores.Desired([], [_trusted.Key]), null, TestContext.Current.CancellationToken));

        Assert.Equal([alone], outcome.RemovedFiles);
        Assert.Equal([together], Directory.GetFiles(_debian.Local, "*.crt"));
        Assert.Equal([_trusted.Key], outcome.Left);
    }

    [Fact]
    public async Task Apply_FilesOfOthersAreGone_WhatIsTrustedStaysTrusted()
    {
        var path = _debian.PutByHand("corp.crt", _other);
        await _debian.RunToolAsync();
        File.Delete(path);
        File.Delete(_debian.SystemFile(2));
        var before = _debian.InBundle();

        await _store.AddAsync(_trusted);

        Assert.Equal(before.Append(_trusted.Key.Sha256).Order(), _debian.InBundle().Order());
    }
}
