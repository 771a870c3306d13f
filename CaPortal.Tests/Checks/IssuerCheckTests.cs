using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Core.Checks;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Checks;

public sealed class IssuerCheckTests
{
    [Fact]
    public void Check_Unknown_IsNamedWithItsAddress()
    {
        using var root = TestCertificates.Root("Far Root");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = TestCertificates.CaRequest("CN=Near", key);
        request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension(null, ["http://pki.example/far.crt"]));
        using var intermediate = request.Create(root, TestCertificates.Yesterday, TestCertificates.Yesterday.AddYears(1), [1]);

        var finding = Assert.Single(Inspection.Check(intermediate), f => f.Code == FindingCode.IssuerMissing);

        Assert.Equal(FindingSeverity.Warning, finding.Severity);
        Assert.Contains("“Far Root”", finding.Message, StringComparison.Ordinal);
        Assert.Contains("http://pki.example/far.crt", finding.Advice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(KnownOrigin.Managed)]
    [InlineData(KnownOrigin.Upload)]
    [InlineData(KnownOrigin.OperatingSystem)]
    public void Check_KnownAnywhere_IsNotMissing(KnownOrigin origin)
    {
        using var root = TestCertificates.Root();
        using var intermediate = TestCertificates.Intermediate(root);

        Assert.DoesNotContain(
            Inspection.Check(intermediate, Inspection.Known(root, origin == KnownOrigin.Managed ? CaStore.Root : null, origin)),
            f => f.Code == FindingCode.IssuerMissing);
    }

    [Fact]
    public void Check_OnlyAnotherKeyOfThatNameIsKnown_IsMissing()
    {
        using var root = TestCertificates.Root();
        using var sameName = TestCertificates.Root();
        using var intermediate = TestCertificates.Intermediate(root);

        Assert.Contains(Inspection.Check(intermediate, Inspection.Known(sameName)), f => f.Code == FindingCode.IssuerMissing);
    }

    [Theory]
    [InlineData("key identifier")]
    [InlineData("serial number")]
    public void Check_SignedByAKnownCaThatItDoesNotName_IsNotFoundByClients(string what)
    {
        using var root = TestCertificates.Root();
        using var intermediate = (CertificateTemplate.Ca("Misled", root) with
        {
            HidesIssuerKey = true,
            More = [what == "key identifier"
                ? X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier([1, 2, 3])
                : X509AuthorityKeyIdentifierExtension.CreateFromIssuerNameAndSerialNumber(root.IssuerName, [5])],
        }).Create();
        using var server = CertificateTemplate.Server(intermediate).Create();

        var finding = Assert.Single(Inspection.Check(intermediate, Inspection.Known(root)), f => f.Code == FindingCode.IssuerMissing);

        Assert.False(ChainClients.DotNetAccepts([server, intermediate], root));
        Assert.Contains("“Test Root” signed this certificate, but it names", finding.Message, StringComparison.Ordinal);
        Assert.Contains(what, finding.Message, StringComparison.Ordinal);
    }
}
