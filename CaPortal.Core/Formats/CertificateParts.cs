using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.X509;

namespace CaPortal.Core.Formats;

/// <summary>The parts of a certificate that facts are made of, whichever parser gave them.</summary>
internal sealed class CertificateParts
{
    public required int Version { get; init; }

    public required byte[] SerialNumber { get; init; }

    public required CertificateName Subject { get; init; }

    public required CertificateName Issuer { get; init; }

    public required DateTime NotBefore { get; init; }

    public required DateTime NotAfter { get; init; }

    public required AlgorithmIdentifier SignatureAlgorithm { get; init; }

    public required SubjectPublicKeyInfo PublicKey { get; init; }

    /// <summary>The value of an extension, or null where the certificate has none of that kind.</summary>
    public required Func<DerObjectIdentifier, byte[]?> Extension { get; init; }

    /// <summary>The parts as BouncyCastle's ASN.1 structures give them; no key is made of the public key, since that tests moduli for primality.</summary>
    public static CertificateParts FromBouncyCastle(ReadOnlySpan<byte> der)
    {
        Asn1Guard.ThrowIfMalformed(der);
        var certificate = X509CertificateStructure.GetInstance(der.ToArray());
        var extensions = certificate.TbsCertificate.Extensions;
        return new()
        {
            Version = certificate.Version,
            SerialNumber = certificate.SerialNumber.Value.ToByteArray(),
            Subject = new(certificate.Subject.GetEncoded(), certificate.Subject),
            Issuer = new(certificate.Issuer.GetEncoded(), certificate.Issuer),
            NotBefore = certificate.StartDate.ToDateTime().ToUniversalTime(),
            NotAfter = certificate.EndDate.ToDateTime().ToUniversalTime(),
            SignatureAlgorithm = certificate.SignatureAlgorithm,
            PublicKey = certificate.SubjectPublicKeyInfo,
            Extension = oid => extensions?.GetExtension(oid)?.Value.GetOctets(),
        };
    }

    /// <summary>The parts as .NET's loader gives them. It decodes late, so everything is touched here.</summary>
    public static CertificateParts FromDotNet(ReadOnlySpan<byte> der)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(der);
        var publicKey = certificate.PublicKey.ExportSubjectPublicKeyInfo();
        Asn1Guard.ThrowIfMalformed(publicKey);
        var extensions = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var extension in certificate.Extensions)
            extensions.TryAdd(extension.Oid!.Value!, extension.RawData);
        return new()
        {
            Version = certificate.Version,
            SerialNumber = certificate.SerialNumberBytes.ToArray(),
            Subject = CertificateName.Of(certificate.SubjectName),
            Issuer = CertificateName.Of(certificate.IssuerName),
            NotBefore = certificate.NotBefore.ToUniversalTime(),
            NotAfter = certificate.NotAfter.ToUniversalTime(),
            SignatureAlgorithm = new AlgorithmIdentifier(new DerObjectIdentifier(certificate.SignatureAlgorithm.Value)),
            PublicKey = SubjectPublicKeyInfo.GetInstance(publicKey),
            Extension = oid => extensions.GetValueOrDefault(oid.Id),
        };
    }
}

/// <summary>A name in a certificate.</summary>
/// <param name="Encoded">Its encoding.</param>
/// <param name="Parsed">What BouncyCastle makes of it; null where .NET alone can read it.</param>
internal sealed record CertificateName(byte[] Encoded, X509Name? Parsed)
{
    public static CertificateName Of(X500DistinguishedName name)
    {
        try
        {
            Asn1Guard.ThrowIfMalformed(name.RawData);
            return new(name.RawData, X509Name.GetInstance(name.RawData));
        }
        catch (Exception)
        {
            return new(name.RawData, null);
        }
    }
}
