using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;
using CaPortal.Core.Certificates;

namespace CaPortal.Core.Formats;

/// <summary>
/// The body of a PEM block as mails, web pages and editors leave it behind: decoded where only one reading makes sense, else what
/// is in the way is named.
/// </summary>
internal static class PemBody
{
    private const string CopyAdvice = "Remove it, or copy the whole text again from the file that it is in.";
    private const int LongestEntity = 10;
    private const int LongestTag = 300;

    private static readonly SearchValues<byte> Digits = SearchValues.Create([.. Base64Text.Letters, (byte)'=']);

    /// <summary>The bytes; null if the body is not base64 in any way that is known.</summary>
    public static ReadOnlyMemory<byte>? Decode(ReadOnlySpan<byte> body)
    {
        // In base64 nothing follows an equals sign; quoted-printable has them everywhere (RFC 2045 §6.7).
        if (body.TrimEnd(" \t\r\n=\\\""u8).Contains((byte)'=') && Whole(FromQuotedPrintable(body)) is { } unquoted)
            return unquoted;
        var plain = Base64Text.Decode(WithoutHeaders(body));
        if (plain is { } decoded && Asn1Guard.FirstElementLength(decoded.Span) is not null)
            return plain;
        return body.IsEmpty ? plain : Cured(body) ?? plain;
    }

    /// <summary>The bytes of a body that web pages or editors changed; null if they are no whole certificate or collection.</summary>
    public static ReadOnlyMemory<byte>? Cured(ReadOnlySpan<byte> body)
    {
        var shown = WithoutInvisible(FromHtml(body));
        return Whole(shown) ?? Whole(WithoutPrefixes(shown));
    }

    /// <summary>What is in the way of reading the body, and what to do; null if that is not known.</summary>
    /// <param name="body">The body.</param>
    /// <param name="line">The line of its BEGIN line.</param>
    public static (string Reason, string Advice)? Obstacle(ReadOnlySpan<byte> body, int line)
    {
        if (body.IndexOf("..."u8) >= 0 || body.IndexOf("\u2026"u8) >= 0)
            return ("a part of its text was left out and shown as “...”",
                "Copy the whole text from the certificate’s own file; a page or a log shows it shortened.");
        var rest = WithoutHeaders(body);
        while (rest.IndexOfAnyExcept(Digits) is >= 0 and var at)
        {
            rest = rest[at..];
            if (Rune.DecodeFromUtf8(rest, out var rune, out var length) != OperationStatus.Done)
                rune = Rune.ReplacementChar;
            if (!Rune.IsWhiteSpace(rune) && !(rune.IsAscii && "\"',;>|\\\0".Contains((char)rune.Value)))
            {
                var number = line + body[..^rest.Length].Count((byte)'\n');
                var shown =
                    rune == Rune.ReplacementChar ? "a character that is not UTF-8"
                    : DisplayText.HasInvisible(rune.ToString()) ? $"the character U+{rune.Value:X4}"
                    : $"“{rune}” (U+{rune.Value:X4})";
                return (string.Create(CultureInfo.InvariantCulture, $"line {number} has {shown}, which does not belong there"), CopyAdvice);
            }

            rest = rest[length..];
        }

        return null;
    }

    /// <summary>The bytes where they are one whole element, with OpenSSL's trust settings or without.</summary>
    private static ReadOnlyMemory<byte>? Whole(ReadOnlySpan<byte> text)
    {
        var content = Base64Text.Decode(text) ?? default;
        var length = Asn1Guard.FirstElementLength(content.Span);
        return length == content.Length || (length is { } end && OpenSslTrust.Read(content[end..]) is not null) ? content : default(ReadOnlyMemory<byte>?);
    }

    private static byte[] FromQuotedPrintable(ReadOnlySpan<byte> body)
    {
        var decoded = new MemoryStream(body.Length);
        for (var i = 0; i < body.Length; i++)
        {
            if (body[i] != '=')
                decoded.WriteByte(body[i]);
            else if (i + 2 < body.Length && byte.TryParse(body.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, null, out var code))
            {
                decoded.WriteByte(code);
                i += 2;
            }
        }

        return decoded.ToArray();
    }

    /// <summary>The text that a browser shows: without tags, and with entities replaced by their characters.</summary>
    private static byte[] FromHtml(ReadOnlySpan<byte> body)
    {
        var shown = new MemoryStream(body.Length);
        for (var i = 0; i < body.Length; i++)
        {
            var end = body[i] switch
            {
                (byte)'<' => body[i..Math.Min(body.Length, i + LongestTag)].IndexOf((byte)'>'),
                (byte)'&' => body[i..Math.Min(body.Length, i + LongestEntity)].IndexOf((byte)';'),
                _ => -1,
            };
            if (end < 0)
            {
                shown.WriteByte(body[i]);
                continue;
            }

            if (body[i] == '&')
                shown.Write(Encoding.UTF8.GetBytes(Entity(Encoding.Latin1.GetString(body.Slice(i, end + 1)))));
            i += end;
        }

        return shown.ToArray();
    }

    /// <summary>.NET knows the entities of HTML 4, which had no names for what is in base64.</summary>
    private static string Entity(string entity) => entity switch
    {
        "&plus;" => "+",
        "&sol;" => "/",
        "&equals;" => "=",
        "&NewLine;" or "&Tab;" => "\n",
        _ => WebUtility.HtmlDecode(entity),
    };

    /// <summary>Without characters that are not drawn, and other spaces than the usual one.</summary>
    private static byte[] WithoutInvisible(ReadOnlySpan<byte> body)
    {
        if (!body.ContainsAnyExceptInRange((byte)0, (byte)0x7f))
            return body.ToArray();
        var visible = new MemoryStream(body.Length);
        for (var rest = body; !rest.IsEmpty;)
        {
            _ = Rune.DecodeFromUtf8(rest, out var rune, out var length);
            if (rune.IsAscii || !(Rune.IsWhiteSpace(rune) || Rune.GetUnicodeCategory(rune) == UnicodeCategory.Format))
                visible.Write(rest[..length]);
            rest = rest[length..];
        }

        return visible.ToArray();
    }

    /// <summary>Without the numbers, bullets and quote marks that each line begins with.</summary>
    private static byte[] WithoutPrefixes(ReadOnlySpan<byte> body)
    {
        var bare = new MemoryStream(body.Length);
        var isDifference = body.TrimStart(" \t\r\n"u8).StartsWith("+MI"u8);
        foreach (var range in body.SplitAny("\r\n"u8))
        {
            var line = body[range].TrimStart(" \t"u8);
            var number = line[..(line.IndexOfAnyExceptInRange((byte)'0', (byte)'9') is >= 0 and var end ? end : line.Length)];
            var behind = line[number.Length..];
            // Digits belong to base64: they are a number only where something else separates them from the text.
            if (!number.IsEmpty && behind.Length > 0 && " \t:.)|]".Contains((char)behind[0]))
                line = behind[1..];
            line = line.TrimStart(" \t:.)|]>*#-\u2022\u2013\u25e6\u25aa"u8);
            bare.Write(isDifference && line.StartsWith((byte)'+') ? line[1..] : line);
        }

        return bare.ToArray();
    }

    /// <summary>The body behind RFC 1421 headers (<c>Proc-Type: 4,ENCRYPTED</c>), which end with an empty line.</summary>
    private static ReadOnlySpan<byte> WithoutHeaders(ReadOnlySpan<byte> body)
    {
        var lastColon = body.LastIndexOf((byte)':');
        if (lastColon < 0)
            return body;
        var lineEnd = body[lastColon..].IndexOfAny((byte)'\n', (byte)'\r');
        return lineEnd < 0 ? body : body[(lastColon + lineEnd)..];
    }
}
