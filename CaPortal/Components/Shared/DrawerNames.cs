using System.Globalization;
using CaPortal.Core.Certificates;

namespace CaPortal.Components.Shared;

/// <summary>What drawers are called in the page's address: <c>Root-9f86…</c>, <c>found-Root-9f86…</c>, <c>back-end-12</c>.</summary>
internal static class DrawerNames
{
    private const string Unmanaged = "found-";
    private const string BackEnd = "back-end-";

    /// <summary>The name of a certificate of the list.</summary>
    public static string Of(CaCertificateKey key) => $"{key.Store}-{key.Sha256}";

    /// <summary>The name of a certificate that is not in the list.</summary>
    public static string OfUnmanaged(CaCertificateKey key) => $"{Unmanaged}{Of(key)}";

    /// <summary>The name of a back-end.</summary>
    public static string Of(long backEnd) => string.Create(CultureInfo.InvariantCulture, $"{BackEnd}{backEnd}");

    /// <summary>The certificate that has the name, which comes from anybody; null if none can have it.</summary>
    public static (CaCertificateKey Key, bool IsManaged)? CertificateOf(string name)
    {
        var isManaged = !name.StartsWith(Unmanaged, StringComparison.Ordinal);
        var key = isManaged ? name : name[Unmanaged.Length..];
        return key.Split('-') is [var store, { Length: 64 } sha256]
            && sha256.All(char.IsAsciiHexDigitLower)
            && Enum.GetValues<CaStore>().Where(s => s.ToString() == store).ToList() is [var found]
                ? (new CaCertificateKey(found, sha256), isManaged)
                : null;
    }

    /// <summary>The back-end that has the name, which comes from anybody; null if none can have it.</summary>
    public static long? BackEndOf(string name) =>
        name.StartsWith(BackEnd, StringComparison.Ordinal)
        && long.TryParse(name[BackEnd.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? id
            : null;
}
