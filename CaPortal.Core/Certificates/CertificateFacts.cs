using System.Security.Cryptography.X509Certificates;

namespace CaPortal.Core.Certificates;

/// <summary>
/// What was read from a certificate once, when it was uploaded. Lists, searches and checks use facts alone, so that
/// an odd certificate can never break a page. All texts come from the certificate and are therefore untrusted.
/// </summary>
public sealed record CertificateFacts
{
    /// <summary>Days before the end of its validity from which on a certificate is said to expire soon.</summary>
    public const int ExpiresSoonDays = 60;

    /// <summary>SHA-256 of the DER encoding, 64 lower-case hexadecimal digits.</summary>
    public required string Sha256 { get; init; }

    /// <summary>SHA-1 of the DER encoding, 40 upper-case hexadecimal digits. Shown only.</summary>
    public required string Thumbprint { get; init; }

    /// <summary>The version as people count it: 1, 2 or 3 (RFC 5280 §4.1.2.1).</summary>
    public required int Version { get; init; }

    /// <summary>The subject, most specific attribute first: <c>CN=Corp Root, O=Corp, C=US</c>.</summary>
    public required string Subject { get; init; }

    /// <summary>The name to show for the subject: common name, else organisational unit or organisation, else the whole subject.</summary>
    public required string Name { get; init; }

    /// <summary>The issuer, in the form of <see cref="Subject"/>.</summary>
    public required string Issuer { get; init; }

    /// <summary>The name to show for the issuer, in the form of <see cref="Name"/>.</summary>
    public required string IssuerName { get; init; }

    /// <summary>The subject in the form in which names are compared; see <see cref="DistinguishedNames.MatchKey"/>.</summary>
    public required string SubjectKey { get; init; }

    /// <summary>The issuer in the form in which names are compared.</summary>
    public required string IssuerKey { get; init; }

    /// <summary>The serial number's content octets as upper-case hexadecimal digits, at most 128 of them and then <c>…</c>.</summary>
    public required string SerialNumber { get; init; }

    /// <summary>Start of the validity, UTC.</summary>
    public required DateTime NotBefore { get; init; }

    /// <summary>End of the validity, UTC, inclusive.</summary>
    public required DateTime NotAfter { get; init; }

    /// <summary>
    /// The public key's algorithm as people call it: <c>RSA</c>, <c>EC</c>, <c>DSA</c>, <c>Ed25519</c>, <c>ML-DSA-65</c>, else the
    /// dotted OID.
    /// </summary>
    public required string KeyAlgorithm { get; init; }

    /// <summary>The key's size in bits (RSA and DSA modulus, EC field), where the algorithm has one.</summary>
    public int? KeySize { get; init; }

    /// <summary>The named curve of an EC key: <c>P-256</c>, <c>brainpoolP256r1</c>; <c>explicit</c> for explicit parameters.</summary>
    public string? Curve { get; init; }

    /// <summary>The signature's algorithm as people call it: <c>SHA-256 with RSA</c>, <c>ECDSA with SHA-384</c>, <c>Ed25519</c>, else the dotted OID.</summary>
    public required string SignatureAlgorithm { get; init; }

    /// <summary>cA of basicConstraints (RFC 5280 §4.2.1.9); null if the certificate has no such extension.</summary>
    public required bool? BasicConstraintsCa { get; init; }

    /// <summary>pathLenConstraint of basicConstraints: how many intermediates may follow.</summary>
    public int? PathLength { get; init; }

    /// <summary>keyUsage (RFC 5280 §4.2.1.3); null if the certificate has no such extension.</summary>
    public X509KeyUsageFlags? KeyUsage { get; init; }

    /// <summary>OIDs of extendedKeyUsage (RFC 5280 §4.2.1.12); null if the certificate has no such extension.</summary>
    public IReadOnlyList<string>? ExtendedKeyUsages { get; init; }

    /// <summary>subjectKeyIdentifier (RFC 5280 §4.2.1.2), upper-case hexadecimal digits.</summary>
    public string? SubjectKeyIdentifier { get; init; }

    /// <summary>keyIdentifier of authorityKeyIdentifier (RFC 5280 §4.2.1.1), upper-case hexadecimal digits.</summary>
    public string? AuthorityKeyIdentifier { get; init; }

    /// <summary>caIssuers addresses of authorityInfoAccess (RFC 5280 §4.2.2.1). Shown as text; never fetched unasked.</summary>
    public IReadOnlyList<string> IssuerUrls { get; init; } = [];

    /// <summary>
    /// SHA-256 of the subjectPublicKeyInfo's DER encoding, 64 lower-case hexadecimal digits. It tells a renewal from a new
    /// key.
    /// </summary>
    public required string PublicKeySha256 { get; init; }

    /// <summary>
    /// Whether its own key made its signature, if subject and issuer are the same. Null if they differ, if the key
    /// identifiers say so already, if nothing on this machine can verify it, or if it was read before this was kept.
    /// </summary>
    public bool? IsSignedByOwnKey { get; init; }

    /// <summary>
    /// Subject and issuer are the same, and its own key made the signature. If the signature was not verified, the key
    /// identifiers must not contradict this. An authority key identifier that names another key makes no intermediate of a
    /// root.
    /// </summary>
    public bool IsSelfSigned =>
        SubjectKey == IssuerKey
        && (IsSignedByOwnKey ?? (AuthorityKeyIdentifier is null || SubjectKeyIdentifier is null || AuthorityKeyIdentifier == SubjectKeyIdentifier));

    /// <summary>The certificate says that it is a CA: by its extension, or by being a self-signed one from before that extension.</summary>
    public bool IsCa => BasicConstraintsCa ?? (Version < 3 && IsSelfSigned);

    /// <summary>The store that fits: self-signed certificates are roots, all others intermediates.</summary>
    public CaStore SuggestedStore => IsSelfSigned ? CaStore.Root : CaStore.CertificateAuthority;
}
