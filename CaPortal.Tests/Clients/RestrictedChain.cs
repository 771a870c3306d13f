using System.Security.Cryptography;
using CaPortal.Core.Clients;
using CaPortal.Tests.Testing;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Asn1.X9;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Operators;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.X509;
using Org.BouncyCastle.X509.Extension;

namespace CaPortal.Tests.Clients;

/// <summary>
/// A root, an intermediate and a server's certificate. One part is as not all clients take it; the rest is as it should be.
/// </summary>
/// <param name="Name">What is odd.</param>
/// <param name="Restriction">The restriction that must be reported; null: none.</param>
public sealed record RestrictedChain(string Name, string? Restriction)
{
    private const string CaName = "CN=Intermediate";
    private static readonly SecureRandom Random = new();
    private static readonly AsymmetricCipherKeyPair RootKeys = BouncyRoots.EcKeys(X9ObjectIdentifiers.Prime256v1);
    private static readonly AsymmetricCipherKeyPair OtherKeys = BouncyRoots.EcKeys(X9ObjectIdentifiers.Prime256v1);

    /// <summary>The intermediate's own identifier.</summary>
    public static Asn1Encodable SubjectKey => X509ExtensionUtilities.CreateSubjectKeyIdentifier(OtherKeys.Public);

    /// <summary>The identifier by which the intermediate names its issuer.</summary>
    public static Asn1Encodable AuthorityKey => X509ExtensionUtilities.CreateAuthorityKeyIdentifier(RootKeys.Public);

    /// <summary>Which certificate it is about.</summary>
    public CertificateRole Role { get; init; }

    /// <summary>Extensions in place of those that a good one has, by OID; null takes one away.</summary>
    public IReadOnlyDictionary<string, (bool Critical, Asn1Encodable Value)?> Extensions { get; init; } = new Dictionary<string, (bool, Asn1Encodable)?>();

    /// <summary>The keys, by the name in <see cref="BouncyRoots.Algorithms"/>; null for P-256.</summary>
    public string? Algorithm { get; init; }

    /// <summary>The algorithm with which it is signed.</summary>
    public string Signature { get; init; } = "SHA256WITHECDSA";

    public string? Subject { get; init; }

    public int Days { get; init; } = 300;

    /// <summary>Makes them: the server's, the intermediate and the root.</summary>
    public (byte[] Server, byte[] Intermediate, byte[] Root) Create()
    {
        var (special, leafSignature) = Algorithm is null
            ? (OtherKeys, "SHA256WITHECDSA")
            : (BouncyRoots.Algorithms[Algorithm].Keys(), BouncyRoots.Algorithms[Algorithm].Signature);
        var isServer = Role == CertificateRole.Server;
        var caKeys = isServer ? OtherKeys : special;
        var serverKeys = isServer ? special : OtherKeys;
        return (
            Certificate(isServer, Subject ?? "CN=localhost", CaName, serverKeys, caKeys, ServerExtensions(caKeys), isServer ? Signature : leafSignature),
            Certificate(!isServer, CaName, "CN=Root", caKeys, RootKeys, CaExtensions(caKeys, RootKeys), isServer ? "SHA256WITHECDSA" : Signature),
            Certificate(false, "CN=Root", "CN=Root", RootKeys, RootKeys, CaExtensions(RootKeys, null), "SHA256WITHECDSA"));
    }

    private byte[] Certificate(
        bool isOdd,
        string subject,
        string issuer,
        AsymmetricCipherKeyPair keys,
        AsymmetricCipherKeyPair issuerKeys,
        Dictionary<string, (bool Critical, Asn1Encodable Value)?> extensions,
        string signature)
    {
        var generator = new X509V3CertificateGenerator();
        generator.SetSerialNumber(BigInteger.One);
        generator.SetSubjectDN(new X509Name(subject));
        generator.SetIssuerDN(new X509Name(issuer));
        generator.SetNotBefore(TestCertificates.Yesterday.UtcDateTime);
        generator.SetNotAfter(TestCertificates.Yesterday.UtcDateTime.AddDays(isOdd ? Days : 300));
        generator.SetPublicKey(keys.Public);
        foreach (var (oid, extension) in isOdd ? Extensions : new Dictionary<string, (bool, Asn1Encodable)?>())
            extensions[oid] = extension;
        foreach (var (oid, extension) in extensions)
        {
            if (extension is { } present)
                generator.AddExtension(new DerObjectIdentifier(oid), present.Critical, present.Value);
        }

        return generator.Generate(new Asn1SignatureFactory(signature, issuerKeys.Private, Random)).GetEncoded();
    }

    private static Dictionary<string, (bool Critical, Asn1Encodable Value)?> ServerExtensions(AsymmetricCipherKeyPair issuer) => new()
    {
        [X509Extensions.KeyUsage.Id] = (true, new KeyUsage(KeyUsage.DigitalSignature)),
        [X509Extensions.ExtendedKeyUsage.Id] = (false, new ExtendedKeyUsage(KeyPurposeID.id_kp_serverAuth)),
        [X509Extensions.SubjectAlternativeName.Id] = (false, new GeneralNames(new GeneralName(GeneralName.DnsName, "localhost"))),
        [X509Extensions.AuthorityKeyIdentifier.Id] = (false, X509ExtensionUtilities.CreateAuthorityKeyIdentifier(issuer.Public)),
    };

    private static Dictionary<string, (bool Critical, Asn1Encodable Value)?> CaExtensions(AsymmetricCipherKeyPair keys, AsymmetricCipherKeyPair? issuer) =>
        new()
        {
            [X509Extensions.BasicConstraints.Id] = (true, new BasicConstraints(true)),
            [X509Extensions.KeyUsage.Id] = (true, new KeyUsage(KeyUsage.KeyCertSign | KeyUsage.CrlSign)),
            [X509Extensions.SubjectKeyIdentifier.Id] = (false, X509ExtensionUtilities.CreateSubjectKeyIdentifier(keys.Public)),
            [X509Extensions.AuthorityKeyIdentifier.Id] = issuer is null ? null : (false, X509ExtensionUtilities.CreateAuthorityKeyIdentifier(issuer.Public)),
        };

    /// <summary>Writes them as the tools want them.</summary>
    public void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        var (server, intermediate, root) = Create();
        foreach (var (name, der) in new[] { ("leaf.pem", server), ("intermediate.pem", intermediate), ("root.pem", root) })
            File.WriteAllText(Path.Combine(folder, name), PemEncoding.WriteString("CERTIFICATE", der));
        File.WriteAllText(
            Path.Combine(folder, "chain.pem"),
            string.Join('\n', new[] { server, intermediate, root }.Select(der => PemEncoding.WriteString("CERTIFICATE", der))));
    }
}
