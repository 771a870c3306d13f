using System.Formats.Asn1;
using System.Security.Cryptography;
using Org.BouncyCastle.Asn1.Pkcs;

namespace CaPortal.Core.Certificates;

/// <summary>The kinds of signature that the portal distinguishes.</summary>
internal enum SignatureFamily
{
    /// <summary>RSASSA-PKCS1-v1_5 (RFC 8017 §8.2).</summary>
    RsaPkcs1,

    /// <summary>RSASSA-PSS (RFC 8017 §8.1).</summary>
    RsaPss,

    /// <summary>ECDSA with a SHA digest.</summary>
    Ecdsa,

    /// <summary>DSA.</summary>
    Dsa,

    /// <summary>Everything else.</summary>
    Other,
}

/// <summary>What an AlgorithmIdentifier of a signature says.</summary>
/// <param name="Oid">Its OID.</param>
/// <param name="Family">What kind it is.</param>
/// <param name="Digest">The digest's name as .NET writes it (<c>SHA256</c>, <c>SHA3-256</c>); null if it is part of the algorithm or unknown.</param>
/// <param name="SaltLength">Octets of salt, where it is <see cref="SignatureFamily.RsaPss"/>.</param>
internal sealed record SignatureAlgorithm(string Oid, SignatureFamily Family, string? Digest, int SaltLength = 0)
{
    private const string RsaPssOid = "1.2.840.113549.1.1.10";
    private const string Mgf1Oid = "1.2.840.113549.1.1.8";

    private static readonly Dictionary<string, (SignatureFamily Family, string Digest)> ByOid = new()
    {
        ["1.2.840.113549.1.1.2"] = (SignatureFamily.RsaPkcs1, "MD2"),
        ["1.2.840.113549.1.1.3"] = (SignatureFamily.RsaPkcs1, "MD4"),
        ["1.2.840.113549.1.1.4"] = (SignatureFamily.RsaPkcs1, "MD5"),
        ["1.2.840.113549.1.1.5"] = (SignatureFamily.RsaPkcs1, "SHA1"),
        ["1.3.14.3.2.29"] = (SignatureFamily.RsaPkcs1, "SHA1"),
        ["1.2.840.113549.1.1.11"] = (SignatureFamily.RsaPkcs1, "SHA256"),
        ["1.2.840.113549.1.1.12"] = (SignatureFamily.RsaPkcs1, "SHA384"),
        ["1.2.840.113549.1.1.13"] = (SignatureFamily.RsaPkcs1, "SHA512"),
        ["1.2.840.113549.1.1.14"] = (SignatureFamily.RsaPkcs1, "SHA224"),
        ["1.2.840.113549.1.1.15"] = (SignatureFamily.RsaPkcs1, "SHA512/224"),
        ["1.2.840.113549.1.1.16"] = (SignatureFamily.RsaPkcs1, "SHA512/256"),
        ["2.16.840.1.101.3.4.3.13"] = (SignatureFamily.RsaPkcs1, "SHA3-224"),
        ["2.16.840.1.101.3.4.3.14"] = (SignatureFamily.RsaPkcs1, "SHA3-256"),
        ["2.16.840.1.101.3.4.3.15"] = (SignatureFamily.RsaPkcs1, "SHA3-384"),
        ["2.16.840.1.101.3.4.3.16"] = (SignatureFamily.RsaPkcs1, "SHA3-512"),
        ["1.2.840.10045.4.1"] = (SignatureFamily.Ecdsa, "SHA1"),
        ["1.2.840.10045.4.3.1"] = (SignatureFamily.Ecdsa, "SHA224"),
        ["1.2.840.10045.4.3.2"] = (SignatureFamily.Ecdsa, "SHA256"),
        ["1.2.840.10045.4.3.3"] = (SignatureFamily.Ecdsa, "SHA384"),
        ["1.2.840.10045.4.3.4"] = (SignatureFamily.Ecdsa, "SHA512"),
        ["2.16.840.1.101.3.4.3.9"] = (SignatureFamily.Ecdsa, "SHA3-224"),
        ["2.16.840.1.101.3.4.3.10"] = (SignatureFamily.Ecdsa, "SHA3-256"),
        ["2.16.840.1.101.3.4.3.11"] = (SignatureFamily.Ecdsa, "SHA3-384"),
        ["2.16.840.1.101.3.4.3.12"] = (SignatureFamily.Ecdsa, "SHA3-512"),
        ["1.2.840.10040.4.3"] = (SignatureFamily.Dsa, "SHA1"),
        ["2.16.840.1.101.3.4.3.1"] = (SignatureFamily.Dsa, "SHA224"),
        ["2.16.840.1.101.3.4.3.2"] = (SignatureFamily.Dsa, "SHA256"),
        ["2.16.840.1.101.3.4.3.3"] = (SignatureFamily.Dsa, "SHA384"),
        ["2.16.840.1.101.3.4.3.4"] = (SignatureFamily.Dsa, "SHA512"),
    };

    private static readonly Dictionary<string, string> DigestByOid = new()
    {
        ["1.3.14.3.2.26"] = "SHA1",
        ["2.16.840.1.101.3.4.2.1"] = "SHA256",
        ["2.16.840.1.101.3.4.2.2"] = "SHA384",
        ["2.16.840.1.101.3.4.2.3"] = "SHA512",
        ["2.16.840.1.101.3.4.2.4"] = "SHA224",
        ["2.16.840.1.101.3.4.2.8"] = "SHA3-256",
        ["2.16.840.1.101.3.4.2.9"] = "SHA3-384",
        ["2.16.840.1.101.3.4.2.10"] = "SHA3-512",
    };

    /// <summary>Whether collisions of its digest can be made, so that programs refuse it.</summary>
    public bool IsWeak => Digest is "MD2" or "MD4" or "MD5" or "SHA1";

    /// <summary>The digest's name as people write it: <c>SHA-1</c>.</summary>
    public string? DigestName => Digest is ['S', 'H', 'A', not '3', ..] ? $"SHA-{Digest[3..]}" : Digest;

    /// <summary>Reads an AlgorithmIdentifier.</summary>
    /// <exception cref="AsnContentException">It is not one.</exception>
    public static SignatureAlgorithm Read(ReadOnlyMemory<byte> algorithmIdentifier)
    {
        var reader = new AsnReader(algorithmIdentifier, AsnEncodingRules.BER).ReadSequence();
        var oid = reader.ReadObjectIdentifier();
        if (oid == RsaPssOid)
            return ReadPss(reader);

        return ByOid.TryGetValue(oid, out var known)
            ? new SignatureAlgorithm(oid, known.Family, known.Digest)
            : new SignatureAlgorithm(oid, SignatureFamily.Other, null);
    }

    private static SignatureAlgorithm ReadPss(AsnReader reader)
    {
        var parameters = reader.HasData ? RsassaPssParameters.GetInstance(reader.ReadEncodedValue().ToArray()) : new RsassaPssParameters();
        var digest = DigestByOid.GetValueOrDefault(parameters.HashAlgorithm.Algorithm.Id);
        var mask = parameters.MaskGenAlgorithm;
        var maskDigest = mask.Algorithm.Id == Mgf1Oid
            ? DigestByOid.GetValueOrDefault(Org.BouncyCastle.Asn1.X509.AlgorithmIdentifier.GetInstance(mask.Parameters).Algorithm.Id)
            : null;

        // RFC 4055 §3.1 recommends one digest for both; no program that takes a mixture is worth the code.
        return new SignatureAlgorithm(RsaPssOid, SignatureFamily.RsaPss, digest == maskDigest ? digest : null, parameters.SaltLength.IntValueExact);
    }

    /// <summary>Whether .NET verifies such an RSA signature: it has names for these digests alone, and takes the salt to be as long as they are.</summary>
    public bool IsKnownToDotNet(int hashLength) =>
        Digest is "MD5" or "SHA1" or "SHA256" or "SHA384" or "SHA512" && (Family == SignatureFamily.RsaPkcs1 || SaltLength == hashLength);

    /// <summary>The digest of the data, or null if nothing here computes it.</summary>
    public byte[]? Hash(ReadOnlySpan<byte> data)
    {
        try
        {
            return Digest switch
            {
                null => null,
                "SHA1" or "SHA256" or "SHA384" or "SHA512" => CryptographicOperations.HashData(new HashAlgorithmName(Digest), data),
                _ => Org.BouncyCastle.Security.DigestUtilities.CalculateDigest(DigestName, data.ToArray()),
            };
        }
        catch (Org.BouncyCastle.Security.SecurityUtilityException)
        {
            return null;
        }
    }
}
