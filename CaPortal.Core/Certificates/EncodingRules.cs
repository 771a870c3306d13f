using System.Formats.Asn1;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace CaPortal.Core.Certificates;

/// <summary>Whether parts of a certificate are encoded in the form that RFC 5280 demands and every program takes.</summary>
internal static class EncodingRules
{
    /// <summary>An integer with at least one octet, and none too many (§4.1.2.2).</summary>
    public static bool IsSerialNumber(ReadOnlyMemory<byte> encoding)
    {
        try
        {
            _ = new AsnReader(encoding, AsnEncodingRules.DER).ReadIntegerBytes();
            return true;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    /// <summary>
    /// <c>YYMMDDHHMMSSZ</c> or <c>YYYYMMDDHHMMSSZ</c> (§4.1.2.5). The latter is only for years from 2050. This is not
    /// checked, as no known program minds.
    /// </summary>
    public static bool IsTime(ReadOnlySpan<byte> encoding)
    {
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        var text = Encoding.ASCII.GetString(encoding[Math.Min(2, encoding.Length)..]);
        return encoding is [0x17, 13, ..] or [0x18, 15, ..]
            && DateTime.TryParseExact(text, encoding[0] == 0x17 ? "yyMMddHHmmss'Z'" : "yyyyMMddHHmmss'Z'", CultureInfo.InvariantCulture, Utc, out _);
    }

    /// <summary>A name that .NET decodes and whose texts are of the kind that they say they are (§4.1.2.4).</summary>
    public static bool IsName(ReadOnlyMemory<byte> encoding)
    {
        try
        {
            _ = new X500DistinguishedName(encoding.Span).Name;
            StrictDer.Validate(encoding);
            return true;
        }
        catch (Exception)
        {
            // Decoders throw all kinds of exceptions for hostile names.
            return false;
        }
    }
}
