using System.Text;
using CaPortal.Tests.Testing;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.EdEC;
using Org.BouncyCastle.Asn1.Pkcs;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Asn1.X9;
using Org.BouncyCastle.Crypto.EC;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Math;

namespace CaPortal.Tests.TrustStores.Mutants;

/// <summary>
/// Good CA certificates with a key of each kind and each extension of RFC 5280. The same each time: nobody has the keys, and the
/// signatures are none.
/// </summary>
internal static class MutantBases
{
    private static readonly AlgorithmIdentifier EcdsaWithSha256 = new(X9ObjectIdentifiers.ECDsaWithSha256);

    private static readonly AlgorithmIdentifier PssWithSha256 = Pss();

    private static readonly (string Oid, bool Critical, string Value)[] More =
    [
        ("2.5.29.9", false, "3012301006082B06010505070904310413025553"),
        ("2.5.29.16", false, "3022800F32303235303130313030303030305A810F32303435303130313030303030305A"),
        ("2.5.29.46", false, "30123010A00EA00C860A687474703A2F2F782F64"),
        ("1.3.6.1.5.5.7.1.11", false, "3017301506082B060105050730058609687474703A2F2F722F"),
        ("1.3.6.1.5.5.7.1.24", false, "3003020105"),
        ("1.3.6.1.5.5.7.48.1.5", false, "0500"),
        ("2.16.840.1.113730.1.1", false, "03020007"),
    ];

    /// <summary>All of them, by the kind of key.</summary>
    public static IReadOnlyList<(string Key, byte[] Der)> All { get; } =
    [
        .. Keys().Select((k, i) => (k.Name, Build(k.Key, i, InnerGrammarTests.Extensions.Concat(i % 2 == 0 ? More : [])))),
    ];

    private static IEnumerable<(string Name, SubjectPublicKeyInfo Key)> Keys()
    {
        var random = new Random(20260202);
        var rsa = new RsaPublicKeyStructure(new BigInteger(2048, random).SetBit(2047).SetBit(0), BigInteger.ValueOf(65537));
        yield return ("RSA", new SubjectPublicKeyInfo(new AlgorithmIdentifier(PkcsObjectIdentifiers.RsaEncryption, DerNull.Instance), rsa));
        foreach (var curve in (string[])["secp256r1", "secp384r1", "secp521r1", "secp224r1", "secp256k1", "brainpoolP256r1"])
            yield return (curve, Ec(curve));
        yield return ("RSASSA-PSS", new SubjectPublicKeyInfo(new AlgorithmIdentifier(PkcsObjectIdentifiers.IdRsassaPss), rsa));
        yield return ("RSASSA-PSS with parameters", new SubjectPublicKeyInfo(PssWithSha256, rsa));
        yield return ("Ed25519", new SubjectPublicKeyInfo(
            new AlgorithmIdentifier(EdECObjectIdentifiers.id_Ed25519), new Ed25519PrivateKeyParameters(new byte[32]).GeneratePublicKey().GetEncoded()));
        yield return ("Ed448", new SubjectPublicKeyInfo(
            new AlgorithmIdentifier(EdECObjectIdentifiers.id_Ed448), new Ed448PrivateKeyParameters(new byte[57]).GeneratePublicKey().GetEncoded()));
        var q = BigInteger.Two.Pow(256).Subtract(BigInteger.ValueOf(189));
        var cofactor = BigInteger.Two.Multiply(BigInteger.Two.Pow(1791).Add(BigInteger.ValueOf(451)));
        var p = q.Multiply(cofactor).Add(BigInteger.One);
        var g = BigInteger.Two.ModPow(cofactor, p);
        yield return ("DSA", new SubjectPublicKeyInfo(new AlgorithmIdentifier(X9ObjectIdentifiers.IdDsa, new DsaParameter(p, q, g)), new DerInteger(g)));
    }

    /// <summary>A key that is the curve's own point G.</summary>
    private static SubjectPublicKeyInfo Ec(string curve) =>
        new(
            new AlgorithmIdentifier(X9ObjectIdentifiers.IdECPublicKey, ECNamedCurveTable.GetOid(curve)),
            CustomNamedCurves.GetByName(curve)?.G.GetEncoded() ?? ECNamedCurveTable.GetByName(curve).G.GetEncoded());

    private static AlgorithmIdentifier Pss()
    {
        var sha256 = new AlgorithmIdentifier(Org.BouncyCastle.Asn1.Nist.NistObjectIdentifiers.IdSha256, DerNull.Instance);
        return new AlgorithmIdentifier(
            PkcsObjectIdentifiers.IdRsassaPss,
            new RsassaPssParameters(
                sha256,
                new AlgorithmIdentifier(PkcsObjectIdentifiers.IdMgf1, sha256),
                DerInteger.ValueOf(32),
                RsassaPssParameters.DefaultTrailerField));
    }

    private static byte[] Build(SubjectPublicKeyInfo key, int number, IEnumerable<(string Oid, bool Critical, string Value)> extensions)
    {
        var algorithm = number == 0 ? PssWithSha256 : EcdsaWithSha256;
        var name = new X509Name($"C=CZ,O=Mutants of a good CA,OU=Číslo,CN=Base {number},E=ca@example.com");
        var tbs = new DerSequence(
            new DerTaggedObject(true, 0, DerInteger.ValueOf(2)),
            DerInteger.ValueOf(0x1234 + number),
            algorithm,
            name,
            new DerSequence(new DerUtcTime("250101000000Z"), new DerGeneralizedTime("20550101000000Z")),
            name,
            key,
            new DerTaggedObject(
                true,
                3,
                new DerSequence(
                    extensions.Select(e => Asn1Object.FromByteArray(RawCertificate.Extension(e.Oid, Convert.FromHexString(e.Value), e.Critical))).ToArray())));
        var signature = new DerSequence(new DerInteger(new BigInteger(1, Encoding.ASCII.GetBytes("not the signature"))), DerInteger.ValueOf(number + 1));
        return new DerSequence(tbs, algorithm, new DerBitString(signature)).GetDerEncoded();
    }
}
