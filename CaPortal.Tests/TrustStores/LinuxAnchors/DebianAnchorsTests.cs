using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Core.Files;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.LinuxAnchors;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.TrustStores.LinuxAnchors;

/// <summary>What is in the folder and in the bundle of Debian, beside the real tool.</summary>
[SupportedOSPlatform("linux")]
public sealed class DebianAnchorsTests : OwnAnchorFileTests, IAsyncLifetime
{
    private readonly TemporaryDirectory _folder = new();
    private readonly X509Certificate2 _root = TestCertificates.Root();
    private readonly X509Certificate2 _other = TestCertificates.Root("Other Root");
    private readonly DebianSandbox _debian;
    private readonly LinuxAnchorsTrustStore _store;
    private readonly TrustedCertificate _trusted;

    public DebianAnchorsTests()
    {
        _debian = new DebianSandbox(_folder.Path);
        _store = _debian.Store;
        _trusted = TestTrustStores.Trusted(_root);
    }

    protected override LinuxAnchorsTrustStore Store => _store;

    protected override TrustedCertificate Trusted => _trusted;

    protected override string OwnFile => Path.Combine(_debian.Local, $"caportal-{_trusted.Key.Sha256[..32]}.crt");

    protected override IReadOnlyList<string> InBundle() => _debian.InBundle();

    public async ValueTask InitializeAsync() => await _debian.FillAsync();

    public ValueTask DisposeAsync()
    {
        _root.Dispose();
        _other.Dispose();
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Apply_Added_OneFileNamedByItsHashThatEverybodyCanRead()
    {
        await _store.AddAsync(_trusted);

        Assert.Equal([OwnFile], Directory.GetFiles(_debian.Local, "*.crt"));
        Assert.Equal(_root.ExportCertificatePem() + "\n", await File.ReadAllTextAsync(OwnFile, TestContext.Current.CancellationToken));
        Assert.Equal(AtomicFile.Public, File.GetUnixFileMode(OwnFile));
        Assert.Contains(_trusted.Key, (await _store.ReadAsync()).Certificates);
    }

    [Fact]
    public async Task Apply_AddedAndRemoved_BundleIsByteForByteTheTools()
    {
        // Names that sort differently with and without their folders, links, hidden files, and files without a last line break.
        _debian.PutByHand("a b(1),é.crt", _other);
        File.WriteAllText(_debian.PutByHand("zzz/x.crt"), TestCertificates.Root("No line break").ExportCertificatePem());
        File.WriteAllText(_debian.PutByHand("zzz-a.crt"), TestCertificates.Root("Windows line ends").ExportCertificatePem().ReplaceLineEndings("\r\n"));
        _debian.PutByHand("two.crt", TestCertificates.Root("Two 1"), TestCertificates.Root("Two 2"));
        _debian.PutByHand(".hidden.crt", TestCertificates.Root("Hidden"));
        _debian.PutByHand("ignored.pem", TestCertificates.Root("Ignored"));
        File.CreateSymbolicLink(Path.Combine(_debian.Local, "link.crt"), _debian.SystemFile(DebianSandbox.SystemCertificates));
        File.CreateSymbolicLink(Path.Combine(_debian.Local, "nowhere.crt"), "/nowhere");
        Directory.CreateSymbolicLink(Path.Combine(_debian.Local, "zzz", "round"), _debian.Local);
        await File.AppendAllTextAsync(
            _debian.Selection,
            $"# Next\n  mozilla/Blanks.crt \nmozilla/System_{DebianSandbox.SystemCertificates}.crt",
            TestContext.Current.CancellationToken);
        File.WriteAllBytes(Path.Combine(Path.GetDirectoryName(_debian.SystemFile(0))!, "Blanks.crt"), TestFiles.Pem(TestCertificates.Root("Blanks")));

        await _store.AddAsync(_trusted);
        Assert.Equal(await _debian.BundleOfTheToolAsync(), File.ReadAllBytes(_debian.Bundle));

        await _store.RemoveAsync(_trusted);
        Assert.Equal(await _debian.BundleOfTheToolAsync(), File.ReadAllBytes(_debian.Bundle));
        Assert.DoesNotContain(_trusted.Key.Sha256, _debian.InBundle());
    }

    [Fact]
    public async Task Apply_Added_KeepsModeAndTheFormerBundleElsewhere()
    {
        var before = File.ReadAllBytes(_debian.Bundle);

        await _store.AddAsync(_trusted);

        Assert.Equal(AtomicFile.Public, File.GetUnixFileMode(_debian.Bundle));
        Assert.Equal(before, File.ReadAllBytes(_debian.LastGood));
    }

    [Fact]
    public async Task Apply_SameAgain_RewritesNothing()
    {
        await _store.AddAsync(_trusted);
        File.SetLastWriteTimeUtc(_debian.Bundle, DateTime.UnixEpoch);

        await _store.AddAsync(_trusted);
        await _store.AddAsync();

        Assert.Equal(DateTime.UnixEpoch, File.GetLastWriteTimeUtc(_debian.Bundle));
    }

    [Fact]
    public async Task Apply_Intermediate_IsNotTaken()
    {
        using var intermediate = TestCertificates.Intermediate(_root);

        await _store.AddAsync(TestTrustStores.Trusted(intermediate, CaStore.CertificateAuthority));

        Assert.False(_store.Holds(CaStore.CertificateAuthority));
        Assert.Empty(Directory.GetFiles(_debian.Local, "*.crt"));
    }

    [Fact]
    public async Task Read_FileThatIsNotInTheBundle_IsNotInstalled()
    {
        _debian.PutByHand(Path.GetFileName(OwnFile), _root);
        Assert.Empty((await _store.ReadAsync()).Certificates);

        await _store.AddAsync(_trusted);
        Assert.Contains(_trusted.Key, (await _store.ReadAsync()).Certificates);
    }

    [Fact]
    public async Task Read_TwiceInTheBundle_IsNotInstalledUntilItIsHealed()
    {
        await _store.AddAsync(_trusted);
        await File.AppendAllTextAsync(_debian.Bundle, _root.ExportCertificatePem() + "\n", TestContext.Current.CancellationToken);
        Assert.Empty((await _store.ReadAsync()).Certificates);

        await _store.AddAsync(_trusted);

        Assert.Single(_debian.InBundle(), _trusted.Key.Sha256);
        Assert.Contains(_trusted.Key, (await _store.ReadAsync()).Certificates);
    }

    [Fact]
    public async Task Read_DistributionsOwnList_IsNotTheAdministrators()
    {
        Assert.Empty((await _store.ReadAsync()).Certificates);
        Assert.Equal(DebianSandbox.SystemCertificates, _debian.InBundle().Count);
    }

    [Fact]
    public async Task Read_DistributionHasItToo_IsInstalledAndGoesWithoutTheDistributions()
    {
        using var known = X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(_debian.SystemFile(3), TestContext.Current.CancellationToken));
        var trusted = TestTrustStores.Trusted(known);

        await _store.AddAsync(trusted);
        Assert.Contains(trusted.Key, (await _store.ReadAsync()).Certificates);
        Assert.Equal(await _debian.BundleOfTheToolAsync(), File.ReadAllBytes(_debian.Bundle));

        await _store.RemoveAsync(trusted);
        Assert.Empty((await _store.ReadAsync()).Certificates);
        Assert.Single(_debian.InBundle(), trusted.Key.Sha256);
    }

    [Fact]
    public async Task Apply_CertificateThatCannotBeLoaded_LeavesEverything()
    {
        var before = File.ReadAllBytes(_debian.Bundle);
        var malformed = MalformedCertificates.ByDefect["empty serial number"];
        var key = new CaCertificateKey(CaStore.Root, Thumbprints.Sha256(malformed));

        await Assert.ThrowsAsync<TrustStoreException>(() => _store.AddAsync(_trusted with { Key = key, Der = malformed }));

        Assert.Equal(before, File.ReadAllBytes(_debian.Bundle));
        Assert.Empty(Directory.GetFiles(_debian.Local, "*.crt"));
    }

    [Fact]
    public async Task Apply_TornFileOfOurs_IsWrittenAnewOrCleared()
    {
        using var third = TestCertificates.Root("Third");
        await _store.AddAsync(_trusted, TestTrustStores.Trusted(third));
        foreach (var file in Directory.GetFiles(_debian.Local, "*.crt"))
            await File.WriteAllTextAsync(file, "-----BEGIN CERTIFICATE-----\nAAAA", TestContext.Current.CancellationToken);

        await _store.ApplyAsync(new TrustStoreChange([_trusted], [TestTrustStores.KeyOf(third)]), TestContext.Current.CancellationToken);

        Assert.Equal([OwnFile], Directory.GetFiles(_debian.Local, "*.crt"));
        Assert.Equal(await _debian.BundleOfTheToolAsync(), File.ReadAllBytes(_debian.Bundle));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Apply_BundleGoneOrBroken_IsMadeAnew(bool isBroken)
    {
        if (isBroken)
            await File.WriteAllBytesAsync(_debian.Bundle, File.ReadAllBytes(_debian.Bundle)[..2000], TestContext.Current.CancellationToken);
        else
            File.Delete(_debian.Bundle);
        Assert.Single((await _store.ReadAsync()).Damaged);

        await _store.AddAsync(_trusted);

        Assert.Equal(await _debian.BundleOfTheToolAsync(), File.ReadAllBytes(_debian.Bundle));
        Assert.Empty((await _store.ReadAsync()).Damaged);
    }

    [Fact]
    public async Task Apply_TwoPortalsAtOnce_BothArrive()
    {
        var certificates = BenchmarkCertificates.Roots("Two portals", 20).Select(c => TestTrustStores.Trusted(c)).ToList();
        var second = _debian.NewStore();

        await Parallel.ForEachAsync(certificates.Index(), TestContext.Current.CancellationToken, async (c, _) =>
            await (c.Index % 2 == 0 ? _store : second).AddAsync(c.Item));

        Assert.Equal(certificates.Select(c => c.Key).ToHashSet(), (await _store.ReadAsync()).Certificates);
        Assert.Equal(await _debian.BundleOfTheToolAsync(), File.ReadAllBytes(_debian.Bundle));
    }

    [Fact]
    public async Task Apply_ToolRunByHandAtTheSameMoment_NextReconciliationHeals()
    {
        var reconciler = TestTrustStores.ReconcilerOf(_store);
        for (var i = 0; i < 4; i++)
        {
            var desired = i % 2 == 0 ? TestTrustStores.Desired([_trusted]) : TestTrustStores.Desired([], [_trusted.Key]);
            var byHand = _debian.RunToolAsync();
            await reconciler.ReconcileAsync(desired, null, TestContext.Current.CancellationToken);
            await byHand;

            var outcome = Assert.Single(await reconciler.ReconcileAsync(desired, null, TestContext.Current.CancellationToken));

            Assert.Equal(TrustStoreResult.Installed, outcome.Result);
            Assert.Equal(await _debian.BundleOfTheToolAsync(), File.ReadAllBytes(_debian.Bundle));
        }
    }

    [Fact]
    public async Task Apply_DiskFull_LeavesEverythingAndSaysSo()
    {
        await using var disk = await SmallDisk.MountAsync("size=512k");
        var debian = new DebianSandbox(disk.Path);
        await debian.FillAsync();
        SmallDisk.Fill(Path.Combine(disk.Path, "full"));
        var before = File.ReadAllBytes(debian.Bundle);
        var store = debian.Store;

        var failure = await Assert.ThrowsAsync<TrustStoreException>(() => store.AddAsync(_trusted));

        Assert.Contains("no space", failure.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(debian.Bundle));
        Assert.Empty(Directory.GetFiles(debian.Local, "*.crt"));

        File.Delete(Path.Combine(disk.Path, "full"));
        await store.AddAsync(_trusted);
        Assert.Contains(_trusted.Key, (await store.ReadAsync()).Certificates);
    }

    [Fact]
    public async Task Apply_AddedAndRemoved_FreshCurlTrustsInBetween()
    {
        Tool.Require("curl");
        using var certificate = TestCertificates.Server(_root);
        await using var server = new TlsServer(certificate);

        Assert.NotEqual(0, await CurlAsync());
        await _store.AddAsync(_trusted);
        Assert.Equal(0, await CurlAsync());
        await _store.RemoveAsync(_trusted);
        Assert.NotEqual(0, await CurlAsync());

        async Task<int> CurlAsync() => (await Tool.TryRunAsync(
            _folder.Path, "curl", "-sS", "--cacert", _debian.Bundle, "--capath", "/nowhere", $"https://localhost:{server.Port}/")).ExitCode;
    }
}
