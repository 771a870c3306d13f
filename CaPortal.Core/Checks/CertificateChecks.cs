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
        var findings = new List<Finding>();
        var failed = new List<string>();
        foreach (var check in _checks)
        {
            try
            {
                findings.AddRange(check.Check(certificate, context));
            }
            catch (Exception)
            {
                // Parsers throw all kinds of exceptions for hostile input; one certificate must not take the others with it.
                failed.Add(check.Subject);
            }
        }

        if (failed.Count > 0)
        {
            findings.Add(
                new Finding(
                    FindingCode.BreaksReaders,
                    FindingSeverity.Error,
                    $"This certificate is malformed, so that not all of it could be checked ({string.Join(", ", failed)}); "
                        + "other programs may fail in the same way.",
                    "Ask the issuer for a correctly encoded certificate."));
        }

        return [.. findings.OrderByDescending(finding => finding.Severity).ThenBy(finding => finding.Code)];
    }
}
