using CaPortal.Core.Certificates;
using CaPortal.Core.Checks;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Checks;

public sealed class StrictnessCheckTests
{
    private static readonly CertificateFacts AnyFacts = Inspection.Facts(new RawCertificate().Build());

    public static TheoryData<string> Defects => [.. MalformedCertificates.ByDefect.Keys];

    public static TheoryData<string> Harmless => [.. MalformedCertificates.Harmless.Keys];

    [Theory]
    [MemberData(nameof(Defects))]
    public void Check_Malformed_BreaksReaders(string defect)
    {
        var findings = Check(MalformedCertificates.ByDefect[defect]);

        Assert.NotEmpty(findings);
        Assert.All(findings, finding => Assert.Equal((FindingCode.BreaksReaders, FindingSeverity.Error), (finding.Code, finding.Severity)));
    }

    [Theory]
    [MemberData(nameof(Harmless))]
    public void Check_OddButReadByEveryone_NoFinding(string oddity) =>
        Assert.Empty(Check(MalformedCertificates.Harmless[oddity]));

    [Theory]
    [InlineData("indefinite length", "DER", "GnuTLS")]
    [InlineData("trailing bytes", "bytes follow its end (1)", "GnuTLS")]
    [InlineData("duplicate extension", "Basic constraints 2 times", "Java")]
    [InlineData("version 1 with extensions", "version 1", "Java")]
    [InlineData("no seconds", "end of its validity", "Node.js")]
    [InlineData("junk for a time", "beginning of its validity", "OpenSSL")]
    [InlineData("bad UTF-8", "name cannot be decoded", "curl")]
    [InlineData("empty serial number", "serial number", "curl")]
    [InlineData("nested too deep", "nested", "most programs")]
    [InlineData("version 9", "a version that does not exist", "some programs")]
    public void Check_Malformed_SaysWhatAndWhichPrograms(string defect, string what, string programs)
    {
        var message = Check(MalformedCertificates.ByDefect[defect])[0].Message;

        Assert.Contains(what, message, StringComparison.Ordinal);
        Assert.Contains(programs, message, StringComparison.Ordinal);
    }

    private static IReadOnlyList<Finding> Check(byte[] der) =>
        [.. new StrictnessCheck().Check(new CheckedCertificate(AnyFacts, der), new CheckContext(TimeProvider.System.GetUtcNow(), KnownCertificates.None))];
}
