using System.Formats.Asn1;
using CaPortal.Core.Certificates;

namespace CaPortal.Core.Checks;

/// <summary>One certificate on the way to its root.</summary>
/// <param name="Facts">What was read from it.</param>
/// <param name="Known">Where it is; null for the certificate that the path begins with.</param>
/// <param name="Signature">Whether its signature is that of the next certificate, or of itself where it is self-signed; null if
/// its issuer is not known here.</param>
public sealed record IssuerPathStep(CertificateFacts Facts, KnownCertificate? Known, SignatureVerdict? Signature);

/// <summary>The issuers of a certificate, as far as they are known here.</summary>
public static class IssuerPath
{
    private const int MaxLength = 20;

    /// <summary>
    /// The certificate itself, its issuer, and so on to the root or to where the issuer is not known. Of several
    /// possible issuers the one that made the signature is taken, a managed one before others, the longest valid one
    /// before others. Ends where certificates have issued each other.
    /// </summary>
    /// <param name="facts">The facts of the certificate to begin with.</param>
    /// <param name="der">Its DER encoding.</param>
    /// <param name="known">Where issuers are looked for.</param>
    public static IReadOnlyList<IssuerPathStep> Find(CertificateFacts facts, ReadOnlyMemory<byte> der, KnownCertificates known)
    {
        var path = new List<IssuerPathStep>();
        var seen = new HashSet<string>();
        KnownCertificate? place = null;
        while (path.Count < MaxLength && seen.Add(facts.Sha256))
        {
            var (signature, issuer) = Issuer(facts, der, known);
            path.Add(new IssuerPathStep(facts, place, signature));
            if (issuer is null)
                break;

            (place, facts, der) = (issuer, issuer.Facts, issuer.Der);
        }

        return path;
    }

    private static (SignatureVerdict? Signature, KnownCertificate? Issuer) Issuer(CertificateFacts facts, ReadOnlyMemory<byte> der, KnownCertificates known)
    {
        EncodedCertificate encoded;
        try
        {
            encoded = EncodedCertificate.Read(der);
        }
        catch (AsnContentException)
        {
            return (SignatureVerdict.NotVerifiable, null);
        }

        var own = facts.SubjectKey == facts.IssuerKey ? CertificateSignature.Verify(encoded, encoded) : (SignatureVerdict?)null;
        if (own == SignatureVerdict.Valid)
            return (own, null);

        var best = KnownIssuers.Find(facts, encoded, known)
            .OrderBy(issuer => issuer.Verdict switch { SignatureVerdict.Valid => 0, SignatureVerdict.NotVerifiable => 1, _ => 2 })
            .ThenBy(issuer => issuer.Certificate.Origin switch { KnownOrigin.Managed => 0, KnownOrigin.OperatingSystem => 1, _ => 2 })
            .ThenByDescending(issuer => issuer.Certificate.Facts.NotAfter)
            .Select(issuer => ((SignatureVerdict Verdict, KnownCertificate Certificate)?)(issuer.Verdict, issuer.Certificate))
            .FirstOrDefault();

        // A self-signed certificate is its own issuer, unless another of the same name proves that it is not.
        return best is { } found && (own is null || found.Verdict == SignatureVerdict.Valid) ? (found.Verdict, found.Certificate) : (own, null);
    }
}
