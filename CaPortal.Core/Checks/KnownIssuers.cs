using System.Formats.Asn1;
using CaPortal.Core.Certificates;

namespace CaPortal.Core.Checks;

/// <summary>A known certificate that could be the issuer of another, and whether its key made the signature.</summary>
/// <param name="Certificate">The known certificate.</param>
/// <param name="Verdict">Whether the signature is that of its key.</param>
internal readonly record struct KnownIssuer(KnownCertificate Certificate, SignatureVerdict Verdict);

/// <summary>Finds the issuer of a certificate among those that are known.</summary>
internal static class KnownIssuers
{
    /// <summary>Verifying is what costs, so no more than these are tried; names with more certificates are made up.</summary>
    private const int MaxTried = 20;

    /// <summary>
    /// The known certificates whose name is that of the issuer and whose key identifier, where both certificates
    /// tell one, is that of the issuer's key (RFC 5280 §4.2.1.1). Those whose identifier matches come first.
    /// </summary>
    public static IEnumerable<KnownIssuer> Find(CertificateFacts facts, EncodedCertificate encoded, KnownCertificates known) =>
        Candidates(facts, known).Select(candidate => new KnownIssuer(candidate, Verify(encoded, candidate)));

    /// <summary>Whether there is a known certificate that could be the issuer, its signature aside.</summary>
    public static bool Any(CertificateFacts facts, KnownCertificates known) => Candidates(facts, known).Any();

    private static IEnumerable<KnownCertificate> Candidates(CertificateFacts facts, KnownCertificates known) =>
        known.WithSubject(facts.IssuerKey)
            .Where(candidate => candidate.Facts.Sha256 != facts.Sha256
                && (facts.AuthorityKeyIdentifier is null
                    || candidate.Facts.SubjectKeyIdentifier is null
                    || facts.AuthorityKeyIdentifier == candidate.Facts.SubjectKeyIdentifier))
            .OrderByDescending(candidate => facts.AuthorityKeyIdentifier == candidate.Facts.SubjectKeyIdentifier)
            .Take(MaxTried);

    private static SignatureVerdict Verify(EncodedCertificate encoded, KnownCertificate issuer)
    {
        try
        {
            return CertificateSignature.Verify(encoded, EncodedCertificate.Read(issuer.Der));
        }
        catch (AsnContentException)
        {
            return SignatureVerdict.NotVerifiable;
        }
    }
}
