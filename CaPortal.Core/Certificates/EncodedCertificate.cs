using System.Formats.Asn1;

namespace CaPortal.Core.Certificates;

/// <summary>
/// The encoded parts of a certificate (RFC 5280 §4.1) as slices of its bytes, for what facts do not have: its signature, its
/// key and its extensions. It is read with BER rules, so that something can be said even about a certificate that is not
/// strict DER.
/// </summary>
internal sealed class EncodedCertificate
{
    private static readonly Asn1Tag VersionTag = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag IssuerUniqueIdTag = new(TagClass.ContextSpecific, 1);
    private static readonly Asn1Tag SubjectUniqueIdTag = new(TagClass.ContextSpecific, 2);
    private static readonly Asn1Tag ExtensionsTag = new(TagClass.ContextSpecific, 3, isConstructed: true);

    /// <summary>tbsCertificate as it was signed.</summary>
    public required ReadOnlyMemory<byte> Tbs { get; init; }

    /// <summary>The version as people count it.</summary>
    public required long Version { get; init; }

    /// <summary>serialNumber, tag and length included.</summary>
    public required ReadOnlyMemory<byte> SerialNumber { get; init; }

    /// <summary>The signature's AlgorithmIdentifier inside the signed part.</summary>
    public required ReadOnlyMemory<byte> SignedAlgorithm { get; init; }

    /// <summary>The signature's AlgorithmIdentifier beside the signature, which nothing protects.</summary>
    public required ReadOnlyMemory<byte> SignatureAlgorithm { get; init; }

    /// <summary>The signature's octets.</summary>
    public required ReadOnlyMemory<byte> Signature { get; init; }

    /// <summary>issuer.</summary>
    public required ReadOnlyMemory<byte> Issuer { get; init; }

    /// <summary>notBefore and notAfter, tags and lengths included.</summary>
    public required IReadOnlyList<ReadOnlyMemory<byte>> Validity { get; init; }

    /// <summary>subject.</summary>
    public required ReadOnlyMemory<byte> Subject { get; init; }

    /// <summary>subjectPublicKeyInfo.</summary>
    public required ReadOnlyMemory<byte> SubjectPublicKeyInfo { get; init; }

    /// <summary>extensions in their order; empty if the certificate has none.</summary>
    public required IReadOnlyList<EncodedExtension> Extensions { get; init; }

    /// <summary>Reads them.</summary>
    /// <exception cref="AsnContentException">The outer structure is not that of a certificate.</exception>
    public static EncodedCertificate Read(ReadOnlyMemory<byte> der)
    {
        var certificate = new AsnReader(der, AsnEncodingRules.BER).ReadSequence();
        var signed = certificate.ReadEncodedValue();
        var signatureAlgorithm = certificate.ReadEncodedValue();
        var signature = certificate.ReadBitString(out var unusedBits);
        if (unusedBits != 0)
            throw new AsnContentException("the signature does not end with a whole octet");

        var tbs = new AsnReader(signed, AsnEncodingRules.BER).ReadSequence();
        var version = tbs.PeekTag() == VersionTag ? ReadVersion(tbs) : 1;
        var serialNumber = tbs.ReadEncodedValue();
        var signedAlgorithm = tbs.ReadEncodedValue();
        var issuer = tbs.ReadEncodedValue();
        var validity = tbs.ReadSequence();
        ReadOnlyMemory<byte>[] times = [validity.ReadEncodedValue(), validity.ReadEncodedValue()];
        var subject = tbs.ReadEncodedValue();
        var subjectPublicKeyInfo = tbs.ReadEncodedValue();
        while (tbs.HasData && (tbs.PeekTag().HasSameClassAndValue(IssuerUniqueIdTag) || tbs.PeekTag().HasSameClassAndValue(SubjectUniqueIdTag)))
            tbs.ReadEncodedValue();

        return new EncodedCertificate
        {
            Tbs = signed,
            Version = version,
            SerialNumber = serialNumber,
            SignedAlgorithm = signedAlgorithm,
            SignatureAlgorithm = signatureAlgorithm,
            Signature = signature,
            Issuer = issuer,
            Validity = times,
            Subject = subject,
            SubjectPublicKeyInfo = subjectPublicKeyInfo,
            Extensions = tbs.HasData && tbs.PeekTag() == ExtensionsTag ? ReadExtensions(tbs.ReadSequence(ExtensionsTag).ReadSequence()) : [],
        };
    }

    private static long ReadVersion(AsnReader tbs) =>
        tbs.ReadSequence(VersionTag).TryReadInt32(out var version) ? version + 1L : long.MaxValue;

    private static List<EncodedExtension> ReadExtensions(AsnReader reader)
    {
        var extensions = new List<EncodedExtension>();
        while (reader.HasData)
        {
            var extension = reader.ReadSequence();
            var oid = extension.ReadObjectIdentifier();
            var critical = extension.PeekTag() == Asn1Tag.Boolean && extension.ReadBoolean();
            extensions.Add(new EncodedExtension(oid, critical, extension.ReadOctetString()));
        }

        return extensions;
    }
}

/// <summary>One extension (RFC 5280 §4.1.2.9).</summary>
/// <param name="Oid">extnID.</param>
/// <param name="Critical">A client that does not know the extension must refuse the certificate.</param>
/// <param name="Value">What extnValue wraps.</param>
internal readonly record struct EncodedExtension(string Oid, bool Critical, ReadOnlyMemory<byte> Value);
