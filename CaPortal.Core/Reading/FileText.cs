using System.Text;

namespace CaPortal.Core.Reading;

/// <summary>
/// Text of any usual encoding as bytes in which ASCII is ASCII. Never made a string, because the file may hold a
/// private key and a string cannot be wiped.
/// </summary>
internal static class FileText
{
    /// <summary>The text's bytes; null where the content is not text. UTF-8 and Latin-1 are handed back as they are.</summary>
    public static ReadOnlyMemory<byte>? Read(ReadOnlyMemory<byte> content)
    {
        var bytes = content.Span;
        var encoding =
            bytes.StartsWith((ReadOnlySpan<byte>)[0xff, 0xfe]) || LooksLikeUtf16(bytes, zeroAt: 1) ? Encoding.Unicode
            : bytes.StartsWith((ReadOnlySpan<byte>)[0xfe, 0xff]) || LooksLikeUtf16(bytes, zeroAt: 0) ? Encoding.BigEndianUnicode
            : null;
        var text = encoding is null ? content : Narrow(bytes, encoding);
        if (text.Span.StartsWith(Encoding.UTF8.Preamble))
            text = text[Encoding.UTF8.Preamble.Length..];
        // A zero at the very end is how C programs write text; anywhere else it is not text.
        return text.Span.TrimEnd((byte)0).Contains((byte)0) ? default(ReadOnlyMemory<byte>?) : text;
    }

    private static bool LooksLikeUtf16(ReadOnlySpan<byte> bytes, int zeroAt)
    {
        const int sample = 16;
        if (bytes.Length < sample || bytes.Length % 2 != 0)
            return false;
        for (var i = 0; i < sample; i += 2)
        {
            if (bytes[i + zeroAt] != 0 || bytes[i + 1 - zeroAt] == 0)
                return false;
        }

        return true;
    }

    /// <summary>UTF-8 of UTF-16 text, without its byte order mark.</summary>
    private static byte[] Narrow(ReadOnlySpan<byte> bytes, Encoding utf16)
    {
        var characters = new char[utf16.GetCharCount(bytes)];
        utf16.GetChars(bytes, characters);
        var text = Encoding.UTF8.GetBytes(characters);
        Array.Clear(characters);
        return text;
    }
}
