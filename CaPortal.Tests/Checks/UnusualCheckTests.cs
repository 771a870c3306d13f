using CaPortal.Core.Certificates;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Checks;

public sealed class UnusualCheckTests
{
    public static TheoryData<string, string?> Rows => new()
    {
        { "nothing odd", null },
        { "negative serial number", null },
        { "zero serial number", "zero" },
        { "serial number of 40 bytes", "longer than 20 bytes" },
        { "serial number of 1,000 bytes", "longer than 20 bytes" },
        { "GeneralizedTime before 2050", "GeneralizedTime" },
        { "valid to the end of time", null },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public void Check_OddEncoding_IsInformation(string oddity, string? text) => AssertUnusual(Inspection.Check(MalformedCertificates.Harmless[oddity]), text);

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
