using CaPortal.Core.Certificates;

namespace CaPortal.Api;

/// <summary>
/// Names for downloaded files that are harmless on every operating system, regardless of the names in the certificate.
/// </summary>
internal static class DownloadNames
{
    private const int MaxLength = 64;
    private const int PrefixLength = 16;

    /// <summary>The certificate's name as far as it is harmless, else the start of its SHA-256.</summary>
    public static string For(CertificateFacts facts, string extension)
    {
        var letters = facts.Name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-').Take(MaxLength);
        var name = string.Join('-', string.Concat(letters).Split('-', StringSplitOptions.RemoveEmptyEntries));
        return $"{(name.Length < 3 || IsDevice(name) ? facts.Sha256[..PrefixLength] : name)}.{extension}";
    }

    /// <summary>Windows opens a device in place of a file of such a name, with any extension.</summary>
    private static bool IsDevice(string name) =>
        name.ToUpperInvariant() is "CON" or "PRN" or "AUX" or "NUL" or ['C', 'O', 'M', _] or ['L', 'P', 'T', _];
}
