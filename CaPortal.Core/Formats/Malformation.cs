using System.Formats.Asn1;
using CaPortal.Core.Certificates;

namespace CaPortal.Core.Formats;

/// <summary>
/// What is wrong with a certificate that a parser refuses, in words that say more to an administrator than the parser's.
/// </summary>
internal static class Malformation
{
    private const string General = "it is not encoded as the standard demands (RFC 5280 §4.1)";

    private static readonly (Func<EncodedCertificate, bool> Applies, string What)[] Cases =
    [
        (c => !EncodingRules.IsSerialNumber(c.SerialNumber), "its serial number is not encoded as the standard demands (RFC 5280 §4.1.2.2)"),
        (
            c => c.Validity.Any(t => !EncodingRules.IsTime(t.Span)),
            "its validity has a time that is not in the form that the standard demands (RFC 5280 §4.1.2.5)"),
        (c => !EncodingRules.IsName(c.Subject), "its name has characters or parts that cannot be decoded (RFC 5280 §4.1.2.6)"),
        (c => !EncodingRules.IsName(c.Issuer), "its issuer’s name has characters or parts that cannot be decoded (RFC 5280 §4.1.2.4)"),
        (c => c.Version > 3, "it says that it is of a version that does not exist (RFC 5280 §4.1.2.1)"),
        (
            c => c.Extensions.DistinctBy(e => e.Oid).Count() < c.Extensions.Count,
            "it has the same extension more than once, which the standard forbids (RFC 5280 §4.2)"),
    ];

    /// <summary>One sentence and what it means for others. Never throws for content.</summary>
    public static string Describe(ReadOnlyMemory<byte> der) =>
        $"The certificate is malformed: {What(der)}. Programs that read it may refuse the whole file it is in.";

    private static string What(ReadOnlyMemory<byte> der)
    {
        try
        {
            Asn1Guard.ThrowIfMalformed(der.Span);
        }
        catch (AsnContentException)
        {
            return "its structure is broken, or nested deeper than any certificate needs (RFC 5280 §4.1)";
        }

        try
        {
            var encoded = EncodedCertificate.Read(der);
            return Cases.FirstOrDefault(c => c.Applies(encoded)).What ?? General;
        }
        catch (Exception)
        {
            // Parsers throw all kinds of exceptions for hostile input; without its parts there is nothing more to say.
            return General;
        }
    }
}
