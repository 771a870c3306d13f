using System.Security.Cryptography;

namespace CaPortal.Core.Certificates;

/// <summary>Hashes of a certificate's DER encoding.</summary>
public static class Thumbprints
{
    /// <summary>SHA-256 as 64 lower-case hexadecimal digits: the identity of a certificate.</summary>
    public static string Sha256(ReadOnlySpan<byte> der) => Convert.ToHexStringLower(SHA256.HashData(der));

    /// <summary>SHA-1 as 40 upper-case hexadecimal digits: shown, because administrators compare it, but never an identity.</summary>
    public static string Sha1(ReadOnlySpan<byte> der) => Convert.ToHexString(SHA1.HashData(der));
}
