using System.Text;

namespace CaPortal.Core.Reading;

/// <summary>A password to try on a PKCS#12 file; no text at all and empty text differ there.</summary>
/// <param name="Text">The text; null for none.</param>
internal sealed record Pkcs12Password(string? Text)
{
    /// <summary>The password as typed, none, and empty, in that order.</summary>
    public static IReadOnlyList<Pkcs12Password> Candidates(string? typed) =>
        string.IsNullOrEmpty(typed) ? [new((string?)null), new("")] : [new(typed), new((string?)null), new("")];

    /// <summary>
    /// Those that differ for algorithms of PKCS#5, for which no text is the same as empty text: each of them costs all
    /// the iterations of a file.
    /// </summary>
    public static IEnumerable<Pkcs12Password> DifferentForPkcs5(IReadOnlyList<Pkcs12Password> candidates) => candidates.DistinctBy(c => c.Text ?? "");

    /// <summary>For algorithms of PKCS#12 itself: UTF-16 with a zero behind it, or nothing (RFC 7292 §B.1).</summary>
    public byte[] Pkcs12Bytes => Text is null ? [] : [.. Encoding.BigEndianUnicode.GetBytes(Text), 0, 0];

    /// <summary>For algorithms of PKCS#5: UTF-8 (RFC 9579 §3).</summary>
    public byte[] Pkcs5Bytes => Encoding.UTF8.GetBytes(Text ?? "");

    // A record would print the password.
    public override string ToString() => nameof(Pkcs12Password);
}
