using System.Buffers;
using System.Buffers.Text;
using System.Globalization;

namespace CaPortal.Core.Formats;

/// <summary>Decodes base64 as it is found in the wild: any white space, JSON escapes, quotes, quote marks of mails, missing padding.</summary>
internal static class Base64Text
{
    /// <summary>The characters of base64, without the padding (RFC 4648 §4).</summary>
    public static readonly SearchValues<byte> Alphabet = SearchValues.Create(Letters);

    private static readonly SearchValues<byte> Surroundings = SearchValues.Create(" \t\r\n\f\v=\"',;>|\0"u8);

    /// <summary>The characters of <see cref="Alphabet"/>, for those who look for others too.</summary>
    public static ReadOnlySpan<byte> Letters => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"u8;

    /// <summary>The bytes; null where the text is not base64.</summary>
    public static ReadOnlyMemory<byte>? Decode(ReadOnlySpan<byte> text)
    {
        var decoded = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length) + 3];
        if (Base64.DecodeFromUtf8(text, decoded, out _, out var written) == OperationStatus.Done)
            return decoded.AsMemory(0, written);

        var cleaned = new byte[text.Length + 3];
        if (Clean(text, cleaned) is not { } length || length % 4 == 1)
            return null;
        while (length % 4 != 0)
            cleaned[length++] = (byte)'=';
        if (Base64.DecodeFromUtf8(cleaned.AsSpan(0, length), decoded, out _, out written) != OperationStatus.Done)
            return null;
        return decoded.AsMemory(0, written);
    }

    /// <summary>Copies the digits alone; null where there is something that neither belongs to base64 nor surrounds it.</summary>
    private static int? Clean(ReadOnlySpan<byte> text, Span<byte> digits)
    {
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (Alphabet.Contains(c))
                digits[length++] = c;
            else if (c == '\\')
                i += Escape(text[i..], digits, ref length) - 1;
            else if (c == 0xc2 && text[i..].StartsWith("\u00a0"u8))
                i++;
            else if (!Surroundings.Contains(c))
                return null;
        }

        return length;
    }

    /// <summary>A JSON escape, also an escaped one, or the continuation of a line; the number of bytes that it takes.</summary>
    private static int Escape(ReadOnlySpan<byte> text, Span<byte> digits, ref int length)
    {
        const int codeDigits = 4;
        var slashes = text.IndexOfAnyExcept((byte)'\\');
        if (slashes < 0)
            return text.Length;
        var rest = text[slashes..];
        if (rest.Length > codeDigits && rest[0] == 'u' && int.TryParse(rest.Slice(1, codeDigits), NumberStyles.AllowHexSpecifier, null, out var code))
        {
            if (code < 128 && Alphabet.Contains((byte)code))
                digits[length++] = (byte)code;
            return slashes + 1 + codeDigits;
        }

        return rest[0] is (byte)'n' or (byte)'r' or (byte)'t' ? slashes + 1 : slashes;
    }
}
