using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CaPortal.Core.Certificates;
using CaPortal.Core.Checks;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Checks;

public sealed class CertificateChecksTests
{
    [Fact]
    public void Check_GoodRoot_RemarksOnTheStoreAlone()
    {
        using var root = TestCertificates.Root();

        var finding = Assert.Single(Inspection.Check(root));

        Assert.Equal((FindingCode.RootInIntermediate, FindingSeverity.Warning, CaStore.CertificateAuthority), (finding.Code, finding.Severity, finding.Store));
    }

    [Fact]
    public void Check_GoodIntermediateOfAKnownRoot_RemarksOnTheStoreAlone()
    {
        using var root = TestCertificates.Root();
        using var intermediate = TestCertificates.Intermediate(root);

        var finding = Assert.Single(Inspection.Check(intermediate, Inspection.Known(root)));

        Assert.Equal((FindingCode.IntermediateInRoot, FindingSeverity.Warning, CaStore.Root), (finding.Code, finding.Severity, finding.Store));
        Assert.Contains("Test Root", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_SeveralFindings_GravestFirstThenByCode()
    {
        using var key = RSA.Create(1024);
        var request = new CertificateRequest("CN=a\u202Eb", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(20));

        var findings = Inspection.Check(certificate);

        Assert.Equal(
            [FindingCode.LegacyCa, FindingCode.Expired, FindingCode.WeakKey, FindingCode.RootInIntermediate, FindingCode.SuspiciousName],
            findings.Select(f => f.Code));
    }

    [Fact]
    public void Check_CheckThatThrows_IsAFindingAndOthersGoOn()
    {
        using var root = TestCertificates.Root();
        var checks = new CertificateChecks([new ThrowingCheck(), new StoreChoiceCheck()]);

        var findings = checks.Check(Inspection.Facts(root), root.RawData, new CheckContext(TestCertificates.Yesterday, KnownCertificates.None));

        Assert.Equal([FindingCode.BreaksReaders, FindingCode.RootInIntermediate], findings.Select(f => f.Code));
        Assert.Contains("(left foot)", findings[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_EveryTruncationAndOneChangedBitInEveryByte_IsFound()
    {
        using var root = TestCertificates.Root();
        var facts = Inspection.Facts(root);
        var context = new CheckContext(TestCertificates.Yesterday, new KnownCertificates([Inspection.Known(root)]));
        var der = root.RawData;

        for (var length = 0; length < der.Length; length++)
            Assert.True(IsFound(der.AsMemory(0, length)), $"cut after {length} bytes");

        for (var i = 0; i < der.Length; i++)
        {
            var damaged = der.ToArray();
            damaged[i] ^= (byte)(1 << (i % 8));
            Assert.True(IsFound(damaged), $"bit {i % 8} of byte {i} of {Convert.ToHexString(der)}");
        }

        bool IsFound(ReadOnlyMemory<byte> damaged) =>
            Inspection
                .Checks.Check(facts, damaged, context)
                .Any(f => f.Severity == FindingSeverity.Error || f.Code is FindingCode.Unusual or FindingCode.Unverifiable);
    }

    [Theory]
    [InlineData(-1.0, FindingCode.Expired)]
    [InlineData(9.5, FindingCode.ExpiresSoon, "about to fail")]
    [InlineData(29.5, FindingCode.ExpiresSoon, "then connections")]
    [InlineData(59.5, FindingCode.ExpiresSoon, "in 59 days")]
    [InlineData(61.0, null)]
    public void Validity_EndOfValidity_IsJudgedByDaysLeft(double daysLeft, FindingCode? expected, string text = "")
    {
        using var root = TestCertificates.Root();
        var facts = Inspection.Facts(root);
        var now = new DateTimeOffset(facts.NotAfter.AddDays(-daysLeft), TimeSpan.Zero);

        var findings = Inspection.Checks.Check(facts, root.RawData, new CheckContext(now, KnownCertificates.None));

        var finding = findings.SingleOrDefault(f => f.Code is FindingCode.Expired or FindingCode.ExpiresSoon or FindingCode.NotYetValid);
        Assert.Equal(expected, finding?.Code);
        Assert.Contains(text, finding?.Message ?? "", StringComparison.Ordinal);
        if (finding is not null)
        {
            Assert.Contains(facts.NotAfter.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), finding.Message, StringComparison.Ordinal);
            Assert.Equal(expected == FindingCode.Expired ? FindingSeverity.Error : FindingSeverity.Warning, finding.Severity);
        }
    }

    [Fact]
    public void Validity_TheLastSecond_IsStillValid()
    {
        using var root = TestCertificates.Root();
        var facts = Inspection.Facts(root);

        var findings = Inspection.Checks.Check(facts, root.RawData, new CheckContext(facts.NotAfter, KnownCertificates.None));

        Assert.DoesNotContain(findings, f => f.Code == FindingCode.Expired);
    }

    [Fact]
    public void Validity_NotBegun_SaysFromWhenAndCanBeOverridden()
    {
        using var root = TestCertificates.Root(notBefore: TestCertificates.Yesterday.AddDays(10), notAfter: TestCertificates.Yesterday.AddDays(500));

        var finding = Assert.Single(Inspection.Check(root), f => f.Code == FindingCode.NotYetValid);

        Assert.Equal(FindingSeverity.Error, finding.Severity);
        Assert.True(finding.CanOverride);
        Assert.Contains(TestCertificates.Yesterday.AddDays(10).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Duplicate_InOneStore_NamesItAndOffersTheOther()
    {
        using var root = TestCertificates.Root();

        var findings = Inspection.Check(root, Inspection.Known(root, CaStore.Root), Inspection.Known(root, null, KnownOrigin.Upload));

        Assert.Equal(CaStore.Root, Assert.Single(findings, f => f.Code == FindingCode.Duplicate).Store);
        Assert.Equal(CaStore.CertificateAuthority, Assert.Single(findings, f => f.Code == FindingCode.InOtherStore).Store);
        Assert.All(findings.Where(f => f.Code is FindingCode.Duplicate or FindingCode.InOtherStore), f =>
            Assert.Equal(FindingSeverity.Information, f.Severity));
    }

    [Fact]
    public void Duplicate_InBothStores_NamesBoth()
    {
        using var root = TestCertificates.Root();

        var findings = Inspection.Check(root, Inspection.Known(root, CaStore.Root), Inspection.Known(root, CaStore.CertificateAuthority));

        Assert.Equal([CaStore.Root, CaStore.CertificateAuthority], findings.Where(f => f.Code == FindingCode.Duplicate).Select(f => f.Store!.Value));
        Assert.DoesNotContain(findings, f => f.Code == FindingCode.InOtherStore);
    }

    [Fact]
    public void Duplicate_KnownElsewhereOnly_IsNone()
    {
        using var root = TestCertificates.Root();

        var findings = Inspection.Check(root, Inspection.KnownToTheSystem(root), Inspection.Known(root, null, KnownOrigin.Upload));

        Assert.DoesNotContain(findings, f => f.Code is FindingCode.Duplicate or FindingCode.InOtherStore);
        Assert.Equal(FindingSeverity.Information, Assert.Single(findings, f => f.Code == FindingCode.KnownPublicCa).Severity);
    }

    [Fact]
    public void SameSubject_AnotherKey_IsARollOverWithBothValidities()
    {
        using var old = TestCertificates.Root();
        using var renewed = TestCertificates.Root(notAfter: TestCertificates.Yesterday.AddYears(20));

        var finding = Assert.Single(Inspection.Check(renewed, Inspection.Known(old)), f => f.Code == FindingCode.SameSubjectOtherKey);

        Assert.Equal(FindingSeverity.Information, finding.Severity);
        Assert.Contains("roll-over", finding.Message, StringComparison.Ordinal);
        Assert.Contains("Trusted root", finding.Message, StringComparison.Ordinal);
        Assert.Contains(old.NotAfter.ToUniversalTime().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), finding.Message, StringComparison.Ordinal);
        Assert.Contains(renewed.NotAfter.ToUniversalTime().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SameSubject_SameKey_IsARenewalOrACrossSign()
    {
        using var other = TestCertificates.Root("Other Root");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = TestCertificates.CaRequest("CN=Corp Root", key);
        using var first = request.CreateSelfSigned(TestCertificates.Yesterday, TestCertificates.Yesterday.AddYears(1));
        using var renewed = request.CreateSelfSigned(TestCertificates.Yesterday, TestCertificates.Yesterday.AddYears(2));
        using var crossSigned = request.Create(other, TestCertificates.Yesterday, TestCertificates.Yesterday.AddYears(1), [1, 2, 3]);

        Assert.Contains(
            "renewal",
            Assert.Single(Inspection.Check(renewed, Inspection.Known(first)), f => f.Code == FindingCode.SameSubjectOtherKey).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "“Other Root” (a cross-signed one)",
            Assert.Single(Inspection.Check(first, Inspection.Known(crossSigned)), f => f.Code == FindingCode.SameSubjectOtherKey).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void SameSubject_InTheSameUpload_IsNotThereYet()
    {
        using var old = TestCertificates.Root();
        using var renewed = TestCertificates.Root();

        Assert.DoesNotContain(Inspection.Check(renewed, Inspection.Known(old, null, KnownOrigin.Upload)), f => f.Code == FindingCode.SameSubjectOtherKey);
    }

    [Theory]
    [InlineData("CN=Corp\u202EtooR", "\\u{202E}")]
    [InlineData("CN=Corp\u200BRoot", "\\u{200B}")]
    [InlineData("CN=Corp\u0007Root", "\\u{0007}")]
    public void SuspiciousName_InvisibleCharacters_AreMadeVisible(string subject, string visible)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var root = TestCertificates.CaRequest(subject, key).CreateSelfSigned(TestCertificates.Yesterday, TestCertificates.Yesterday.AddYears(1));

        var finding = Assert.Single(Inspection.Check(root), f => f.Code == FindingCode.SuspiciousName);

        Assert.Equal(FindingSeverity.Warning, finding.Severity);
        Assert.Contains(visible, finding.Message, StringComparison.Ordinal);
        Assert.False(DisplayText.HasInvisible(finding.Message));
    }

    [Fact]
    public void SuspiciousName_InTheIssuer_IsFound()
    {
        using var root = TestCertificates.Root("Ro\u2066ot");
        using var intermediate = TestCertificates.Intermediate(root);

        Assert.Contains(
            "issuer's name",
            Assert.Single(Inspection.Check(intermediate), f => f.Code == FindingCode.SuspiciousName).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(20, true)]
    [InlineData(10, false)]
    public void SuspiciousName_OverOneKilobyte_IsFound(int attributes, bool isFound)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var subject = string.Join(", ", Enumerable.Range(0, attributes).Select(n => $"OU={new string('x', 60)}"));
        using var root = TestCertificates.CaRequest(subject, key).CreateSelfSigned(TestCertificates.Yesterday, TestCertificates.Yesterday.AddYears(1));

        Assert.Equal(isFound, Inspection.Check(root).Any(f => f.Code == FindingCode.SuspiciousName));
    }

    [Theory]
    [InlineData("long-")]
    [InlineData("\u202E")]
    public void Messages_OfLongNames_AreShort(string part)
    {
        var name = RawCertificate.CommonName(0x0C, Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(part, 10_000))));

        Assert.All(Inspection.Check(new RawCertificate { Name = name }.Build()), f => Assert.InRange(f.Message.Length, 1, 400));
    }

    private sealed class ThrowingCheck : ICertificateCheck
    {
        public string Subject => "left foot";

        public IEnumerable<Finding> Check(CheckedCertificate certificate, CheckContext context) => throw new InvalidCastException();
    }
}
