using System.Formats.Asn1;
using CaPortal.Core.Certificates;

namespace CaPortal.Core.Probing;

/// <summary>What judging needs of a certificate, read once.</summary>
internal sealed class JudgedCertificate
{
    private JudgedCertificate(CertificateFacts facts, ReadOnlyMemory<byte> der, EncodedCertificate encoded)
    {
        (Facts, Der, Encoded) = (facts, der, encoded);
        Names = SubjectNames.Read(encoded);
        Constraints = NameConstraints.Read(encoded);
        AuthorityKey = AuthorityKey.Read(encoded);
        var algorithm = Algorithm(encoded);
        WeakDigest = algorithm is { IsWeak: true } ? algorithm.DigestName : null;
    }

    public CertificateFacts Facts { get; }

    public ReadOnlyMemory<byte> Der { get; }

    public EncodedCertificate Encoded { get; }

    public SubjectNames Names { get; }

    public NameConstraints? Constraints { get; }

    public AuthorityKey? AuthorityKey { get; }

    /// <summary>The digest of its signature, where signatures can be forged with it.</summary>
    public string? WeakDigest { get; }

    /// <summary>Whether the signature of <paramref name="certificate"/> was made with the key of <paramref name="issuer"/>, at a bounded cost.</summary>
    public static SignatureVerdict Verify(JudgedCertificate certificate, JudgedCertificate issuer)
    {
        try
        {
            return CertificateSignature.Verify(certificate.Encoded, issuer.Encoded);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Parameters of algorithms are read by BouncyCastle, which has no common exception for those that make no sense.
            return SignatureVerdict.NotVerifiable;
        }
    }

    /// <summary>Reads it; null where its structure is not that of a certificate.</summary>
    public static JudgedCertificate? Read(CertificateFacts facts, ReadOnlyMemory<byte> der)
    {
        try
        {
            return StrictDer.IsSafeToParse(der) ? new JudgedCertificate(facts, der, EncodedCertificate.Read(der)) : null;
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    private static SignatureAlgorithm? Algorithm(EncodedCertificate encoded)
    {
        try
        {
            return SignatureAlgorithm.Read(encoded.SignatureAlgorithm);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return null;
        }
    }
}
