using System.Numerics;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Security;

namespace CaPortal.Core.Certificates;

/// <summary>
/// Verifies the RSA signatures that .NET has no name for. These are digests such as SHA-224, and PSS with a salt that is not
/// as long as its digest, which OpenSSL 3.0 makes by default. BouncyCastle could verify them, but would first test the
/// modulus for primality, which takes up to seconds.
/// </summary>
internal static class RsaVerification
{
    /// <summary>RSASSA-PKCS1-v1_5 (RFC 8017 §8.2.2): the encoded message must be exactly the expected one.</summary>
    public static bool VerifyPkcs1(BigInteger modulus, BigInteger exponent, ReadOnlySpan<byte> signature, string digestName, byte[] hash)
    {
        var length = (int)((modulus.GetBitLength() + 7) / 8);
        var digestInfo = new DigestInfo(new AlgorithmIdentifier(DigestUtilities.GetObjectIdentifier(digestName), DerNull.Instance), hash).GetDerEncoded();
        if (length < digestInfo.Length + 11 || Recover(modulus, exponent, signature, length) is not { } encoded)
            return false;

        byte[] expected = [0, 1, .. Enumerable.Repeat((byte)0xFF, length - digestInfo.Length - 3), 0, .. digestInfo];
        return encoded.AsSpan().SequenceEqual(expected);
    }

    /// <summary>RSASSA-PSS (RFC 8017 §8.1.2 and §9.1.2).</summary>
    public static bool VerifyPss(BigInteger modulus, BigInteger exponent, ReadOnlySpan<byte> signature, string digestName, byte[] hash, int saltLength)
    {
        var bits = modulus.GetBitLength() - 1;
        var length = (int)((bits + 7) / 8);
        if (saltLength < 0 || length < hash.Length + saltLength + 2 || Recover(modulus, exponent, signature, length) is not [.., 0xBC] encoded)
            return false;

        var masked = encoded.AsSpan(0, length - hash.Length - 1);
        var seed = encoded.AsSpan(masked.Length, hash.Length);
        var unusedBits = (int)(8L * length - bits);
        if (masked[0] >> (8 - unusedBits) != 0)
            return false;

        var mask = Mask(digestName, seed.ToArray(), masked.Length);
        for (var i = 0; i < masked.Length; i++)
            masked[i] ^= mask[i];
        masked[0] &= (byte)(0xFF >> unusedBits);

        var padding = masked[..^(saltLength + 1)];
        var salt = masked[^saltLength..];
        return !padding.ContainsAnyExcept((byte)0)
            && masked[padding.Length] == 1
            && DigestUtilities.CalculateDigest(digestName, [.. new byte[8], .. hash, .. salt]).AsSpan().SequenceEqual(seed);
    }

    private static byte[]? Recover(BigInteger modulus, BigInteger exponent, ReadOnlySpan<byte> signature, int length)
    {
        var number = new BigInteger(signature, isUnsigned: true, isBigEndian: true);
        if (modulus <= 1 || number >= modulus)
            return null;

        var recovered = BigInteger.ModPow(number, exponent, modulus).ToByteArray(isUnsigned: true, isBigEndian: true);
        return recovered.Length > length ? null : [.. new byte[length - recovered.Length], .. recovered];
    }

    private static byte[] Mask(string digestName, byte[] seed, int length)
    {
        var generator = new Mgf1BytesGenerator(DigestUtilities.GetDigest(digestName));
        generator.Init(new MgfParameters(seed));
        var mask = new byte[length];
        generator.GenerateBytes(mask, 0, length);
        return mask;
    }
}
