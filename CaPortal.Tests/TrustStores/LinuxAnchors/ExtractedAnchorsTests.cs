using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.LinuxAnchors;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.TrustStores.LinuxAnchors;

/// <summary>
/// The layout of the families whose command alone writes the bundle, with a shell script for the command, which does as
/// p11-kit's does: it takes files of any name, passes over what is no certificate, and renames the result into place.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class ExtractedAnchorsTests : OwnAnchorFileTests, IDisposable
{
    private const string Extract = """
        echo run >> runs
        for file in system/* anchors/*; do
          openssl x509 -in "$file"
        done | awk '/^-----BEGIN/ { block = "" } { block = block $0 "\n" } /^-----END/ { if (!(block in seen)) { printf "%s", block; seen[block] = 1 } }' > bundle/.new
        mv bundle/.new bundle/bundle.pem
        """;

    private readonly TemporaryDirectory _folder = new();
    private readonly X509Certificate2 _root = TestCertificates.Root();
    private readonly X509Certificate2 _other = TestCertificates.Root("Other Root");
    private readonly X509Certificate2[] _system = BenchmarkCertificates.Roots("System", 3);
    private readonly LinuxAnchorsTrustStore _store;
    private readonly TrustedCertificate _trusted;

    public ExtractedAnchorsTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux keeps the system's roots in this way.");
        Tool.Require("openssl");
        foreach (var folder in (string[])["system", "anchors", "bundle"])
            Directory.CreateDirectory(_folder[folder]);
        foreach (var (i, certificate) in _system.Index())
            File.WriteAllBytes(_folder[$"system/{i}.p11-kit"], TestFiles.Pem(certificate));
        File.WriteAllBytes(_folder["bundle/bundle.pem"], TestFiles.Pem(_system));
        _store = StoreWithTool(Extract);
        _trusted = TestTrustStores.Trusted(_root);
    }

    protected override LinuxAnchorsTrustStore Store => _store;

    protected override TrustedCertificate Trusted => _trusted;

    protected override string OwnFile => _folder[$"anchors/caportal-{_trusted.Key.Sha256[..32]}.crt"];

    public void Dispose()
    {
        _root.Dispose();
        _other.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Apply_AddedAndRemoved_CommandRunsWithinTheChange()
    {
        await _store.AddAsync(_trusted);
        Assert.Equal([.. Sorted(_system), _trusted.Key.Sha256], InBundle());
        Assert.Equal([_trusted.Key], (await _store.ReadAsync()).Certificates);
        Assert.Null(await _store.FollowUpAsync(TestContext.Current.CancellationToken));

        await _store.RemoveAsync(_trusted);
        Assert.Equal(Sorted(_system), InBundle());
        Assert.Empty((await _store.ReadAsync()).Certificates);
        Assert.False(File.Exists(OwnFile));
    }

    [Fact]
    public async Task Apply_NothingToDo_CommandIsNotRun()
    {
        await _store.AddAsync(_trusted);
        var runs = Runs();

        await _store.AddAsync(_trusted);
        await _store.AddAsync();

        Assert.Equal(runs, Runs());
    }

    [Fact]
    public async Task Apply_BrokenOffBeforeTheCommandRan_RunsItTheNextTime()
    {
        await _store.AddAsync(_trusted);
        File.SetLastWriteTimeUtc(_folder["bundle/bundle.pem"], DateTime.UnixEpoch);
        File.WriteAllBytes(_folder["anchors/corp"], _other.RawData);
        Assert.DoesNotContain(TestTrustStores.KeyOf(_other), (await _store.ReadAsync()).Certificates);

        await _store.AddAsync();

        Assert.Equal(new HashSet<CaCertificateKey> { _trusted.Key, TestTrustStores.KeyOf(_other) }, (await _store.ReadAsync()).Certificates);
    }

    [Fact]
    public async Task Load_AddedInAnotherWay_CannotBeRemovedHere()
    {
        File.WriteAllBytes(_folder["bundle/bundle.pem"], TestFiles.Pem([.. _system, _other]));

        var found = Assert.Single(await _store.LoadAsync(new HashSet<CaCertificateKey> { TestTrustStores.KeyOf(_other) }, TestContext.Current.CancellationToken));

        Assert.Equal(_folder["bundle/bundle.pem"], found.Place);
        Assert.NotNull(found.Fixed);
    }

    [Theory]
    [InlineData("exit 1", "were not in the bundle that programs read (1)")]
    [InlineData("echo 'no'; : > bundle/bundle.pem", "empty or broken")]
    [InlineData("head -c 900 bundle/bundle.pem > x; mv x bundle/bundle.pem", "empty or broken")]
    [InlineData("cat anchors/caportal-*.crt > bundle/bundle.pem", "certificates that were trusted before were missing (3)")]
    public async Task Apply_CommandFails_FormerFilesArePutBackAndThatIsSaid(string script, string expected)
    {
        var store = StoreWithTool(script);

        var failure = await Assert.ThrowsAsync<TrustStoreException>(() => store.AddAsync(_trusted));

        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(OwnFile));
        Assert.Equal(TestFiles.Pem(_system), File.ReadAllBytes(_folder["bundle/bundle.pem"]));
    }

    [Fact]
    public async Task Apply_CommandFailsToRemove_FormerFilesArePutBackAndThatIsSaid()
    {
        await _store.AddAsync(_trusted);
        var store = StoreWithTool("exit 0");

        var failure = await Assert.ThrowsAsync<TrustStoreException>(() => store.RemoveAsync(_trusted));

        Assert.Contains("still in the bundle", failure.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(OwnFile));
    }

    [Fact]
    public async Task Apply_CommandHangs_IsEndedAndFormerFilesArePutBack()
    {
        var store = StoreWithTool("sleep 1000", TimeSpan.FromSeconds(1));

        var failure = await Assert.ThrowsAsync<TrustStoreException>(() => store.AddAsync(_trusted));

        Assert.Contains("took too long", failure.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(OwnFile));
    }

    private static IEnumerable<string> Sorted(IEnumerable<X509Certificate2> certificates) => certificates.Select(c => TestTrustStores.KeyOf(c).Sha256);

    private int Runs() => File.ReadAllLines(_folder["runs"]).Length;

    protected override IReadOnlyList<string> InBundle() => [.. PemFile.Parse(File.ReadAllBytes(_folder["bundle/bundle.pem"])).Certificates.Select(c => c.Sha256)];

    private LinuxAnchorsTrustStore StoreWithTool(string script, TimeSpan? timeout = null)
    {
        File.WriteAllText(_folder["tool.sh"], $"cd '{_folder.Path}'\n{script}\n");
        return new(
            new LinuxFamily("Test", [], "p11-kit", new AnchorsLayout
            {
                AnchorsFolder = _folder["anchors"],
                Command = "/bin/sh",
                Arguments = [_folder["tool.sh"]],
                Bundle = _folder["bundle/bundle.pem"],
                SystemFolder = _folder["system"],
                TakesAnyFile = true,
                CommandTimeout = timeout ?? TimeSpan.FromMinutes(2),
            }),
            _folder["data"],
            TimeProvider.System);
    }
}
