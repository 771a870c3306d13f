using CaPortal.Components.Shared;
using CaPortal.Core.Certificates;

namespace CaPortal.Components.Certificates;

/// <summary>The addresses of pages about certificates, relative to the portal's own.</summary>
internal static class CertificateLinks
{
    /// <summary>The page of one certificate: <c>ca-certificates/root/9f86…</c>.</summary>
    public static string PageOf(CaCertificateKey key) => $"ca-certificates/{KebabCase.Of(key.Store)}/{key.Sha256}";

    /// <summary>Where it can be downloaded.</summary>
    /// <param name="key">The certificate.</param>
    /// <param name="form">The file name's extension.</param>
    public static string DownloadOf(CaCertificateKey key, string form) => $"api/v1/ca-certificates/{key.Sha256}.{form}";

    /// <summary>Two certificates side by side.</summary>
    public static string ComparisonOf(CaCertificateKey first, CaCertificateKey second) =>
        $"ca-certificates/compare?first={DrawerNames.Of(first)}&second={DrawerNames.Of(second)}";

    /// <summary>The certificate whose page has such an address, which comes from anybody; null if none can have it.</summary>
    public static CaCertificateKey? KeyOf(string store, string sha256) =>
        KebabCase.Parse<CaStore>(store) is { } known && sha256.Length == 64 && sha256.All(char.IsAsciiHexDigit)
            ? new CaCertificateKey(known, sha256.ToLowerInvariant())
            : null;
}
