using System.Text;
using CaPortal.Core.Certificates;

namespace CaPortal.Core.Checks;

/// <summary>Whether a name could deceive who reads it.</summary>
internal sealed class SuspiciousNameCheck : ICertificateCheck
{
    private const int MaxSubjectBytes = 1024;

    public string Subject => "name";

    public IEnumerable<Finding> Check(CheckedCertificate certificate, CheckContext context)
    {
        var facts = certificate.Facts;
        if (DisplayText.HasInvisible(facts.Subject))
            yield return Invisible("name", facts.Subject);
        else if (DisplayText.HasInvisible(facts.Issuer))
            yield return Invisible("issuer's name", facts.Issuer);

        var length = Encoding.UTF8.GetByteCount(facts.Subject);
        if (length > MaxSubjectBytes)
        {
            yield return new Finding(
                FindingCode.SuspiciousName,
                FindingSeverity.Warning,
                $"The name in this certificate is {length:N0} bytes long, which hides what follows its beginning.",
                "Make sure that you know where the certificate comes from.");
        }
    }

    private static Finding Invisible(string which, string name) =>
        new(
            FindingCode.SuspiciousName,
            FindingSeverity.Warning,
            $"The {which} in this certificate has control characters, invisible characters or marks that change the writing direction, "
                + $"and could be made to look like another: {Texts.Quote(name)}.",
            "Make sure that you know where the certificate comes from.");
}
