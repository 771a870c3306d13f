using System.Globalization;
using System.Text;

namespace CaPortal.Core.Certificates;

/// <summary>
/// Makes texts from certificates and files safe to show and to log. The person who made the certificate chose them. They
/// could hold control characters that forge log lines, or writing-direction marks that make one name look like another.
/// </summary>
public static class DisplayText
{
    /// <summary>The length at which names inside a sentence are cut.</summary>
    public const int NameLength = 100;

    // Letters and marks by category, but nothing is drawn for them.
    private static readonly HashSet<int> Blank = [0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0];

    /// <summary>
    /// The text with every character that is not drawn, or that changes how others are drawn, written as its code
    /// point: <c>\u{202E}</c>.
    /// </summary>
    public static string Visible(string text) => Shorten(text, int.MaxValue);

    /// <summary><see cref="Visible"/>, with <c>…</c> in place of what goes beyond <paramref name="maxLength"/> characters.</summary>
    public static string Shorten(string text, int maxLength = NameLength)
    {
        if (text.Length <= maxLength && !HasInvisible(text))
            return text;

        var shown = new StringBuilder();
        foreach (var (position, length, codePoint) in CodePoints(text))
        {
            var piece = IsInvisible(codePoint) ? $"\\u{{{codePoint:X4}}}" : text.Substring(position, length);
            if (piece.Length > maxLength - shown.Length)
                return shown.Append('…').ToString();
            shown.Append(piece);
        }

        return shown.ToString();
    }

    /// <summary>Whether there is a character that <see cref="Visible"/> writes as its code point.</summary>
    public static bool HasInvisible(string text)
    {
        if (System.Text.Ascii.IsValid(text) && !text.AsSpan().ContainsAnyInRange('\0', '\x1F') && !text.Contains('\x7F'))
            return false;

        return CodePoints(text).Any(c => IsInvisible(c.CodePoint));
    }

    private static IEnumerable<(int Position, int Length, int CodePoint)> CodePoints(string text)
    {
        for (var i = 0; i < text.Length;)
        {
            var isPair = char.IsSurrogatePair(text, i);
            yield return (i, isPair ? 2 : 1, isPair ? char.ConvertToUtf32(text, i) : text[i]);
            i += isPair ? 2 : 1;
        }
    }

    /// <summary>Whether <see cref="Visible"/> writes it as its code point.</summary>
    internal static bool IsInvisible(int codePoint) =>
        Blank.Contains(codePoint)
        || codePoint is (>= 0xFE00 and <= 0xFE0F) or (>= 0xE0000 and <= 0xE0FFF)
        || CharUnicodeInfo.GetUnicodeCategory(codePoint) is UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate;
}
