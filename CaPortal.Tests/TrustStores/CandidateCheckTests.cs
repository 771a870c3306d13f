using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Core.Clients;
using CaPortal.Core.Processes;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.Programs;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.Logging;

namespace CaPortal.Tests.TrustStores;

/// <summary>
/// What Java or GnuTLS cannot read does not get into the files that they open, even if the portal's own checks accept it.
/// </summary>
public sealed class CandidateCheckTests : IDisposable
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
    public async Task Refused_CertificateThatGnuTlsCannotRead_IsThatAlone()
    {
        Tool.Require("certtool");
        using var candidates = TestTrustStores.Candidates(certtool: ExternalCommand.Find("certtool"));
        var store = TestTrustStores.Bundle(_folder["bundle"]);

        Assert.Equal([ForGnuTls.Key.Sha256], await candidates.RefusedAsync(store, [TestTrustStores.Trusted(_root), ForGnuTls], Cancellation));
    }

    [Fact]
    public async Task Refused_CertificateThatJavaCannotRead_IsThatAlone()
    {
        Tool.Require("java");
        using var java = new JavaEngine(TimeProvider.System);
        using var candidates = TestTrustStores.Candidates(java);
        var store = TestTrustStores.JavaTruststore(_folder["trust.p12"]);

        Assert.Equal([ForJava.Key.Sha256], await candidates.RefusedAsync(store, [TestTrustStores.Trusted(_root), ForJava], Cancellation));
    }

    [Fact]
    public async Task Reconcile_CertificateThatOnlyTheReaderRefuses_IsLeftOutAndTheRestIsWritten()
    {
        Tool.Require("certtool");
        using var other = TestCertificates.Root("Other Root");
        var line = other.ExportCertificatePem().Split('\n')[^3];
        ShellScript.Write(_folder["certtool"], $"""if grep -qF '{line}' "$(echo "$2" | cut -d= -f2)"; then exit 1; fi; exec certtool "$@" """);
        var store = TestTrustStores.Bundle(_folder["bundle"]);
        await store.AddAsync(TestTrustStores.Trusted(_root));
        using var third = TestCertificates.Root("Third Root");
        using var candidates = TestTrustStores.Candidates(certtool: _folder["certtool"]);
        var reconciler = TestTrustStores.ReconcilerOf(candidates, TimeProvider.System, store);

        var outcome = Assert.Single(await reconciler.ReconcileAsync(
            TestTrustStores.Desired([TestTrustStores.Trusted(_root), TestTrustStores.Trusted(other), TestTrustStores.Trusted(third)]), null, Cancellation));

        Assert.Equal(TrustStoreResult.Installed, outcome.Result);
        Assert.Equal([TestTrustStores.KeyOf(other)], outcome.LeftOut);
        Assert.Equal([TestTrustStores.KeyOf(third)], outcome.Added);
        Assert.DoesNotContain(TestTrustStores.KeyOf(other), (await store.ReadAsync()).Certificates);
    }

    [Theory]
    [InlineData("exec sleep 600", "gave no answer within")]
    [InlineData("exit 1", "does not read a good certificate either")]
    public async Task Refused_ReaderThatHangsOrDoesNotWork_IsSaidAndRefusesNothing(string fate, string said)
    {
        ShellScript.Write(_folder["certtool"], fate);
        using var log = new CapturedLog();
        using var loggers = LoggerFactory.Create(b => b.AddProvider(log));
        using var candidates = TestTrustStores.Candidates(
            certtool: _folder["certtool"], timeout: fate == "exit 1" ? null : TimeSpan.FromMilliseconds(200), logger: loggers.CreateLogger<CandidateCheck>());

        Assert.Empty(await candidates.RefusedAsync(TestTrustStores.Bundle(_folder["bundle"]), [ForGnuTls], Cancellation));
        Assert.Contains(log.Lines, l => l.Contains(said, StringComparison.Ordinal));
    }

    private static TrustedCertificate Malformed(string defect)
    {
        var der = MalformedCertificates.ByDefect[defect];
        return new TrustedCertificate(new(CaStore.Root, Thumbprints.Sha256(der)), der, defect, default, default);
    }
}
