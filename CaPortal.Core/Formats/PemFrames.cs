using System.Buffers;
using System.Text;

namespace CaPortal.Core.Formats;

/// <summary>Mends BEGIN and END lines that an editor or a person changed: dashes that are too few or of another kind, small letters.</summary>
internal static class PemFrames
{
    private const int MaxDashes = 40;
    private const int MaxLabel = 40;
    private const int BodyBegins = 60;

    private static readonly SearchValues<string> Words = SearchValues.Create(["BEGIN", "END"], StringComparison.OrdinalIgnoreCase);

    /// <summary>Hyphens, and the bytes of other dashes in UTF-8 and Windows-1252.</summary>
    private static readonly SearchValues<char> Dashes = SearchValues.Create("-_\u00e2\u0080\u0088\u0090\u0091\u0092\u0093\u0094\u0095\u0096\u0097");

    private static readonly HashSet<string> Labels = ["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE", "PKCS7", "CMS", "PKCS #7 SIGNED DATA"];

    /// <summary>The text with all such lines mended; null where none are changed.</summary>
    public static byte[]? Mended(ReadOnlySpan<byte> text, List<PemBlock> blocks)
    {
        foreach (var (start, end) in PemGaps.Between(text, blocks))
        {
            if (Mended(text[start..end]) is not null)
                return Mended(text);
        }

        // A block whose END line was changed goes on to the next BEGIN line.
        return blocks.Exists(b => b.Damage is not null && b.Length > 0) ? Mended(text) : null;
    }

    private static byte[]? Mended(ReadOnlySpan<byte> text)
    {
        // As characters, each of one byte, since words are searched for in small and capital letters.
        var characters = ArrayPool<char>.Shared.Rent(text.Length);
        Encoding.Latin1.GetChars(text, characters);
        var shown = characters.AsSpan(0, text.Length);
        MemoryStream? mended = null;
        var copied = 0;
        for (var position = 0; shown[position..].IndexOfAny(Words) is >= 0 and var at;)
        {
            position += at;
            if (FrameAt(shown, position) is not { } frame)
            {
                position += "END".Length;
                continue;
            }

            mended ??= new MemoryStream(text.Length);
            mended.Write(text[copied..Math.Max(copied, frame.Start)]); // Two lines may share the dashes between them.
            mended.Write(Encoding.ASCII.GetBytes(frame.Line));
            copied = position = frame.End;
        }

        mended?.Write(text[copied..]);
        ArrayPool<char>.Shared.Return(characters, clearArray: true);
        return mended?.ToArray();
    }

    /// <summary>The line around the word at <paramref name="position"/>; null where it is none, or begins as it must.</summary>
    private static (int Start, int End, string Line)? FrameAt(ReadOnlySpan<char> text, int position)
    {
        var isBegin = text[position] is 'B' or 'b';
        var word = isBegin ? "BEGIN" : "END";
        if (text[..position].EndsWith("-----") && text[position..].StartsWith(word) && text[(position + word.Length)..].StartsWith(" "))
            return null;
        var before = text[Math.Max(0, position - MaxDashes)..position].TrimEnd(' ');
        var dashes = before.Length - 1 - before.LastIndexOfAnyExcept(Dashes);
        var labelStart = position + word.Length;
        var behind = text[labelStart..Math.Min(text.Length, labelStart + MaxLabel + MaxDashes)];
        var labelLength = behind.IndexOfAny(Dashes);
        if (dashes == 0 || labelLength is < 1 or > MaxLabel)
            return null;
        var label = behind[..labelLength].ToString().Replace("\u00c2\u00a0", " ", StringComparison.Ordinal).Trim().ToUpperInvariant();
        var dashesBehind = behind[labelLength..].IndexOfAnyExcept(Dashes);
        dashesBehind = dashesBehind < 0 ? behind.Length - labelLength : dashesBehind;
        var end = labelStart + labelLength + dashesBehind;
        var start = position - (Math.Min(position, MaxDashes) - before.Length) - dashes;
        if (!Labels.Contains(label) || (isBegin && !text[end..Math.Min(text.Length, end + BodyBegins)].Contains("MI", StringComparison.Ordinal)))
            return null;
        return (start, end, $"-----{word} {label}-----");
    }
}
