using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace CaPortal.Tests.Testing;

/// <summary>
/// A certificate. A test chooses the part that it is about; the rest is as it should be. P-256, valid from yesterday for a
/// year.
/// </summary>
/// <param name="Name">Its common name.</param>
public sealed record CertificateTemplate(string Name)
{
    private const string Sha1WithRsa = "1.2.840.113549.1.1.5";

    /// <summary>Who issues it; null: it is self-signed.</summary>
    public X509Certificate2? Issuer { get; init; }

    /// <summary>Its whole subject; null: the common name alone.</summary>
    public string? Subject { get; init; }

    /// <summary>It is a CA.</summary>
    public bool IsCa { get; init; }

    /// <summary>Intermediates that may follow.</summary>
    public int? PathLength { get; init; }

    public DateTimeOffset NotBefore { get; init; } = TestCertificates.Yesterday;

    public DateTimeOffset NotAfter { get; init; } = TestCertificates.Yesterday.AddYears(1);

    public IReadOnlyList<string> Dns { get; init; } = [];

    public IReadOnlyList<IPAddress> Addresses { get; init; } = [];

    /// <summary>Its extended key usages; null: none for a CA, TLS servers for others.</summary>
    public IReadOnlyList<string>? Purposes { get; init; }

    public Func<AsymmetricAlgorithm> Key { get; init; } = () => ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>It is signed with SHA-1; the issuer's key must be RSA.</summary>
    public bool IsSha1 { get; init; }

    /// <summary>Without the identifier of the issuer's key.</summary>
    public bool HidesIssuerKey { get; init; }

    public IReadOnlyList<X509Extension> More { get; init; } = [];

    /// <summary>A TLS server's for <c>localhost</c> and 127.0.0.1.</summary>
    public static CertificateTemplate Server(X509Certificate2? issuer) =>
        new("localhost") { Issuer = issuer, Dns = ["localhost"], Addresses = [IPAddress.Loopback] };

    /// <summary>A CA's; self-signed without an issuer.</summary>
    public static CertificateTemplate Ca(string name, X509Certificate2? issuer = null) =>
        new(name)
        {
            Issuer = issuer,
            IsCa = true,
            NotAfter = TestCertificates.Yesterday.AddYears(5),
        };

    /// <summary>Makes it, with its key.</summary>
    public X509Certificate2 Create()
    {
        using var key = Key();
        var request = Request(key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(IsCa, PathLength is not null, PathLength ?? 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(IsCa ? X509KeyUsageFlags.KeyCertSign : X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        if (Dns.Count + Addresses.Count > 0)
            request.CertificateExtensions.Add(Names());
        if ((Purposes ?? (IsCa ? [] : ["1.3.6.1.5.5.7.3.1"])) is { Count: > 0 } purposes)
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([.. purposes.Select(p => new Oid(p))], false));
        foreach (var extension in More)
            request.CertificateExtensions.Add(extension);
        if (Issuer?.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault() is { } issuerKey && !HidesIssuerKey)
            request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(issuerKey));

        using var signer = Issuer is null ? key : (AsymmetricAlgorithm?)Issuer.GetECDsaPrivateKey() ?? Issuer.GetRSAPrivateKey()!;
        using var made = request.Create(Issuer?.SubjectName ?? request.SubjectName, Generator(signer), NotBefore, NotAfter, RandomNumberGenerator.GetBytes(16));
        return key is ECDsa ec ? made.CopyWithPrivateKey(ec) : made.CopyWithPrivateKey((RSA)key);
    }

    private CertificateRequest Request(AsymmetricAlgorithm key)
    {
        var subject = new X500DistinguishedName(Subject ?? $"CN={Name}");
        return key is ECDsa ec
            ? new CertificateRequest(subject, ec, HashAlgorithmName.SHA256)
            : new CertificateRequest(subject, (RSA)key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }

    private X509Extension Names()
    {
        var names = new SubjectAlternativeNameBuilder();
        foreach (var name in Dns)
            names.AddDnsName(name);
        foreach (var address in Addresses)
            names.AddIpAddress(address);
        return names.Build();
    }

    private X509SignatureGenerator Generator(AsymmetricAlgorithm key) => key switch
    {
        ECDsa ec => X509SignatureGenerator.CreateForECDsa(ec),
        RSA rsa when IsSha1 => new Sha1Generator(rsa),
        RSA rsa => X509SignatureGenerator.CreateForRSA(rsa, RSASignaturePadding.Pkcs1),
        _ => throw new NotSupportedException(),
    };

    private sealed class Sha1Generator(RSA key) : X509SignatureGenerator
    {
        public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName hashAlgorithm)
        {
            var writer = new System.Formats.Asn1.AsnWriter(System.Formats.Asn1.AsnEncodingRules.DER);
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(Sha1WithRsa);
                writer.WriteNull();
            }

            return writer.Encode();
        }

        public override byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm) => key.SignData(data, HashAlgorithmName.SHA1, RSASignaturePadding.Pkcs1);

        protected override PublicKey BuildPublicKey() => new(key);
    }
}
