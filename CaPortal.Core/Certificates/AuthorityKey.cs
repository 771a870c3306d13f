using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Asn1.X509;

namespace CaPortal.Core.Certificates;

/// <summary>How a certificate names the key of its issuer: authorityKeyIdentifier (RFC 5280 §4.2.1.1). All texts are untrusted.</summary>
/// <param name="Identifier">keyIdentifier, upper-case hexadecimal digits; null if it is left out.</param>
/// <param name="IssuerKey">The issuer of the issuer's certificate, in the form in which names are compared; null if it is left out.</param>
/// <param name="SerialNumber">The serial number of the issuer's certificate, upper-case hexadecimal digits; null if it is left out.</param>
internal sealed record AuthorityKey(string? Identifier, string? IssuerKey, string? SerialNumber)
{
    private const string Oid = "2.5.29.35";
    private const int MaxShown = 60;

    /// <summary>Reads it; null if the certificate has no such extension, or none that can be read.</summary>
    public static AuthorityKey? Read(EncodedCertificate certificate)
    {
        try
        {
            var value = certificate.Extensions.Where(e => e.Oid == Oid).Select(e => e.Value).FirstOrDefault();
            if (value.IsEmpty || !StrictDer.IsSafeToParse(value))
                return null;

            var parsed = AuthorityKeyIdentifier.GetInstance(value.ToArray());
            var issuer = parsed
                .AuthorityCertIssuer?.GetNames()
                .Where(n => n.TagNo == GeneralName.DirectoryName)
                .Select(n => n.Name.ToAsn1Object().GetEncoded())
                .FirstOrDefault();
            return new AuthorityKey(
                parsed.KeyIdentifier?.GetOctets() is { } identifier ? Convert.ToHexString(identifier) : null,
                issuer is null ? null : DistinguishedNames.MatchKey(new X500DistinguishedName(issuer).Name),
                parsed.AuthorityCertSerialNumber is { } serial ? Convert.ToHexString(serial.ToByteArray()) : null);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // BouncyCastle has no common exception for what it cannot read.
            return null;
        }
    }

    /// <summary>
    /// Why the certificate does not mean <paramref name="issuer"/>, as a part of a sentence: <c>it names the key identifier
    /// 01, and the CA has 02</c>. Null if it can mean it. OpenSSL and .NET pass over such an issuer, even if its key made the
    /// signature.
    /// </summary>
    public string? Contradiction(CertificateFacts issuer)
    {
        if (Identifier is not null && issuer.SubjectKeyIdentifier is { } own && Identifier != own)
            return $"it names the key identifier {Shown(Identifier)}, and the CA has {Shown(own)}";
        if (SerialNumber is not null && SerialNumber != issuer.SerialNumber && !issuer.SerialNumber.EndsWith('…'))
            return $"it names a CA certificate with the serial number {Shown(SerialNumber)}, and that of the CA has {Shown(issuer.SerialNumber)}";
        return IssuerKey is not null && IssuerKey != issuer.IssuerKey ? "it names a CA certificate from another issuer" : null;
    }

    /// <summary>Whether it names this very key or certificate: a signature that another key made is then damaged or forged.</summary>
    public bool Proves(CertificateFacts issuer) =>
        Contradiction(issuer) is null
        && ((Identifier is not null && Identifier == issuer.SubjectKeyIdentifier) || (SerialNumber is not null && IssuerKey is not null));

    private static string Shown(string text) => DisplayText.Shorten(text, MaxShown);
}
