using System.Security.Cryptography;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Certificates;
using CaPortal.Core.Probing;
using CaPortal.Core.TrustStores;
using CaPortal.Tests.Clients;
using CaPortal.Tests.Testing;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.X509;

namespace CaPortal.Tests.Checks;

public sealed class ClientRestrictionCheckTests
{
    [Theory]
    [InlineData("basic constraints not critical", "Python 3.13", FindingSeverity.Information)]
    [InlineData("no key usage", "Python 3.13", FindingSeverity.Information)]
    [InlineData("no subject key identifier", "Python 3.13", FindingSeverity.Information)]
    [InlineData("CA without authority key identifier", "Python 3.13", FindingSeverity.Information)]
    [InlineData("directory names constrained", "Go", FindingSeverity.Warning)]
    [InlineData("EC brainpoolP256r1", "Java 16", FindingSeverity.Warning)]
    [InlineData("Ed25519", "Chrome", FindingSeverity.Warning)]
    [InlineData("critical 1.3.6.1.4.1.99999.1", "OpenSSL", FindingSeverity.Warning)]
    public void Check_CaThatSomeClientsRefuse_NamesThemAndWarnsWhereOneMayCount(string chain, string client, FindingSeverity severity)
    {
        var finding = Assert.Single(Findings(RestrictedChains.All.Single(c => c.Name == chain).Create().Intermediate));

        Assert.Equal((FindingCode.ClientRestriction, severity), (finding.Code, finding.Severity));
        Assert.Contains(client, finding.Message, StringComparison.Ordinal);
        Assert.NotNull(finding.Advice);
    }

    [Theory]
    [InlineData(null, null, FindingSeverity.Information)]
    [InlineData("dotnet,python", null, FindingSeverity.Warning)]
    [InlineData(null, "python", FindingSeverity.Warning)]
    public async Task Inspect_CaThatPythonRefuses_IsAWarningWherePythonCountsForABackEnd(string? setting, string? ofABackEnd, FindingSeverity severity)
    {
        await using var core = await TestCore.StartAsync(configure: options => Array.ForEach(setting?.Split(',') ?? [], options.BackEnds.Clients.Add));
        if (ofABackEnd is not null)
        {
            var draft = new BackEndDraft(new BackEndAddress("payments.corp", 443, null), null) { Clients = [ofABackEnd] };
            Assert.IsType<BackEndOutcome.Done>(await core.BackEnds.AddAsync([draft], TestCore.Anna, TestContext.Current.CancellationToken));
        }

        var inspection = await core.InspectAsync(RestrictedChains.All.Single(c => c.Name == "no key usage").Create().Intermediate);

        Assert.Equal(severity, Assert.Single(Assert.Single(inspection.Items).Findings, f => f.Code == FindingCode.ClientRestriction).Severity);
    }

    [Fact]
    public void Check_NegativeSerialNumber_IsRefusedByGo() =>
        Assert.Contains("Go 1.23", Assert.Single(Findings(MalformedCertificates.Harmless["negative serial number"])).Message, StringComparison.Ordinal);

    [Fact]
    public void Check_Sm2Key_IsRefusedByWhomeverItIs()
    {
        var finding = Assert.Single(Findings(Good("SM2")));

        Assert.Equal((FindingCode.ClientRestriction, FindingSeverity.Warning), (finding.Code, finding.Severity));
        Assert.StartsWith("Refused by Java, Go, GnuTLS and Chrome and Edge: its key is an SM2 key", finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GOST 2012")]
    [InlineData("SLH-DSA-SHA2-128F")]
    [InlineData("ML-DSA-65")]
    public void Check_KeyThatOpenSslDoesNotKnow_IsRefusedHere(string algorithm)
    {
        RequireOpenSsl();
        Assert.SkipWhen(algorithm.StartsWith("ML-DSA", StringComparison.Ordinal) && MLDsa.IsSupported, "OpenSSL knows it here.");

        var finding = Assert.Single(Findings(Good(algorithm)));

        Assert.Equal((FindingCode.ClientRestriction, FindingSeverity.Warning), (finding.Code, finding.Severity));
        Assert.Contains(algorithm.Split(' ')[0], finding.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Check_CurveSpelledOut_IsUnusable() =>
        Assert.Equal((FindingCode.Unusable, FindingSeverity.Error), Assert.Single(Findings(Good("EC explicit")).Select(f => (f.Code, f.Severity))));

    [Theory]
    [InlineData("EC P-521")]
    [InlineData("RSA 2048, SHA-256")]
    [InlineData("RSA-PSS 2048, SHA-256")]
    public void Check_RootWithAnUnknownCriticalExtension_IsWhatTheEnginesSay(string algorithm)
    {
        RequireOpenSsl();
        var der = Good(algorithm, g =>
        {
            g.AddExtension(X509Extensions.SubjectKeyIdentifier, false, new SubjectKeyIdentifier([1, 2, 3]));
            g.AddExtension(new DerObjectIdentifier("1.3.6.1.4.1.99999.1"), true, DerNull.Instance);
        });

        var finding = Assert.Single(Findings(der));

        // Where Java is asked too, it accepts: it does not look at the extensions of roots.
        Assert.Contains(
            (finding.Code, finding.Severity),
            new[] { (FindingCode.Unusable, FindingSeverity.Error), (FindingCode.ClientRestriction, FindingSeverity.Warning) });
        Assert.Contains("OpenSSL", finding.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Java", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_RsaKeyOver16384Bits_IsUnusable()
    {
        var modulus = new byte[2049];
        modulus[0] = modulus[^1] = 1;
        var finding = Findings(BouncyRoots.WithPublicKey(new(new(1, modulus), Org.BouncyCastle.Math.BigInteger.ValueOf(65537))))
            .Single(f => f.Code == FindingCode.Unusable);

        Assert.Equal(FindingSeverity.Error, finding.Severity);
    }

    [Fact]
    public async Task Check_RootsOfTheOperatingSystem_AreUsable()
    {
        var roots = await new OperatingSystemRoots(TimeProvider.System).GetAsync(TestContext.Current.CancellationToken);

        var findings = roots.AsParallel().SelectMany(r => Inspection.Check(r.Der)).ToList();

        Assert.DoesNotContain(findings, f => f.Code is FindingCode.Unusable or FindingCode.BreaksReaders);
        Assert.DoesNotContain(findings, f => f.Code == FindingCode.ClientRestriction && f.Message.Contains("on this machine", StringComparison.Ordinal));
    }

    private static void RequireOpenSsl() => Assert.SkipUnless(Core.Clients.OpenSsl.LibCrypto.Version is not null, "OpenSSL's library is not installed.");

    private static byte[] Good(string algorithm, Action<Org.BouncyCastle.X509.X509V3CertificateGenerator>? change = null)
    {
        var (keys, signature) = BouncyRoots.Algorithms[algorithm];
        return BouncyRoots.Create(
            keys(),
            signature,
            change: change ?? (g => g.AddExtension(X509Extensions.SubjectKeyIdentifier, false, new DerOctetString([1, 2, 3]))));
    }

    private static List<Finding> Findings(byte[] der) => [.. Inspection.Check(der).Where(f => f.Code is FindingCode.ClientRestriction or FindingCode.Unusable)];
}
