using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Math;

namespace CaPortal.Core.TrustStores.Java;

/// <summary>
/// Recognises certificates with a key that Java can read. Java decodes every key when it opens a truststore. It does not open
/// a truststore with a key whose algorithm it knows but whose parameters it does not know.
/// </summary>
internal static class JavaKeys
{
    private const string Ec = "1.2.840.10045.2.1";
    private const string Rsa = "1.2.840.113549.1.1.1";
    private const string RsaPss = "1.2.840.113549.1.1.10";

    // The curves that Java has names for, whether or not it still computes with them: those of SEC 2 and X9.62 over prime
    // fields. Of Brainpool's, which RFC 5639 numbers in turn, it has the random ones and not their twists.
    private const string Sec = "1.3.132.0.";
    private const string X962 = "1.2.840.10045.3.1.";
    private const string Brainpool = "1.3.36.3.3.2.8.1.1.";

    /// <summary>Whether Java can read its key.</summary>
    /// <param name="der">A certificate that .NET's loader takes.</param>
    public static bool CanRead(ReadOnlySpan<byte> der)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(der);
        var key = certificate.PublicKey;
        return key.Oid.Value switch
        {
            Ec => key.EncodedParameters?.RawData is { } curve && IsKnown(curve) && KeyGrammar.IsUncompressed(key.EncodedKeyValue.RawData),
            Rsa or RsaPss => IsReadable(key.EncodedKeyValue.RawData),
            _ => true,
        };
    }

    private static bool IsKnown(byte[] parameters) =>
        KeyGrammar.Curve(parameters) is not null && AsnDecoder.ReadObjectIdentifier(parameters, AsnEncodingRules.DER, out _) is var curve && HasJavaName(curve);

    private static bool HasJavaName(string curve) =>
        curve.StartsWith(Sec, StringComparison.Ordinal) || curve.StartsWith(X962, StringComparison.Ordinal)
        || (curve.StartsWith(Brainpool, StringComparison.Ordinal) && curve[^1] is '1' or '3' or '5' or '7' or '9');

    // Java's bounds: 512 to 16,384 bits for the modulus; for the exponent from 3, and to 64 bits with a long modulus.
    private static bool IsReadable(byte[] key)
    {
        try
        {
            // BouncyCastle's structure, not its key, which would be tested for being prime.
            var parts = RsaPublicKeyStructure.GetInstance(key);
            return parts.Modulus.BitLength is >= 512 and <= 16_384
                && parts.PublicExponent.CompareTo(BigInteger.Three) >= 0
                && parts.PublicExponent.BitLength <= 64;
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or IOException)
        {
            return false;
        }
    }
}
