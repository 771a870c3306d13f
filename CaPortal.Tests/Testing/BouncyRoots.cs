using System.Collections.Concurrent;
using System.Security.Cryptography;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.CryptoPro;
using Org.BouncyCastle.Asn1.GM;
using Org.BouncyCastle.Asn1.Pkcs;
using Org.BouncyCastle.Asn1.Rosstandart;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Asn1.X9;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Operators;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.X509;

namespace CaPortal.Tests.Testing;

/// <summary>Roots with keys and signatures that .NET does not make on every machine.</summary>
public static class BouncyRoots
{
    private static readonly SecureRandom Random = new();
    private static readonly ConcurrentDictionary<int, AsymmetricCipherKeyPair> Rsa = new();

    /// <summary>Key pair and signature algorithm by name.</summary>
    public static readonly IReadOnlyDictionary<string, (Func<AsymmetricCipherKeyPair> Keys, string Signature)> Algorithms = new Dictionary<
        string,
        (Func<AsymmetricCipherKeyPair>, string)
    >
    {
        ["RSA 1024, SHA-256"] = (() => RsaKeys(1024), "SHA256WITHRSA"),
        ["RSA 2048, MD5"] = (() => RsaKeys(2048), "MD5WITHRSA"),
        ["RSA 2048, SHA-1"] = (() => RsaKeys(2048), "SHA1WITHRSA"),
        ["RSA 2048, SHA-224"] = (() => RsaKeys(2048), "SHA224WITHRSA"),
        ["RSA 2048, SHA3-256"] = (() => RsaKeys(2048), "SHA3-256WITHRSA"),
        ["RSA-PSS 2048, SHA-224"] = (() => RsaKeys(2048), "SHA224WITHRSAANDMGF1"),
        ["RSA 2048, SHA-256"] = (() => RsaKeys(2048), "SHA256WITHRSA"),
        ["RSA 2048, SHA-512"] = (() => RsaKeys(2048), "SHA512WITHRSA"),
        ["RSA-PSS 2048, SHA-256"] = (() => RsaKeys(2048), "SHA256WITHRSAANDMGF1"),
        ["EC P-192"] = (() => EcKeys(X9ObjectIdentifiers.Prime192v1), "SHA256WITHECDSA"),
        ["EC P-224"] = (() => EcKeys(Curve("secp224r1")), "SHA224WITHECDSA"),
        ["EC P-521"] = (() => EcKeys(Curve("secp521r1")), "SHA512WITHECDSA"),
        ["EC brainpoolP256r1"] = (() => EcKeys(Curve("brainpoolP256r1")), "SHA256WITHECDSA"),
        ["EC secp256k1"] = (() => EcKeys(Curve("secp256k1")), "SHA256WITHECDSA"),
        ["EC sect283k1"] = (() => EcKeys(Curve("sect283k1")), "SHA256WITHECDSA"),
        ["EC explicit"] = (ExplicitEcKeys, "SHA256WITHECDSA"),
        ["EC SHA3"] = (() => EcKeys(X9ObjectIdentifiers.Prime256v1), "SHA3-256WITHECDSA"),
        ["DSA 2048"] = (DsaKeys, "SHA256WITHDSA"),
        ["Ed25519"] = (() => Generate(new Ed25519KeyPairGenerator(), new Ed25519KeyGenerationParameters(Random)), "Ed25519"),
        ["Ed448"] = (() => Generate(new Ed448KeyPairGenerator(), new Ed448KeyGenerationParameters(Random)), "Ed448"),
        ["ML-DSA-65"] = (() => Generate(new MLDsaKeyPairGenerator(), new MLDsaKeyGenerationParameters(Random, MLDsaParameters.ml_dsa_65)), "ML-DSA-65"),
        ["SLH-DSA-SHA2-128F"] = (
            () => Generate(new SlhDsaKeyPairGenerator(), new SlhDsaKeyGenerationParameters(Random, SlhDsaParameters.slh_dsa_sha2_128f)),
            "SLH-DSA-SHA2-128F"),
        ["SM2"] = (() => EcKeys(GMObjectIdentifiers.sm2p256v1), "SM3WITHSM2"),
        ["GOST 2012"] = (GostKeys, "GOST3411-2012-256WITHECGOST3410-2012-256"),
    };

    public static byte[] Create(string algorithm) => Create(Algorithms[algorithm].Keys(), Algorithms[algorithm].Signature);

    /// <summary>A CA certificate; self-signed unless an issuer is named, whose key then is the same.</summary>
    public static byte[] Create(AsymmetricCipherKeyPair keys, string signature, string? issuer = null, Action<X509V3CertificateGenerator>? change = null)
    {
        var generator = new X509V3CertificateGenerator();
        generator.SetSerialNumber(BigInteger.ValueOf(0x1234));
        generator.SetSubjectDN(new X509Name("CN=Bouncy Root"));
        generator.SetIssuerDN(new X509Name(issuer ?? "CN=Bouncy Root"));
        generator.SetNotBefore(TestCertificates.Yesterday.UtcDateTime);
        generator.SetNotAfter(TestCertificates.Yesterday.UtcDateTime.AddYears(10));
        generator.SetPublicKey(keys.Public);
        generator.AddExtension(X509Extensions.BasicConstraints, true, new BasicConstraints(true));
        generator.AddExtension(X509Extensions.KeyUsage, true, new KeyUsage(KeyUsage.KeyCertSign | KeyUsage.CrlSign));
        change?.Invoke(generator);
        return generator.Generate(new Asn1SignatureFactory(signature, keys.Private, Random)).GetEncoded();
    }

    /// <summary>A root with a public RSA key to which nobody has the private one; its signature is that of another key.</summary>
    public static byte[] WithPublicKey(RsaPublicKeyStructure key)
    {
        var certificate = X509CertificateStructure.GetInstance(Create("RSA 2048, SHA-256"));
        var old = certificate.TbsCertificate;
        var info = new SubjectPublicKeyInfo(new AlgorithmIdentifier(PkcsObjectIdentifiers.RsaEncryption, DerNull.Instance), key);
        var tbs = new DerSequence(Asn1Sequence.GetInstance(old.ToAsn1Object()).Select((part, i) => i == 6 ? info : part).ToArray());
        return new DerSequence(tbs, certificate.SignatureAlgorithm, certificate.Signature).GetDerEncoded();
    }

    // .NET finds primes many times as fast.
    public static AsymmetricCipherKeyPair RsaKeys(int bits) => Rsa.GetOrAdd(bits, static size =>
    {
        using var key = RSA.Create(size);
        return DotNetUtilities.GetRsaKeyPair(key);
    });

    public static AsymmetricCipherKeyPair EcKeys(DerObjectIdentifier curve) =>
        Generate(new ECKeyPairGenerator(), new ECKeyGenerationParameters(curve, Random));

    private static DerObjectIdentifier Curve(string name) => ECNamedCurveTable.GetOid(name);

    private static AsymmetricCipherKeyPair ExplicitEcKeys() =>
        Generate(new ECKeyPairGenerator(), new ECKeyGenerationParameters(new ECDomainParameters(ECNamedCurveTable.GetByName("secp256r1")), Random));

    // To search for the group takes a minute; this one is the first with p = 2q(2^1791 + n) + 1 and the largest q of 256 bits.
    private static AsymmetricCipherKeyPair DsaKeys()
    {
        var q = BigInteger.Two.Pow(256).Subtract(BigInteger.ValueOf(189));
        var cofactor = BigInteger.Two.Multiply(BigInteger.Two.Pow(1791).Add(BigInteger.ValueOf(451)));
        var p = q.Multiply(cofactor).Add(BigInteger.One);
        var g = BigInteger.Two.ModPow(cofactor, p);
        return Generate(new DsaKeyPairGenerator(), new DsaKeyGenerationParameters(Random, new DsaParameters(p, q, g)));
    }

    private static AsymmetricCipherKeyPair GostKeys()
    {
        var curve = RosstandartObjectIdentifiers.id_tc26_gost_3410_12_256_paramSetA;
        var domain = new ECGost3410Parameters(
            new ECNamedDomainParameters(curve, ECGost3410NamedCurves.GetByOid(curve)),
            curve,
            RosstandartObjectIdentifiers.id_tc26_gost_3411_12_256,
            null);
        return Generate(new ECKeyPairGenerator("ECGOST3410"), new ECKeyGenerationParameters(domain, Random));
    }

    private static AsymmetricCipherKeyPair Generate(IAsymmetricCipherKeyPairGenerator generator, KeyGenerationParameters parameters)
    {
        generator.Init(parameters);
        return generator.GenerateKeyPair();
    }
}
