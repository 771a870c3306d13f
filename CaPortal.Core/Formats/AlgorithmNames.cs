using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.Pkcs;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Asn1.X9;

namespace CaPortal.Core.Formats;

/// <summary>Algorithms as people call them; what is not known keeps its dotted OID.</summary>
internal static class AlgorithmNames
{
    private const string RsaEncryption = "1.2.840.113549.1.1.1";
    private const string RsassaPss = "1.2.840.113549.1.1.10";
    private const string EcPublicKey = "1.2.840.10045.2.1";
    private const string Dsa = "1.2.840.10040.4.1";

    private static readonly Dictionary<string, string> Both = new()
    {
        ["1.3.101.112"] = "Ed25519",
        ["1.3.101.113"] = "Ed448",
        ["2.16.840.1.101.3.4.3.17"] = "ML-DSA-44",
        ["2.16.840.1.101.3.4.3.18"] = "ML-DSA-65",
        ["2.16.840.1.101.3.4.3.19"] = "ML-DSA-87",
        ["2.16.840.1.101.3.4.3.20"] = "SLH-DSA-SHA2-128s",
        ["2.16.840.1.101.3.4.3.21"] = "SLH-DSA-SHA2-128f",
        ["2.16.840.1.101.3.4.3.22"] = "SLH-DSA-SHA2-192s",
        ["2.16.840.1.101.3.4.3.23"] = "SLH-DSA-SHA2-192f",
        ["2.16.840.1.101.3.4.3.24"] = "SLH-DSA-SHA2-256s",
        ["2.16.840.1.101.3.4.3.25"] = "SLH-DSA-SHA2-256f",
        ["2.16.840.1.101.3.4.3.26"] = "SLH-DSA-SHAKE-128s",
        ["2.16.840.1.101.3.4.3.27"] = "SLH-DSA-SHAKE-128f",
        ["2.16.840.1.101.3.4.3.28"] = "SLH-DSA-SHAKE-192s",
        ["2.16.840.1.101.3.4.3.29"] = "SLH-DSA-SHAKE-192f",
        ["2.16.840.1.101.3.4.3.30"] = "SLH-DSA-SHAKE-256s",
        ["2.16.840.1.101.3.4.3.31"] = "SLH-DSA-SHAKE-256f",
    };

    private static readonly Dictionary<string, string> Keys = new(Both)
    {
        [RsaEncryption] = "RSA",
        [RsassaPss] = "RSASSA-PSS",
        ["1.2.840.113549.1.1.7"] = "RSAES-OAEP",
        [EcPublicKey] = "EC",
        [Dsa] = "DSA",
        ["1.2.840.10046.2.1"] = "DH",
        ["1.2.840.113549.1.3.1"] = "DH",
        ["1.3.101.110"] = "X25519",
        ["1.3.101.111"] = "X448",
        ["1.2.643.2.2.19"] = "GOST R 34.10-2001",
        ["1.2.643.2.2.20"] = "GOST R 34.10-94",
        ["1.2.643.7.1.1.1.1"] = "GOST R 34.10-2012 (256 bits)",
        ["1.2.643.7.1.1.1.2"] = "GOST R 34.10-2012 (512 bits)",
    };

    private static readonly Dictionary<string, string> Signatures = new(Both)
    {
        ["1.2.840.113549.1.1.2"] = "MD2 with RSA",
        ["1.2.840.113549.1.1.3"] = "MD4 with RSA",
        ["1.2.840.113549.1.1.4"] = "MD5 with RSA",
        ["1.2.840.113549.1.1.5"] = "SHA-1 with RSA",
        ["1.3.14.3.2.29"] = "SHA-1 with RSA",
        ["1.2.840.113549.1.1.11"] = "SHA-256 with RSA",
        ["1.2.840.113549.1.1.12"] = "SHA-384 with RSA",
        ["1.2.840.113549.1.1.13"] = "SHA-512 with RSA",
        ["1.2.840.113549.1.1.14"] = "SHA-224 with RSA",
        ["1.2.840.113549.1.1.15"] = "SHA-512/224 with RSA",
        ["1.2.840.113549.1.1.16"] = "SHA-512/256 with RSA",
        ["2.16.840.1.101.3.4.3.13"] = "SHA3-224 with RSA",
        ["2.16.840.1.101.3.4.3.14"] = "SHA3-256 with RSA",
        ["2.16.840.1.101.3.4.3.15"] = "SHA3-384 with RSA",
        ["2.16.840.1.101.3.4.3.16"] = "SHA3-512 with RSA",
        ["1.3.36.3.3.1.2"] = "RIPEMD-160 with RSA",
        [RsassaPss] = "RSASSA-PSS",
        ["1.2.840.10045.4.1"] = "ECDSA with SHA-1",
        ["1.2.840.10045.4.3.1"] = "ECDSA with SHA-224",
        ["1.2.840.10045.4.3.2"] = "ECDSA with SHA-256",
        ["1.2.840.10045.4.3.3"] = "ECDSA with SHA-384",
        ["1.2.840.10045.4.3.4"] = "ECDSA with SHA-512",
        ["2.16.840.1.101.3.4.3.9"] = "ECDSA with SHA3-224",
        ["2.16.840.1.101.3.4.3.10"] = "ECDSA with SHA3-256",
        ["2.16.840.1.101.3.4.3.11"] = "ECDSA with SHA3-384",
        ["2.16.840.1.101.3.4.3.12"] = "ECDSA with SHA3-512",
        ["1.2.840.10040.4.3"] = "DSA with SHA-1",
        ["2.16.840.1.101.3.4.3.1"] = "DSA with SHA-224",
        ["2.16.840.1.101.3.4.3.2"] = "DSA with SHA-256",
        ["2.16.840.1.101.3.4.3.3"] = "DSA with SHA-384",
        ["2.16.840.1.101.3.4.3.4"] = "DSA with SHA-512",
        ["1.2.643.2.2.3"] = "GOST R 34.11-94 with GOST R 34.10-2001",
        ["1.2.643.2.2.4"] = "GOST R 34.11-94 with GOST R 34.10-94",
        ["1.2.643.7.1.1.3.2"] = "GOST R 34.10-2012 (256 bits)",
        ["1.2.643.7.1.1.3.3"] = "GOST R 34.10-2012 (512 bits)",
        ["1.2.156.10197.1.501"] = "SM2 with SM3",
    };

    private static readonly Dictionary<string, string> Hashes = new()
    {
        ["1.2.840.113549.2.5"] = "MD5",
        ["1.3.14.3.2.26"] = "SHA-1",
        ["2.16.840.1.101.3.4.2.1"] = "SHA-256",
        ["2.16.840.1.101.3.4.2.2"] = "SHA-384",
        ["2.16.840.1.101.3.4.2.3"] = "SHA-512",
        ["2.16.840.1.101.3.4.2.4"] = "SHA-224",
        ["2.16.840.1.101.3.4.2.8"] = "SHA3-256",
        ["2.16.840.1.101.3.4.2.9"] = "SHA3-384",
        ["2.16.840.1.101.3.4.2.10"] = "SHA3-512",
    };

    // The curves that certificates really use, with the size of their field; BouncyCastle knows the others.
    private static readonly Dictionary<string, (string Name, int Size)> Curves = new()
    {
        ["1.2.840.10045.3.1.1"] = ("P-192", 192),
        ["1.3.132.0.33"] = ("P-224", 224),
        ["1.2.840.10045.3.1.7"] = ("P-256", 256),
        ["1.3.132.0.34"] = ("P-384", 384),
        ["1.3.132.0.35"] = ("P-521", 521),
        ["1.3.132.0.10"] = ("secp256k1", 256),
        ["1.3.36.3.3.2.8.1.1.7"] = ("brainpoolP256r1", 256),
        ["1.3.36.3.3.2.8.1.1.11"] = ("brainpoolP384r1", 384),
        ["1.3.36.3.3.2.8.1.1.13"] = ("brainpoolP512r1", 512),
        ["1.2.156.10197.1.301"] = ("SM2", 256),
    };

    /// <summary>The signature's algorithm: <c>SHA-256 with RSA</c>.</summary>
    public static string Signature(AlgorithmIdentifier algorithm)
    {
        var oid = algorithm.Algorithm.Id;
        if (oid == RsassaPss && algorithm.Parameters is { } parameters)
        {
            var hash = RsassaPssParameters.GetInstance(parameters).HashAlgorithm.Algorithm.Id;
            return $"RSASSA-PSS with {Hash(hash)}";
        }

        return Signatures.GetValueOrDefault(oid, oid);
    }

    /// <summary>The public key's algorithm, its size in bits and its curve, where it has them.</summary>
    public static (string Algorithm, int? Size, string? Curve) Key(SubjectPublicKeyInfo key)
    {
        var algorithm = key.Algorithm;
        var oid = algorithm.Algorithm.Id;
        switch (oid)
        {
            case RsaEncryption or RsassaPss:
                return (Keys[oid], RsaPublicKeyStructure.GetInstance(key.ParsePublicKey()).Modulus.BitLength, null);
            case Dsa when algorithm.Parameters is { } parameters and not Asn1Null:
                return (Keys[oid], DsaParameter.GetInstance(parameters).P.BitLength, null);
            case EcPublicKey:
                var (curve, size) = Curve(algorithm.Parameters);
                return (curve == "SM2" ? "SM2" : "EC", size, curve);
            default:
                return (Keys.GetValueOrDefault(oid, oid), null, null);
        }
    }

    /// <summary>A hash algorithm: <c>SHA-256</c>.</summary>
    public static string Hash(string oid) => Hashes.GetValueOrDefault(oid, oid);

    private static (string? Name, int? Size) Curve(Asn1Encodable? parameters)
    {
        switch (parameters?.ToAsn1Object())
        {
            case DerObjectIdentifier oid when Curves.TryGetValue(oid.Id, out var known):
                return known;
            case DerObjectIdentifier oid:
                return (ECNamedCurveTable.GetName(oid) ?? oid.Id, ECNamedCurveTable.GetByOidLazy(oid)?.Curve.FieldSize);
            case Asn1Sequence { Count: > 1 } explicitCurve:
                // The curve itself is not made: BouncyCastle would test its field for primality.
                return ("explicit", FieldSize(Asn1Sequence.GetInstance(explicitCurve[1])));
            default:
                return (null, null);
        }
    }

    private static int? FieldSize(Asn1Sequence fieldId) => fieldId[1].ToAsn1Object() switch
    {
        DerInteger prime => prime.Value.BitLength,
        Asn1Sequence { Count: > 0 } binary when binary[0].ToAsn1Object() is DerInteger degree => degree.IntValueExact,
        _ => null,
    };
}
