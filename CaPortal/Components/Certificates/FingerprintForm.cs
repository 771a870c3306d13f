namespace CaPortal.Components.Certificates;

/// <summary>How a fingerprint is written.</summary>
public enum FingerprintForm
{
    /// <summary><c>A1B2</c>, as Windows and Azure write it.</summary>
    Upper,

    /// <summary><c>A1:B2</c>, as OpenSSL, Java and browsers write it.</summary>
    Colons,

    /// <summary><c>a1b2</c>, as <c>sha256sum</c> and most tools write it.</summary>
    Lower,
}

/// <summary>Fingerprints as people write and compare them.</summary>
public static class FingerprintText
{
    private const string PinPrefix = "sha256//";

    /// <summary>A fingerprint in one of the forms.</summary>
    /// <param name="hex">Hexadecimal digits.</param>
    /// <param name="form">The form.</param>
    public static string Of(string hex, FingerprintForm form) => form switch
    {
        FingerprintForm.Colons => string.Join(':', hex.ToUpperInvariant().Chunk(2).Select(pair => new string(pair))),
        FingerprintForm.Upper => hex.ToUpperInvariant(),
        _ => hex.ToLowerInvariant(),
    };

    /// <summary>The hash of a public key as curl's <c>--pinnedpubkey</c> takes it.</summary>
    /// <param name="hex">Its SHA-256, hexadecimal digits.</param>
    public static string PinOf(string hex) => PinPrefix + Convert.ToBase64String(Convert.FromHexString(hex));

    /// <summary>
    /// The digits of a fingerprint that somebody has pasted, in lower case, in any form: with colons, spaces or dashes between them,
    /// behind <c>sha256 Fingerprint=</c>, or as a pin. Null if there are none.
    /// </summary>
    public static string? DigitsOf(string text)
    {
        var trimmed = text.Trim();
        if (trimmed.StartsWith(PinPrefix, StringComparison.OrdinalIgnoreCase))
        {
            Span<byte> hash = stackalloc byte[64];
            return Convert.TryFromBase64String(trimmed[PinPrefix.Length..], hash, out var length) && length == 32
                ? Convert.ToHexStringLower(hash[..length])
                : null;
        }

        // The name of the hash is no part of it.
        var value = trimmed[(trimmed.LastIndexOf('=') + 1)..];
        foreach (var name in new[] { "SHA256:", "SHA-256:", "SHA1:", "SHA-1:" })
        {
            if (value.TrimStart().StartsWith(name, StringComparison.OrdinalIgnoreCase))
                value = value.TrimStart()[name.Length..];
        }

        var digits = string.Concat(value.Where(c => !char.IsWhiteSpace(c) && c is not (':' or '-' or '\u200E' or '\u200B' or '\uFEFF')));
        return digits.Length is 40 or 64 && digits.All(char.IsAsciiHexDigit) ? digits.ToLowerInvariant() : null;
    }
}
