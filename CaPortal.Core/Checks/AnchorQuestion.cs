using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Clients;

namespace CaPortal.Core.Checks;

/// <summary>
/// Asks clients what they do with a CA certificate as the only anchor. A server's certificate is made that names it as its
/// issuer. Nobody here has the issuer's key, so the signature is that of no key. A client that stops only at the signature
/// has taken everything else.
/// </summary>
internal static class AnchorQuestion
{
    private const string ServerName = "caportal.invalid";
    private const string Sm2 = "SM2";

    /// <summary>For RSA and RSASSA-PSS (RFC 4055 §5 and §3.1), EC (RFC 5758 §3.2), SM2 (RFC 8998 §3.2.1) and DSA keys, with SHA-256 or SM3.</summary>
    private static readonly Dictionary<(string Key, bool IsSm2), byte[]> SignatureAlgorithms = new()
    {
        [("1.2.840.113549.1.1.1", false)] = Convert.FromHexString("300D06092A864886F70D01010B0500"),
        [("1.2.840.113549.1.1.10", false)] = Convert.FromHexString(
            "304106092A864886F70D01010A3034A00F300D06096086480165030402010500A11C301A06092A864886F70D010108300D06096086480165030402010500A203020120"),
        [("1.2.840.10045.2.1", false)] = Convert.FromHexString("300A06082A8648CE3D040302"),
        [("1.2.840.10045.2.1", true)] = Convert.FromHexString("300A06082A811CCF55018375"),
        [("1.2.840.10040.4.1", false)] = Convert.FromHexString("300B0609608648016503040302"),
    };

    /// <summary>The question; null if none can be made of the certificate's name or validity.</summary>
    public static ClientQuestion? Of(CheckedCertificate certificate)
    {
        var facts = certificate.Facts;
        var (notBefore, notAfter) = (new DateTimeOffset(facts.NotBefore, TimeSpan.Zero), new DateTimeOffset(facts.NotAfter, TimeSpan.Zero));
        if (notAfter <= notBefore)
            return null;

        try
        {
            return new ClientQuestion([Server(certificate, notBefore, notAfter)], null, [certificate.Der], [], notBefore + ((notAfter - notBefore) / 2));
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            return null;
        }
    }

    private static byte[] Server(CheckedCertificate certificate, DateTimeOffset notBefore, DateTimeOffset notAfter)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(ServerName);
        var request = new CertificateRequest(new X500DistinguishedName($"CN={ServerName}"), Nobody.Key, HashAlgorithmName.SHA256)
        {
            CertificateExtensions =
            {
                names.Build(),
                new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true),
            },
        };
        var identifier = Convert.FromHexString(certificate.Facts.SubjectKeyIdentifier ?? certificate.Facts.PublicKeySha256);
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(identifier));
        var issuer = new X500DistinguishedName(certificate.Encoded.Subject.Span);
        using var server = request.Create(issuer, new Nobody(AlgorithmFor(certificate)), notBefore, notAfter, [1]);
        return server.RawData;
    }

    /// <summary>An algorithm for signatures with its key: with one of another kind of key, clients do not take it for the issuer.</summary>
    private static byte[] AlgorithmFor(CheckedCertificate certificate)
    {
        var key = new AsnReader(certificate.Encoded.SubjectPublicKeyInfo, AsnEncodingRules.BER).ReadSequence().ReadSequence().ReadObjectIdentifier();
        if (SignatureAlgorithms.TryGetValue((key, certificate.Facts.Curve == Sm2), out var algorithm))
            return algorithm;

        // Where keys have signatures of one kind alone, both have the same name (RFC 8410 §3, RFC 9881 §2).
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
            writer.WriteObjectIdentifier(key);
        return writer.Encode();
    }

    /// <summary>Signs with the two smallest numbers, which is the signature of no key.</summary>
    private sealed class Nobody(byte[] algorithm) : X509SignatureGenerator
    {
        public static PublicKey Key { get; } = MakeKey();

        public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName hashAlgorithm) => algorithm;

        public override byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm) => [0x30, 6, 2, 1, 1, 2, 1, 1];

        protected override PublicKey BuildPublicKey() => Key;

        private static PublicKey MakeKey()
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            return new PublicKey(key);
        }
    }
}
