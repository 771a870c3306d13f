using System.Text;

namespace CaPortal.Core.Formats;

/// <summary>
/// Text of any usual encoding as bytes in which ASCII is ASCII, also where files of several encodings were appended to
/// each other. Never made a string, because the file may hold a private key and a string cannot be wiped.
/// </summary>
internal static class FileText
{
    /// <summary>
    /// Bytes that are enough to recognise an encoding: eight characters of UTF-16, or as many bytes of plain text.
    /// </summary>
    private const int Sample = 16;

    /// <summary>The text's bytes; null if the content is not text. UTF-8 and Latin-1 are handed back as they are.</summary>
    public static ReadOnlyMemory<byte>? Read(ReadOnlyMemory<byte> content) =>
        Start(content, out var end) is var text && end == content.Length ? text : default(ReadOnlyMemory<byte>?);

    /// <summary>The text that the content begins with, up to where there is something that is no text.</summary>
    /// <param name="content">The file.</param>
    /// <param name="end">Where the text ends in the content.</param>
    public static ReadOnlyMemory<byte> Start(ReadOnlyMemory<byte> content, out int end)
    {
        end = content.Length;
        var bytes = content.Span;
        if (Utf32Of(bytes) is { } utf32)
            return Decoded(bytes[sizeof(int)..], utf32);
        if (Utf16At(bytes) is null && !bytes.Contains((byte)0))
            return bytes.StartsWith(Encoding.UTF8.Preamble) ? content[Encoding.UTF8.Preamble.Length..] : content;

        var text = new MemoryStream(content.Length);
        var isText = true;
        for (end = 0; isText && end < content.Length;)
        {
            var rest = content[end..];
            var encoding = Utf16At(rest.Span);
            (var length, isText) = encoding is null ? PlainLength(rest.Span) : (Utf16Length(rest, encoding), true);
            Append(text, rest.Span[..length], encoding);
            end += length;
        }

        return text.GetBuffer().AsMemory(0, (int)text.Length);
    }

    /// <summary>UTF-32 by its mark, which begins like that of UTF-16, but no text begins with a zero behind that.</summary>
    private static UTF32Encoding? Utf32Of(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith((ReadOnlySpan<byte>)[0xff, 0xfe, 0, 0]) ? new(bigEndian: false, byteOrderMark: true)
        : bytes.StartsWith((ReadOnlySpan<byte>)[0, 0, 0xfe, 0xff]) ? new(bigEndian: true, byteOrderMark: true)
        : null;

    /// <summary>UTF-16 by its mark, or because every other byte of the first characters is zero.</summary>
    private static UnicodeEncoding? Utf16At(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith((ReadOnlySpan<byte>)[0xff, 0xfe]) || LooksLikeUtf16(bytes, zeroAt: 1) ? LittleEndian
        : bytes.StartsWith((ReadOnlySpan<byte>)[0xfe, 0xff]) || LooksLikeUtf16(bytes, zeroAt: 0) ? BigEndian
        : null;

    private static UnicodeEncoding LittleEndian { get; } = new(bigEndian: false, byteOrderMark: true);

    private static UnicodeEncoding BigEndian { get; } = new(bigEndian: true, byteOrderMark: true);

    private static bool LooksLikeUtf16(ReadOnlySpan<byte> bytes, int zeroAt)
    {
        if (bytes.Length < Sample)
            return false;
        for (var i = 0; i < Sample; i += 2)
        {
            if (bytes[i + zeroAt] != 0 || bytes[i + 1 - zeroAt] == 0)
                return false;
        }

        return true;
    }

    /// <summary>
    /// The length of plain text, and whether other text follows. Zeros at the very end are how C programs write text; all others
    /// are no text.
    /// </summary>
    private static (int Length, bool IsFollowedByText) PlainLength(ReadOnlySpan<byte> bytes)
    {
        var zero = bytes.IndexOf((byte)0);
        if (zero < 0 || bytes[zero..].IndexOfAnyExcept((byte)0) < 0)
            return (bytes.Length, true);

        // A mark, and then a character that has the zero in it.
        var before = bytes[..zero];
        if (before is [.., 0xff, 0xfe, _])
            return (zero - 3, true);
        if (before is [.., 0xfe, 0xff])
            return (zero - 2, true);

        // Without a mark, the zero may be the second half of the character before it.
        var isAfterLine = zero == 0 || bytes[zero - 1] is (byte)'\n' or (byte)'\r';
        if (!isAfterLine && LooksLikeUtf16(bytes[(zero - 1)..], zeroAt: 1))
            return (zero - 1, true);
        if (zero > 0 && LooksLikeUtf16(bytes[zero..], zeroAt: 0))
            return (zero, true);

        // What is no text begins before its first zero, most likely on a line of its own.
        return (before.LastIndexOf((byte)'\n') + 1, false);
    }

    /// <summary>The length of UTF-16 text: up to text of another encoding, or to what begins like a file that is no text.</summary>
    private static int Utf16Length(ReadOnlyMemory<byte> content, UnicodeEncoding encoding)
    {
        var bytes = content.Span;
        var zeroAt = encoding == LittleEndian ? 1 : 0;
        for (var i = 2; i + 1 < bytes.Length; i += 2)
        {
            if (bytes[i + zeroAt] != 0 && EndsUtf16(content[i..], encoding))
                return i;
        }

        return bytes.Length;
    }

    private static bool EndsUtf16(ReadOnlyMemory<byte> rest, UnicodeEncoding encoding)
    {
        var bytes = rest.Span;
        return bytes.StartsWith(Encoding.UTF8.Preamble)
            || (Utf16At(bytes) is { } other && other != encoding)
            || (bytes.Length >= Sample && bytes[..Sample].IndexOfAnyExceptInRange((byte)'\t', (byte)'~') < 0)
            || (bytes[0] == 0x30 && bytes[1] is > 0x80 and < 0x85 && Asn1Guard.FirstElementLength(bytes) is not null)
            || JavaKeystoreFormat.HasMagic(rest);
    }

    private static void Append(MemoryStream text, ReadOnlySpan<byte> part, UnicodeEncoding? encoding)
    {
        if (encoding is null)
        {
            text.Write(part.StartsWith(Encoding.UTF8.Preamble) ? part[Encoding.UTF8.Preamble.Length..] : part);
            return;
        }

        // The mark is no text; half a character at the end may be a whole one of the text before.
        if (part.StartsWith(encoding.Preamble))
            part = part[encoding.Preamble.Length..];
        text.Write(Decoded(part[..(part.Length & ~1)], encoding));
        if (part.Length % 2 != 0 && part[^1] is > 0 and <= 0x7f)
            text.WriteByte(part[^1]);
    }

    private static byte[] Decoded(ReadOnlySpan<byte> text, Encoding encoding)
    {
        var characters = new char[encoding.GetCharCount(text)];
        encoding.GetChars(text, characters);
        var decoded = Encoding.UTF8.GetBytes(characters);
        Array.Clear(characters);
        return decoded;
    }
}
