using System.Formats.Asn1;

namespace CaPortal.Core.Formats;

/// <summary>What a DER or BER element is, by its outer structure.</summary>
internal enum DerKind
{
    Unknown,
    Certificate,
    CertificateRequest,
    RevocationList,
    PrivateKey,
    PublicKey,
    Pkcs7,
    OtherCms,
    Pkcs12,
    OcspResponse,
}

/// <summary>Recognises what an element is by its outermost tags, before any parser gets it.</summary>
internal static class DerSniffer
{
    private const string CmsArc = "1.2.840.113549.1.7.";
    private const string SignedData = CmsArc + "2";
    private const string SmimeArc = "1.2.840.113549.1.9.16.1.";

    /// <summary>What <paramref name="content"/> begins with.</summary>
    public static DerKind Sniff(ReadOnlyMemory<byte> content)
    {
        if (content.IsEmpty || content.Span[0] != 0x30)
            return DerKind.Unknown;
        try
        {
            return Sniff(new AsnReader(content, AsnEncodingRules.BER).ReadSequence());
        }
        catch (AsnContentException)
        {
            return DerKind.Unknown;
        }
    }

    private static DerKind Sniff(AsnReader outer)
    {
        var first = outer.PeekTag();
        if (first == Asn1Tag.ObjectIdentifier)
        {
            var type = outer.ReadObjectIdentifier();
            return type == SignedData ? DerKind.Pkcs7
                : type.StartsWith(CmsArc, StringComparison.Ordinal) || type.StartsWith(SmimeArc, StringComparison.Ordinal) ? DerKind.OtherCms
                : DerKind.Unknown;
        }

        if (first == Asn1Tag.Enumerated)
            return DerKind.OcspResponse;
        return first == Asn1Tag.Integer ? Numbered(outer)
            : first == Asn1Tag.Sequence ? Signed(outer.ReadSequence(), outer.PeekTag())
            : DerKind.Unknown;
    }

    /// <summary>A version and then PKCS#8 (RFC 5958), PKCS#1 or SEC 1 private keys, or a PFX (RFC 7292); two integers alone are a PKCS#1 public key.</summary>
    private static DerKind Numbered(AsnReader outer)
    {
        var small = outer.TryReadInt32(out var version);
        if (!small)
            outer.ReadEncodedValue();
        var second = outer.PeekTag();
        if (second == Asn1Tag.Sequence)
        {
            var isPfx = version == 3 && outer.ReadSequence() is { HasData: true } contentInfo && contentInfo.PeekTag() == Asn1Tag.ObjectIdentifier;
            return isPfx ? DerKind.Pkcs12 : small && version is 0 or 1 ? DerKind.PrivateKey : DerKind.Unknown;
        }

        if (second == Asn1Tag.PrimitiveOctetString)
            return small && version == 1 ? DerKind.PrivateKey : DerKind.Unknown;
        if (second != Asn1Tag.Integer)
            return DerKind.Unknown;
        outer.ReadEncodedValue();
        return outer.HasData ? DerKind.PrivateKey : DerKind.PublicKey;
    }

    /// <summary>Signed objects have an algorithm behind the signed part; keys have their bits there.</summary>
    private static DerKind Signed(AsnReader inner, Asn1Tag second)
    {
        if (second == Asn1Tag.PrimitiveBitString)
            return DerKind.PublicKey;
        if (second == Asn1Tag.PrimitiveOctetString)
            return DerKind.PrivateKey;
        if (second != Asn1Tag.Sequence)
            return DerKind.Unknown;

        var first = inner.PeekTag();
        if (first.TagClass == TagClass.ContextSpecific)
            return first.TagValue == 0 ? DerKind.Certificate : DerKind.Unknown;
        if (first == Asn1Tag.Integer)
            inner.ReadEncodedValue();
        // Certificate: signature, issuer, validity; list: signature, issuer, time; request: subject, key, attributes.
        inner.ReadSequence();
        inner.ReadSequence();
        return !inner.HasData ? DerKind.CertificateRequest
            : inner.PeekTag() == Asn1Tag.Sequence ? DerKind.Certificate
            : inner.PeekTag() == Asn1Tag.UtcTime || inner.PeekTag() == Asn1Tag.GeneralizedTime ? DerKind.RevocationList
            : DerKind.CertificateRequest;
    }
}
