using CaPortal.Core.Certificates;
using CaPortal.Core.Formats;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Formats;

/// <summary>What the portal says to administrators about certificates that parsers refuse.</summary>
public sealed class MalformationTests
{
    public static TheoryData<string> Defects => [.. MalformedCertificates.ByDefect.Keys];

    [Theory]
    [InlineData("empty serial number", "its serial number")]
    [InlineData("non-minimal serial number", "its serial number")]
    [InlineData("junk for a time", "its validity")]
    [InlineData("bad UTF-8", "its name")]
    [InlineData("nested too deep", "its structure")]
    public void Read_Unreadable_SaysWhatIsWrong(string defect, string what)
    {
        var reading = CertificateFactsReader.Read(MalformedCertificates.ByDefect[defect]);

        Assert.Null(reading.Facts);
        var finding = Assert.Single(reading.Findings);
        Assert.Equal(FindingCode.NotACertificate, finding.Code);
        Assert.StartsWith($"The certificate is malformed: {what} ", finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Defects))]
    public void Read_Malformed_IsRefusedInPlainWords(string defect)
    {
        var der = MalformedCertificates.ByDefect[defect];
        var reading = CertificateFactsReader.Read(der);
        List<Finding> findings = [.. reading.Findings, .. reading.Facts is null ? [] : Inspection.Check(der)];

        Assert.Contains(findings, f => f.Severity == FindingSeverity.Error);
        foreach (var jargon in (string[])["Parameter", "Exception", "BouncyCastle", "code page", "bytes ["])
            Assert.DoesNotContain(findings, f => $"{f.Message} {f.Advice}".Contains(jargon, StringComparison.OrdinalIgnoreCase));
    }
}
