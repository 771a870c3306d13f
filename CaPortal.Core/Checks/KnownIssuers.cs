using System.Formats.Asn1;
using CaPortal.Core.Certificates;

namespace CaPortal.Core.Checks;

/// <summary>A known certificate that has the name of the issuer of another.</summary>
/// <param name="Certificate">The known certificate.</param>
/// <param name="Verdict">Whether the signature is that of its key.</param>
/// <param name="Contradiction">How the other certificate contradicts it, though its key made the signature; see
/// <see cref="AuthorityKey.Contradiction"/>. Null if it does not.</param>
/// <param name="IsNamed">Whether the other certificate names this very key, so that a signature of another key is damaged or forged.</param>
internal readonly record struct KnownIssuer(KnownCertificate Certificate, SignatureVerdict Verdict, string? Contradiction, bool IsNamed);

/// <summary>Finds the issuer of a certificate among those that are known.</summary>
internal static class KnownIssuers
{
    /// <summary>Verifying is what costs, so no more than these are tried; names with more certificates are made up.</summary>
    private const int MaxTried = 20;

    /// <summary>
    /// The known certificates that could be the issuer, the best first. These are those with its name that the certificate
    /// can mean, and those whose key made the signature although the certificate contradicts them. A certificate of that name
    /// with another key is an issuer only if the certificate names it.
    /// </summary>
    public static IReadOnlyList<KnownIssuer> Find(CertificateFacts facts, EncodedCertificate encoded, KnownCertificates known)
    {
        var authorityKey = AuthorityKey.Read(encoded);
        return
        [
            .. known.WithSubject(facts.IssuerKey)
                .Where(candidate => candidate.Facts.Sha256 != facts.Sha256)
                .Select(candidate =>
                    (
                        Certificate: candidate,
                        Contradiction: authorityKey?.Contradiction(candidate.Facts),
                        IsNamed: authorityKey?.Proves(candidate.Facts) == true))
                .OrderByDescending(candidate => candidate.IsNamed)
                .ThenByDescending(candidate => candidate.Contradiction is null)
                .Take(MaxTried)
                .Select(candidate => new KnownIssuer(candidate.Certificate, Verify(encoded, candidate.Certificate), candidate.Contradiction, candidate.IsNamed))
                .Where(issuer => issuer.Verdict switch
                {
                    SignatureVerdict.Valid => true,
                    SignatureVerdict.NotVerifiable => issuer.Contradiction is null,
                    _ => issuer.IsNamed,
                })
                .OrderBy(issuer => issuer.Verdict switch { SignatureVerdict.Valid => 0, SignatureVerdict.NotVerifiable => 1, _ => 2 })
                .ThenByDescending(issuer => issuer.Contradiction is null),
        ];
    }

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
