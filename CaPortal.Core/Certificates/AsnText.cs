using System.Formats.Asn1;
using System.Globalization;
using System.Numerics;

namespace CaPortal.Core.Certificates;

/// <summary>What single values of an encoding are and say.</summary>
internal static class AsnText
{
    private const int MaxLength = 200;
    private const int MaxOctets = 64;

    /// <summary>The widest integer that is written in decimal: serial numbers and keys are compared in hexadecimal.</summary>
    private const int MaxDecimalOctets = 8;

    /// <summary>The type as ASN.1 writes it.</summary>
    public static string TypeOf(Asn1Tag tag) => tag.TagClass switch
    {
        TagClass.Universal => (UniversalTagNumber)tag.TagValue switch
        {
            UniversalTagNumber.Boolean => "BOOLEAN",
            UniversalTagNumber.Integer => "INTEGER",
            UniversalTagNumber.BitString => "BIT STRING",
            UniversalTagNumber.OctetString => "OCTET STRING",
            UniversalTagNumber.Null => "NULL",
            UniversalTagNumber.ObjectIdentifier => "OBJECT IDENTIFIER",
            UniversalTagNumber.Enumerated => "ENUMERATED",
            UniversalTagNumber.Sequence => "SEQUENCE",
            UniversalTagNumber.Set => "SET",
            UniversalTagNumber.UtcTime => "UTCTime",
            UniversalTagNumber.T61String => "TeletexString",
            UniversalTagNumber.Real => "REAL",
            UniversalTagNumber.RelativeObjectIdentifier => "RELATIVE-OID",
            UniversalTagNumber.Embedded => "EMBEDDED PDV",
            UniversalTagNumber.External => "EXTERNAL",
            var other => Enum.IsDefined(other) ? other.ToString() : $"[UNIVERSAL {tag.TagValue}]",
        },
        TagClass.ContextSpecific => $"[{tag.TagValue}]",
        var other => $"[{other.ToString().ToUpperInvariant()} {tag.TagValue}]",
    };

    /// <summary>What a value without values inside it says; its octets where that is not known.</summary>
    /// <param name="tag">Its tag.</param>
    /// <param name="encoding">All of it.</param>
    /// <param name="content">Its content.</param>
    public static string Of(Asn1Tag tag, ReadOnlyMemory<byte> encoding, ReadOnlyMemory<byte> content)
    {
        if (tag.TagClass != TagClass.Universal)
            return Printable(content.Span) ?? Octets(content.Span);
        try
        {
            return DisplayText.Shorten(Read((UniversalTagNumber)tag.TagValue, new AsnReader(encoding, AsnEncodingRules.BER), content), MaxLength);
        }
        catch (AsnContentException)
        {
            return Octets(content.Span);
        }
    }

    private static string Read(UniversalTagNumber type, AsnReader reader, ReadOnlyMemory<byte> content) => type switch
    {
        UniversalTagNumber.Boolean => reader.ReadBoolean() ? "TRUE" : "FALSE",
        UniversalTagNumber.Integer => content.Length <= MaxDecimalOctets
            ? new BigInteger(content.Span, isBigEndian: true).ToString(CultureInfo.InvariantCulture)
            : Octets(content.Span),
        UniversalTagNumber.BitString => Bits(reader),
        UniversalTagNumber.Null => "",
        UniversalTagNumber.ObjectIdentifier => Named(reader.ReadObjectIdentifier()),
        UniversalTagNumber.UtcTime => Time(reader.ReadUtcTime()),
        UniversalTagNumber.GeneralizedTime => Time(reader.ReadGeneralizedTime()),
        UniversalTagNumber.UTF8String or UniversalTagNumber.PrintableString or UniversalTagNumber.IA5String or UniversalTagNumber.BMPString
            or UniversalTagNumber.NumericString or UniversalTagNumber.VisibleString or UniversalTagNumber.T61String => reader.ReadCharacterString(type),
        _ => Octets(content.Span),
    };

    private static string Named(string oid) => OidNames.Any(oid) is { } name ? $"{oid} ({name})" : oid;

    private static string Bits(AsnReader reader)
    {
        var octets = reader.ReadBitString(out var unused);
        return $"{(octets.Length * 8) - unused} bits: {Octets(octets)}";
    }

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>Addresses and names in a choice lose their type: GeneralName (RFC 5280 §4.2.1.6) has them as plain octets.</summary>
    private static string? Printable(ReadOnlySpan<byte> content) =>
        content.Length > 0 && !content.ContainsAnyExceptInRange((byte)' ', (byte)'~')
            ? DisplayText.Shorten(System.Text.Encoding.ASCII.GetString(content), MaxLength)
            : null;

    private static string Octets(ReadOnlySpan<byte> content) =>
        content.Length <= MaxOctets
            ? Convert.ToHexString(content)
            : string.Create(CultureInfo.InvariantCulture, $"{Convert.ToHexString(content[..MaxOctets])}… ({content.Length:N0} octets)");
}
