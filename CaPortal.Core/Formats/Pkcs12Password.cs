using System.Text;

namespace CaPortal.Core.Formats;

/// <summary>A password to try on a PKCS#12 file; no text at all and empty text differ there.</summary>
/// <param name="Text">The text for algorithms of PKCS#12 itself; null for none.</param>
/// <param name="Pkcs5Bytes">The bytes for algorithms of PKCS#5.</param>
internal sealed record Pkcs12Password(string? Text, byte[] Pkcs5Bytes)
{
    private const char LastOfLatin1 = '\u00ff';

    /// <summary>
    /// The password as typed, none, and empty, in that order. After them comes what tools make of a password that is not
    /// ASCII: the bytes of a terminal in Latin-1, and each byte of UTF-8 taken for a character, as OpenSSL did before 1.1.0.
    /// </summary>
    public static IReadOnlyList<Pkcs12Password> Candidates(string? typed)
    {
        Pkcs12Password[] without = [new(null, []), new("", [])];
        if (string.IsNullOrEmpty(typed))
            return without;
        var utf8 = Encoding.UTF8.GetBytes(typed);
        var candidates = new List<Pkcs12Password> { new(typed, utf8) };
        candidates.AddRange(without);
        if (Ascii.IsValid(typed))
            return candidates;
        if (typed.All(c => c <= LastOfLatin1))
            candidates.Add(new(typed, Encoding.Latin1.GetBytes(typed)));
        candidates.Add(new(Encoding.Latin1.GetString(utf8), utf8));
        return candidates;
    }

    /// <summary>
    /// Those that differ for algorithms of PKCS#5, for which no text is the same as empty text: each of them costs all
    /// the iterations of a file.
    /// </summary>
    public static IEnumerable<Pkcs12Password> DifferentForPkcs5(IReadOnlyList<Pkcs12Password> candidates) =>
        candidates.DistinctBy(c => Convert.ToHexString(c.Pkcs5Bytes));

    /// <summary>Those that differ for algorithms of PKCS#12 itself.</summary>
    public static IEnumerable<Pkcs12Password> DifferentForPkcs12(IReadOnlyList<Pkcs12Password> candidates) => candidates.DistinctBy(c => c.Text);

    /// <summary>For algorithms of PKCS#12 itself: UTF-16 with a zero behind it, or nothing (RFC 7292 §B.1).</summary>
    public byte[] Pkcs12Bytes => Text is null ? [] : [.. Encoding.BigEndianUnicode.GetBytes(Text), 0, 0];

    // A record would print the password.
    public override string ToString() => nameof(Pkcs12Password);
}
