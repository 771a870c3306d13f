using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.X9;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Security;

namespace CaPortal.Core.Certificates;

/// <summary>Whether a signature is that of a key.</summary>
public enum SignatureVerdict
{
    /// <summary>It is.</summary>
    Valid,

    /// <summary>It is not.</summary>
    Invalid,

    /// <summary>Nothing on this machine can verify it: the algorithm is not supported, or verifying could take too long.</summary>
    NotVerifiable,
}

/// <summary>Verifies the signatures of certificates, at a bounded cost for any key.</summary>
internal static class CertificateSignature
{
    private const int MaxRsaModulusBits = 16_384;
    private const int MaxRsaExponentBits = 64;

    /// <summary>Room for explicit parameters of the largest curves in use (571 bits); beyond it, arithmetic could take for ever.</summary>
    private const int MaxEcKeyBytes = 1024;

    /// <summary>Room for the largest key of fixed size, that of ML-DSA-87.</summary>
    private const int MaxOtherKeyBytes = 4096;

    private const string EcKeyOid = "1.2.840.10045.2.1";
    private const string DsaKeyOid = "1.2.840.10040.4.1";
    private const string RsaKeyOid = "1.2.840.113549.1.1.1";
    private const string RsaPssKeyOid = "1.2.840.113549.1.1.10";
    private const string Sm2Oid = "1.2.156.10197.1.501";
    private const string GostArc = "1.2.643.";

    /// <summary>
    /// SM2 signs the signer's identifier too, but no certificate has it. These are the standard's default (RFC 8998 §3.2.1),
    /// and the empty one that OpenSSL uses.
    /// </summary>
    private static readonly byte[][] Sm2Identifiers = ["1234567812345678"u8.ToArray(), []];

    private static readonly HashSet<string> BouncyCastleKeys =
    [
        EcKeyOid, // SM2 keys are EC keys with a curve of their own
        "1.3.101.112", "1.3.101.113", // Ed25519, Ed448
        "1.2.643.2.2.19", "1.2.643.7.1.1.1.1", "1.2.643.7.1.1.1.2", // GOST R 34.10-2001, -2012
        .. Enumerable.Range(17, 3).Select(n => $"2.16.840.1.101.3.4.3.{n}"), // ML-DSA
        .. Enumerable.Range(20, 12).Select(n => $"2.16.840.1.101.3.4.3.{n}"), // SLH-DSA
    ];

    /// <summary>Whether <paramref name="certificate"/> was signed with the private key of <paramref name="issuer"/>.</summary>
    public static SignatureVerdict Verify(EncodedCertificate certificate, EncodedCertificate issuer)
    {
        if (!HasOneAlgorithm(certificate))
            return SignatureVerdict.Invalid;

        try
        {
            var algorithm = SignatureAlgorithm.Read(certificate.SignatureAlgorithm);
            return algorithm.Family switch
            {
                SignatureFamily.RsaPkcs1 or SignatureFamily.RsaPss => VerifyRsa(algorithm, certificate, issuer.SubjectPublicKeyInfo),
                SignatureFamily.Ecdsa => VerifyEcdsa(algorithm, certificate, issuer.SubjectPublicKeyInfo),
                SignatureFamily.Dsa => VerifyDsa(algorithm, certificate, issuer.SubjectPublicKeyInfo),
                _ => VerifyOther(algorithm, certificate, issuer.SubjectPublicKeyInfo),
            };
        }
        catch (Exception e) when (e is CryptographicException or AsnContentException or PlatformNotSupportedException)
        {
            return SignatureVerdict.NotVerifiable;
        }
    }

    /// <summary>RFC 5280 §4.1.1.2: both algorithms must be the same, else the unprotected one could choose another verification.</summary>
    public static bool HasOneAlgorithm(EncodedCertificate certificate) => certificate.SignatureAlgorithm.Span.SequenceEqual(certificate.SignedAlgorithm.Span);

    private static SignatureVerdict VerifyRsa(SignatureAlgorithm algorithm, EncodedCertificate certificate, ReadOnlyMemory<byte> publicKeyInfo)
    {
        var (keyOid, key) = ReadPublicKey(publicKeyInfo);
        if (keyOid is not (RsaKeyOid or RsaPssKeyOid))
            return SignatureVerdict.Invalid;

        var numbers = new AsnReader(key, AsnEncodingRules.BER).ReadSequence();
        var (modulus, exponent) = (numbers.ReadIntegerBytes(), numbers.ReadIntegerBytes());
        if (BitLength(modulus) > MaxRsaModulusBits || BitLength(exponent) > MaxRsaExponentBits)
            return SignatureVerdict.NotVerifiable;
        if (algorithm.Hash(certificate.Tbs.Span) is not { } hash)
            return SignatureVerdict.NotVerifiable;

        var signature = certificate.Signature.Span;
        if (algorithm.IsKnownToDotNet(hash.Length))
        {
            using var rsa = RSA.Create();
            rsa.ImportRSAPublicKey(key.Span, out _);
            return Verdict(
                rsa.VerifyHash(
                    hash,
                    signature,
                    new HashAlgorithmName(algorithm.Digest!),
                    algorithm.Family == SignatureFamily.RsaPss ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1));
        }

        var (n, e) = (Number(modulus), Number(exponent));
        return Verdict(algorithm.Family == SignatureFamily.RsaPss
            ? RsaVerification.VerifyPss(n, e, signature, algorithm.DigestName!, hash, algorithm.SaltLength)
            : RsaVerification.VerifyPkcs1(n, e, signature, algorithm.DigestName!, hash));
    }

    private static SignatureVerdict VerifyEcdsa(SignatureAlgorithm algorithm, EncodedCertificate certificate, ReadOnlyMemory<byte> publicKeyInfo)
    {
        if (ReadPublicKey(publicKeyInfo).Oid != EcKeyOid)
            return SignatureVerdict.Invalid;
        if (publicKeyInfo.Length > MaxEcKeyBytes || algorithm.Hash(certificate.Tbs.Span) is not { } hash)
            return SignatureVerdict.NotVerifiable;

        try
        {
            using var ecdsa = ECDsa.Create();
            ecdsa.ImportSubjectPublicKeyInfo(publicKeyInfo.Span, out _);
            return Verdict(ecdsa.VerifyHash(hash, certificate.Signature.Span, DSASignatureFormat.Rfc3279DerSequence));
        }
        catch (Exception e) when ((e is CryptographicException or PlatformNotSupportedException) && IsKnownCurve(publicKeyInfo))
        {
            // Either this platform lacks the curve, or the key is no point on it.
            return VerifyOther(algorithm, certificate, publicKeyInfo) == SignatureVerdict.Valid ? SignatureVerdict.Valid : SignatureVerdict.Invalid;
        }
    }

    private static bool IsKnownCurve(ReadOnlyMemory<byte> publicKeyInfo)
    {
        var algorithm = new AsnReader(publicKeyInfo, AsnEncodingRules.BER).ReadSequence().ReadSequence();
        algorithm.ReadObjectIdentifier();
        return algorithm.HasData
            && algorithm.PeekTag() == Asn1Tag.ObjectIdentifier
            && ECNamedCurveTable.GetByOidLazy(new DerObjectIdentifier(algorithm.ReadObjectIdentifier())) is not null;
    }

    private static SignatureVerdict VerifyDsa(SignatureAlgorithm algorithm, EncodedCertificate certificate, ReadOnlyMemory<byte> publicKeyInfo)
    {
        if (ReadPublicKey(publicKeyInfo).Oid != DsaKeyOid)
            return SignatureVerdict.Invalid;
        if (algorithm.Hash(certificate.Tbs.Span) is not { } hash)
            return SignatureVerdict.NotVerifiable;

        using var dsa = DSA.Create();
        dsa.ImportSubjectPublicKeyInfo(publicKeyInfo.Span, out _);
        return Verdict(dsa.VerifySignature(hash, certificate.Signature.Span, DSASignatureFormat.Rfc3279DerSequence));
    }

    /// <summary>Algorithms that .NET has not on every machine: Ed25519, Ed448, ML-DSA, SLH-DSA, SM2, GOST. All of fixed size, so of bounded cost.</summary>
    private static SignatureVerdict VerifyOther(SignatureAlgorithm algorithm, EncodedCertificate certificate, ReadOnlyMemory<byte> publicKeyInfo)
    {
        if (!BouncyCastleKeys.Contains(ReadPublicKey(publicKeyInfo).Oid) || publicKeyInfo.Length > MaxOtherKeyBytes)
            return SignatureVerdict.NotVerifiable;

        try
        {
            var key = PublicKeyFactory.CreateKey(publicKeyInfo.ToArray());
            if (algorithm.Oid == Sm2Oid)
                return Sm2Identifiers.Any(id => Verifies(new ParametersWithID(key, id))) ? SignatureVerdict.Valid : SignatureVerdict.NotVerifiable;

            // What makes a GOST signature differs from program to program (the order of bytes, parameters), so that a failure proves nothing.
            return Verifies(key) ? SignatureVerdict.Valid
                : ReadPublicKey(publicKeyInfo).Oid.StartsWith(GostArc, StringComparison.Ordinal) ? SignatureVerdict.NotVerifiable
                : SignatureVerdict.Invalid;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // BouncyCastle has no common exception for a key or signature that it cannot use.
            return SignatureVerdict.NotVerifiable;
        }

        bool Verifies(ICipherParameters key)
        {
            var signer = SignerUtilities.GetSigner(new DerObjectIdentifier(algorithm.Oid));
            signer.Init(forSigning: false, key);
            signer.BlockUpdate(certificate.Tbs.Span);
            return signer.VerifySignature(certificate.Signature.ToArray());
        }
    }

    private static SignatureVerdict Verdict(bool isValid) => isValid ? SignatureVerdict.Valid : SignatureVerdict.Invalid;

    private static (string Oid, ReadOnlyMemory<byte> Key) ReadPublicKey(ReadOnlyMemory<byte> publicKeyInfo)
    {
        var reader = new AsnReader(publicKeyInfo, AsnEncodingRules.BER).ReadSequence();
        return (reader.ReadSequence().ReadObjectIdentifier(), reader.ReadBitString(out _));
    }

    private static BigInteger Number(ReadOnlyMemory<byte> integer) => new(integer.Span, isUnsigned: true, isBigEndian: true);

    private static long BitLength(ReadOnlyMemory<byte> integer) => 8L * integer.Span.TrimStart((byte)0).Length;
}
