using System.Security.Cryptography;
using CaPortal.Core.Certificates;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Checks;

public sealed class UnusualCheckTests
{
    public static TheoryData<string, string?> Rows => new()
    {
        { "nothing odd", null },
        { "negative serial number", "negative" },
        { "zero serial number", "zero" },
        { "serial number of 40 bytes", "longer than 20 bytes" },
        { "serial number of 1,000 bytes", "longer than 20 bytes" },
        { "GeneralizedTime before 2050", "GeneralizedTime" },
        { "valid to the end of time", null },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public void Check_OddEncoding_IsInformation(string oddity, string? text) => AssertUnusual(Inspection.Check(MalformedCertificates.Harmless[oddity]), text);

    [Theory]
    [InlineData("SM2", "SM2")]
    [InlineData("GOST 2012", "GOST")]
    [InlineData("SLH-DSA-SHA2-128F", "SLH-DSA")]
    [InlineData("EC explicit", "elliptic curve")]
    [InlineData("Ed25519", null)]
    [InlineData("EC brainpoolP256r1", null)]
    [InlineData("DSA 2048", null)]
    [InlineData("RSA-PSS 2048, SHA-256", null)]
    public void Check_KeyThatProgramsCannotUse_IsNamed(string algorithm, string? text) => AssertUnusual(Inspection.Check(BouncyRoots.Create(algorithm)), text);

    [Fact]
    public void Check_MlDsa_IsUnusualWhereThePlatformLacksIt() =>
        AssertUnusual(Inspection.Check(BouncyRoots.Create("ML-DSA-65")), MLDsa.IsSupported ? null : "ML-DSA-65");

    [Theory]
    [InlineData("1.3.6.1.4.1.99999.1", true, "1.3.6.1.4.1.99999.1")]
    [InlineData("1.3.6.1.4.1.99999.1", false, null)]
    [InlineData("2.5.29.54", true, null)]
    public void Check_UnknownCriticalExtension_IsNamed(string oid, bool isCritical, string? text)
    {
        var der = new RawCertificate { Extensions = [RawCertificate.BasicConstraints, RawCertificate.Extension(oid, [2, 1, 0], isCritical)] }.Build();

        AssertUnusual(Inspection.Check(der), text);
    }

    private static void AssertUnusual(IReadOnlyList<Finding> findings, string? text)
    {
        Assert.DoesNotContain(findings, f => f.Code == FindingCode.SignatureInvalid);
        var unusual = findings.Where(f => f.Code == FindingCode.Unusual).ToList();
        if (text is null)
        {
            Assert.Empty(unusual);
            return;
        }

        var finding = Assert.Single(unusual);
        Assert.Equal(FindingSeverity.Information, finding.Severity);
        Assert.Contains(text, finding.Message, StringComparison.Ordinal);
    }
}
