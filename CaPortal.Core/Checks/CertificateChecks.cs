using CaPortal.Core.Certificates;

namespace CaPortal.Core.Checks;

/// <summary>Runs all checks that are registered in <see cref="CoreServices"/>.</summary>
/// <param name="checks">The checks.</param>
public sealed class CertificateChecks(IEnumerable<ICertificateCheck> checks)
{
    private readonly ICertificateCheck[] _checks = [.. checks];

    /// <summary>
    /// Everything that the checks have to say about one certificate, the gravest first. Never throws for a
    /// certificate's content.
    /// </summary>
    /// <param name="facts">What was read from it.</param>
    /// <param name="der">Its DER encoding.</param>
    /// <param name="context">What is known besides.</param>
    public IReadOnlyList<Finding> Check(CertificateFacts facts, ReadOnlyMemory<byte> der, CheckContext context)
    {
        var certificate = new CheckedCertificate(facts, der);
        return
        [
            .. _checks
                .SelectMany(check => Run(check, certificate, context))
                .OrderByDescending(finding => finding.Severity)
                .ThenBy(finding => finding.Code),
        ];
    }

    private static IReadOnlyList<Finding> Run(ICertificateCheck check, CheckedCertificate certificate, CheckContext context)
    {
        try
        {
            return [.. check.Check(certificate, context)];
        }
        catch (Exception)
        {
            // Parsers throw all kinds of exceptions for hostile input; one certificate must not take the others with it.
            return
            [
                new Finding(
                    FindingCode.BreaksReaders,
                    FindingSeverity.Error,
                    $"This certificate is malformed: its {check.Subject} could not be checked. Other programs may fail in the same way.",
                    "Ask the issuer for a correctly encoded certificate."),
            ];
        }
    }
}
