using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Checks;

public sealed class CaCheckTests
{
    private static readonly X509BasicConstraintsExtension Ca = new(true, false, 0, true);
    private static readonly X509BasicConstraintsExtension NoCa = new(false, false, 0, true);
    private static readonly X509KeyUsageExtension Signs = new(X509KeyUsageFlags.KeyCertSign, true);
    private static readonly X509KeyUsageExtension DoesNotSign = new(X509KeyUsageFlags.DigitalSignature, true);
    private static readonly X509EnhancedKeyUsageExtension Server = Purposes("1.3.6.1.5.5.7.3.1");

    public static TheoryData<string, bool, X509Extension[], FindingCode?> Rows => new()
    {
        { "CA", true, [Ca, Signs], null },
        { "CA without key usage", true, [Ca], null },
        { "CA for servers", true, [Ca, Signs, Server], null },
        { "self-signed, key usage without keyCertSign", true, [Ca, DoesNotSign], FindingCode.NotACa },
        { "self-signed, cA=FALSE", true, [NoCa, Signs], FindingCode.SelfSignedLeaf },
        { "self-signed server", true, [NoCa, DoesNotSign, Server], FindingCode.SelfSignedLeaf },
        { "self-signed server without basic constraints", true, [Server], FindingCode.SelfSignedLeaf },
        { "self-signed, no basic constraints, key usage of a leaf", true, [DoesNotSign], FindingCode.SelfSignedLeaf },
        { "self-signed, no extensions", true, [], FindingCode.LegacyCa },
        { "self-signed, no basic constraints, key usage of a CA", true, [Signs], FindingCode.LegacyCa },
        { "issued CA", false, [Ca, Signs], null },
        { "issued, cA=FALSE", false, [NoCa], FindingCode.NotACa },
        { "issued, no basic constraints", false, [Signs], FindingCode.NotACa },
        { "issued, no extensions", false, [], FindingCode.NotACa },
        { "issued, key usage without keyCertSign", false, [Ca, DoesNotSign], FindingCode.NotACa },
    };

    public static TheoryData<string[], bool> PurposeRows => new()
    {
        { ["1.3.6.1.5.5.7.3.1"], false },
        { ["1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1"], false },
        { ["2.5.29.37.0"], false },
        { ["1.3.6.1.5.5.7.3.2"], true },
        { ["1.3.6.1.5.5.7.3.3", "1.2.3.4"], true },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public void Check_WhetherItIsACa_FollowsItsExtensions(string what, bool isSelfSigned, X509Extension[] extensions, FindingCode? expected)
    {
        using var root = TestCertificates.Root();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Subject", key, HashAlgorithmName.SHA256);
        foreach (var extension in extensions)
            request.CertificateExtensions.Add(extension);
        using var certificate = isSelfSigned
            ? request.CreateSelfSigned(TestCertificates.Yesterday, TestCertificates.Yesterday.AddYears(1))
            : request.Create(root, TestCertificates.Yesterday, TestCertificates.Yesterday.AddYears(1), [1]);

        var errors = Inspection.Check(certificate, Inspection.Known(root)).Where(f => f.Severity == FindingSeverity.Error).ToList();

        Assert.True(expected == errors.SingleOrDefault()?.Code, $"{what}: {string.Join(", ", errors)}");
        Assert.All(errors, error => Assert.True(error.CanOverride));
    }

    [Fact]
    public void Check_Version1Root_IsLegacy()
    {
        var findings = Inspection.Check(new RawCertificate { Version = [], Extensions = [] }.Build());

        Assert.Contains("version 1", Assert.Single(findings, f => f.Code == FindingCode.LegacyCa).Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(PurposeRows))]
    public void Check_Purposes_WarnWithoutTlsServers(string[] oids, bool isNotForTls)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = TestCertificates.CaRequest("CN=Purposeful", key);
        request.CertificateExtensions.Add(Purposes(oids));
        using var root = request.CreateSelfSigned(TestCertificates.Yesterday, TestCertificates.Yesterday.AddYears(1));

        var finding = Inspection.Check(root).SingleOrDefault(f => f.Code == FindingCode.NotForTls);

        Assert.Equal(isNotForTls, finding is not null);
        Assert.Equal(isNotForTls ? FindingSeverity.Warning : null, finding?.Severity);
    }

    private static X509EnhancedKeyUsageExtension Purposes(params string[] oids) => new([.. oids.Select(oid => new Oid(oid))], false);
}
