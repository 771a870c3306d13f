using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Certificates;

public sealed class CertificateComparisonTests
{
    [Fact]
    public void Compare_RenewalWithTheSameKey_DiffersInTimeAndIdentityAlone()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = TestCertificates.CaRequest("CN=Corp Root", key);
        using var old = request.CreateSelfSigned(TestCertificates.Yesterday, TestCertificates.Yesterday.AddYears(1));
        using var renewed = request.CreateSelfSigned(TestCertificates.Yesterday, TestCertificates.Yesterday.AddYears(9));

        var rows = CertificateComparison.Compare(Read(old), Read(renewed));

        Assert.Equal(
            ["Valid to", "Serial number", "Thumbprint (SHA-256)", "Thumbprint (SHA-1)"],
            rows.Where(r => !r.IsSame).Select(r => r.Label));
        Assert.Equal(["Basic constraints", "Key usage", "Subject key identifier"], rows.Skip(rows.Count - 3).Select(r => r.Label));
    }

    [Fact]
    public void Compare_ExtensionOfOneAlone_IsNamedWithNothingOnTheOtherSide()
    {
        using var root = TestCertificates.Root();
        using var leaf = TestCertificates.Server(root);

        var rows = CertificateComparison.Compare(Read(root), Read(leaf));

        var names = Assert.Single(rows, r => r.Label == "Subject alternative names");
        Assert.Equal((null, "DNS: localhost\nIP: 127.0.0.1"), (names.First, names.Second));
        Assert.Null(Assert.Single(rows, r => r.Label == "Subject key identifier").Second);
        Assert.StartsWith("Critical\nCA: yes", Assert.Single(rows, r => r.Label == "Basic constraints").First, StringComparison.Ordinal);
    }

    [Fact]
    public void Compare_ExtensionThatOneHasTwice_ShowsBoth()
    {
        var first = RawCertificate.Extension("2.5.29.14", [4, 1, 1]);
        var twice = new RawCertificate { Extensions = [first, RawCertificate.Extension("2.5.29.14", [4, 1, 2])] }.Build();
        var once = new RawCertificate { Extensions = [first] }.Build();

        var row = Assert.Single(CertificateComparison.Compare(Read(twice), Read(once)), r => r.Label == "Subject key identifier");

        Assert.Equal(("Critical\n01\nCritical\n02", "Critical\n01"), (row.First, row.Second));
    }

    [Fact]
    public void Compare_ValuesThatDifferBehindWhatIsShown_Differ()
    {
        var (first, second) = (new byte[2000], new byte[2000]);
        second[^1] = 1;

        var row = Assert.Single(
            CertificateComparison.Compare(Read(With(first)), Read(With(second))), r => r.Label == "1.3.6.1.4.1.99999.1");

        Assert.False(row.IsSame);
        Assert.Equal(row.First, row.Second);

        static byte[] With(byte[] value) => new RawCertificate { Extensions = [RawCertificate.Extension("1.3.6.1.4.1.99999.1", value)] }.Build();
    }

    private static CertificateDetails Read(X509Certificate2 certificate) => Read(certificate.RawData);

    private static CertificateDetails Read(byte[] der) => CertificateDetails.Read(Inspection.Facts(der), der);
}
