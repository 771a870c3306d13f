using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Core.Clients;
using CaPortal.Core.Processes;
using CaPortal.Core.TrustStores;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.Logging;

namespace CaPortal.Tests.TrustStores;

/// <summary>What Java or GnuTLS cannot read does not get into the files that they open, whatever the portal's own checks think of it.</summary>
public sealed class CandidateReadersTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly X509Certificate2 _root = TestCertificates.Root();

    // GnuTLS gives up on a file with the one, Java on one with the other.
    private static TrustedCertificate ForGnuTls { get; } = Malformed("alternative name that is too long");

    private static TrustedCertificate ForJava { get; } = Malformed("directory name of something else");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _root.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Require_CertificateThatGnuTlsCannotRead_NamesItAndGnuTls()
    {
        Tool.Require("certtool");
        using var candidates = TestTrustStores.Candidates(certtool: ExternalCommand.Find("certtool"));
        var store = TestTrustStores.Bundle(_folder["bundle"]);

        await candidates.RequireReadableAsync(store, [TestTrustStores.Trusted(_root)], Cancellation);
        var failure = await Assert.ThrowsAsync<TrustStoreException>(
            () => candidates.RequireReadableAsync(store, [TestTrustStores.Trusted(_root), ForGnuTls], Cancellation));

        Assert.Contains("GnuTLS on this machine cannot read the certificate 'alternative name that is too long'", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Require_CertificateThatJavaCannotRead_NamesItAndJava()
    {
        Tool.Require("java");
        using var java = new JavaEngine(TimeProvider.System);
        using var candidates = TestTrustStores.Candidates(java);
        var store = TestTrustStores.JavaTruststore(_folder["trust.p12"]);

        await candidates.RequireReadableAsync(store, [TestTrustStores.Trusted(_root)], Cancellation);
        var failure = await Assert.ThrowsAsync<TrustStoreException>(
            () => candidates.RequireReadableAsync(store, [TestTrustStores.Trusted(_root), ForJava], Cancellation));

        Assert.Contains("Java on this machine cannot read the certificate 'directory name of something else'", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reconcile_CertificateThatOnlyTheReaderRefuses_FailsAndReplacesNothing()
    {
        Tool.Require("certtool");
        using var other = TestCertificates.Root("Other Root");
        var line = other.ExportCertificatePem().Split('\n')[^3];
        ShellScript.Write(_folder["certtool"], $"""if grep -qF '{line}' "$(echo "$2" | cut -d= -f2)"; then exit 1; fi; exec certtool "$@" """);
        var store = TestTrustStores.Bundle(_folder["bundle"]);
        await store.AddAsync(TestTrustStores.Trusted(_root));
        var before = await File.ReadAllBytesAsync(store.Location(CaStore.Root), Cancellation);
        using var candidates = TestTrustStores.Candidates(certtool: _folder["certtool"]);
        using var reconciler = TestTrustStores.ReconcilerOf(candidates, TimeProvider.System, store);

        var outcome = Assert.Single(await reconciler.ReconcileAsync(
            TestTrustStores.Desired([TestTrustStores.Trusted(_root), TestTrustStores.Trusted(other)]), null, Cancellation));

        Assert.Equal(TrustStoreResult.Failed, outcome.Result);
        Assert.Contains("GnuTLS on this machine cannot read", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("Other Root", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(store.Location(CaStore.Root), Cancellation));
    }

    [Theory]
    [InlineData("exec sleep 600", "gave no answer within")]
    [InlineData("exit 1", "does not read a good certificate either")]
    public async Task Require_ReaderThatHangsOrDoesNotWork_IsSaidAndRefusesNothing(string fate, string said)
    {
        ShellScript.Write(_folder["certtool"], fate);
        using var log = new CapturedLog();
        using var loggers = LoggerFactory.Create(b => b.AddProvider(log));
        using var candidates = TestTrustStores.Candidates(
            certtool: _folder["certtool"], patience: fate == "exit 1" ? null : TimeSpan.FromMilliseconds(200), logger: loggers.CreateLogger<CandidateReaders>());

        await candidates.RequireReadableAsync(TestTrustStores.Bundle(_folder["bundle"]), [ForGnuTls], Cancellation);

        Assert.Contains(log.Lines, l => l.Contains(said, StringComparison.Ordinal));
    }

    private static TrustedCertificate Malformed(string defect)
    {
        var der = MalformedCertificates.ByDefect[defect];
        return new TrustedCertificate(new(CaStore.Root, Thumbprints.Sha256(der)), der, defect, default, default);
    }
}
