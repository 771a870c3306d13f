using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Core.Checks;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Checks;

public sealed class IssuerPathTests
{
    [Fact]
    public void Find_ServerWithKnownChain_LeadsToTheRoot()
    {
        using var root = TestCertificates.Root();
        using var intermediate = TestCertificates.Intermediate(root);
        using var server = TestCertificates.Server(intermediate);

        var path = Find(server, Inspection.Known(root), Inspection.Known(intermediate, CaStore.CertificateAuthority));

        Assert.Equal(["localhost", "Test Intermediate", "Test Root"], path.Select(step => step.Facts.Name));
        Assert.All(path, step => Assert.Equal(SignatureVerdict.Valid, step.Signature));
        Assert.Equal([null, CaStore.CertificateAuthority, CaStore.Root], path.Select(step => step.Known?.Store));
    }

    [Fact]
    public void Find_IssuerUnknown_EndsThere()
    {
        using var root = TestCertificates.Root();
        using var intermediate = TestCertificates.Intermediate(root);

        Assert.Null(Assert.Single(Find(intermediate)).Signature);
    }

    [Fact]
    public void Find_SignatureOfAnotherKey_SaysSo()
    {
        using var root = TestCertificates.Root();
        using var intermediate = TestCertificates.Intermediate(root);
        var der = intermediate.RawData;
        der[^1] ^= 1;

        var path = IssuerPath.Find(Inspection.Facts(der), der, new KnownCertificates([Inspection.Known(root)]));

        Assert.Equal([SignatureVerdict.Invalid, SignatureVerdict.Valid], path.Select(step => step.Signature!.Value));
    }

    [Fact]
    public void Find_SeveralIssuers_TakesTheOneThatSigned()
    {
        using var root = TestCertificates.Root(notAfter: TestCertificates.Yesterday.AddYears(6));
        using var sameName = TestCertificates.Root(notAfter: TestCertificates.Yesterday.AddYears(30));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var intermediate = TestCertificates
            .CaRequest("CN=Intermediate", key)
            .Create(root, TestCertificates.Yesterday, TestCertificates.Yesterday.AddYears(1), [1]);

        Assert.Equal(root.Thumbprint, Find(intermediate, Inspection.Known(sameName), Inspection.Known(root))[1].Facts.Thumbprint);
    }

    [Fact]
    public void Find_CertificatesThatIssuedEachOther_Ends()
    {
        using var firstKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var secondKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var first = Cross("CN=First", firstKey, "CN=Second", secondKey);
        using var second = Cross("CN=Second", secondKey, "CN=First", firstKey);

        var path = Find(first, Inspection.Known(first), Inspection.Known(second));

        Assert.Equal(["First", "Second"], path.Select(step => step.Facts.Name));
    }

    [Fact]
    public void Find_DamagedCertificate_IsAPathOfItself()
    {
        using var root = TestCertificates.Root();

        Assert.Equal(
            SignatureVerdict.NotVerifiable,
            Assert.Single(IssuerPath.Find(Inspection.Facts(root), root.RawData.AsMemory(0, 50), KnownCertificates.None)).Signature);
    }

    private static IReadOnlyList<IssuerPathStep> Find(X509Certificate2 certificate, params IEnumerable<KnownCertificate> known) =>
        IssuerPath.Find(Inspection.Facts(certificate), certificate.RawData, new KnownCertificates(known));

    private static X509Certificate2 Cross(string subject, ECDsa key, string issuer, ECDsa issuerKey) =>
        TestCertificates
            .CaRequest(subject, key)
            .Create(
                new X500DistinguishedName(issuer),
                X509SignatureGenerator.CreateForECDsa(issuerKey),
                TestCertificates.Yesterday,
                TestCertificates.Yesterday.AddYears(1),
                [1]);
}
