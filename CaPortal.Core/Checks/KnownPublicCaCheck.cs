using CaPortal.Core.Certificates;

namespace CaPortal.Core.Checks;

/// <summary>Whether the operating system trusts this very certificate on its own.</summary>
internal sealed class KnownPublicCaCheck : ICertificateCheck
{
    public string Subject => "operating system's list";

    public IEnumerable<Finding> Check(CheckedCertificate certificate, CheckContext context)
    {
        if (context.Known.WithSha256(certificate.Facts.Sha256).Any(known => known.Origin == KnownOrigin.OperatingSystem))
        {
            yield return new Finding(
                FindingCode.KnownPublicCa,
                FindingSeverity.Information,
                "The operating system trusts this certificate already, as one of its own roots; it stays trusted when it is deleted here.",
                "Add it only if it must stay trusted should the operating system drop it.");
        }
    }
}
