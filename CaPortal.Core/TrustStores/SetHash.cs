using System.Security.Cryptography;
using System.Text;
using CaPortal.Core.Certificates;

namespace CaPortal.Core.TrustStores;

/// <summary>One hash for a set of certificates, regardless of their order.</summary>
public static class SetHash
{
    /// <summary>SHA-256 over the sorted lines <c>store:sha256</c>, 64 lower-case hexadecimal digits.</summary>
    public static string Of(IEnumerable<CaCertificateKey> certificates)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var line in certificates.Select(c => $"{c.Store}:{c.Sha256}\n").Order(StringComparer.Ordinal))
            hash.AppendData(Encoding.UTF8.GetBytes(line));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
