using CaPortal.Core.Certificates;

namespace CaPortal.Core.TrustStores;

/// <summary>Identities of certificates as one value: for each a byte for the store and the 32 bytes of the SHA-256, in their order.</summary>
internal static class PackedKeys
{
    private const int HashLength = 32;
    private const int EntryLength = 1 + HashLength;

    /// <summary>Packs; equal sets give equal bytes.</summary>
    public static byte[] Pack(IEnumerable<CaCertificateKey> keys)
    {
        var sorted = keys.OrderBy(k => k.Store).ThenBy(k => k.Sha256, StringComparer.Ordinal).ToList();
        var packed = new byte[sorted.Count * EntryLength];
        for (var i = 0; i < sorted.Count; i++)
        {
            packed[i * EntryLength] = (byte)sorted[i].Store;
            Convert.FromHexString(sorted[i].Sha256, packed.AsSpan(i * EntryLength + 1, HashLength), out _, out _);
        }

        return packed;
    }

    /// <summary>What <see cref="Pack"/> was given.</summary>
    public static HashSet<CaCertificateKey> Unpack(byte[] packed)
    {
        var keys = new HashSet<CaCertificateKey>(packed.Length / EntryLength);
        for (var at = 0; at < packed.Length; at += EntryLength)
            keys.Add(new CaCertificateKey((CaStore)packed[at], Convert.ToHexStringLower(packed.AsSpan(at + 1, HashLength))));
        return keys;
    }
}
