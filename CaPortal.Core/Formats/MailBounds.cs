using System.Buffers;
using System.Text;

namespace CaPortal.Core.Formats;

/// <summary>
/// What an e-mail may make its parser do: that builds all parts and headers before it hands out the first, and copies a long header
/// with each of its lines.
/// </summary>
internal static class MailBounds
{
    /// <summary>Lines that begin with two hyphens: those between parts do, and the BEGIN and END lines of PEM.</summary>
    private const int MaxParts = 20_000;

    private const int MaxHeaderLines = 100_000;

    /// <summary>Bytes in the headers of one part. Headers hold no certificates.</summary>
    private const int MaxHeader = 64 * 1024;

    private const int MaxHeaders = 2 * 1024 * 1024;

    private static readonly SearchValues<byte> NameCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"u8);

    /// <summary>What the e-mail has too much of, as the end of a sentence; null if it may be parsed.</summary>
    public static string? Excess(ReadOnlySpan<byte> text)
    {
        var (parts, lines, bytes, section) = (0, 0, 0, 0);
        var (isHeader, hasMessages, isAfterHeader) = (true, false, false);
        foreach (var range in text.Split((byte)'\n'))
        {
            var line = text[range].TrimEnd((byte)'\r');
            if (line.StartsWith("--"u8))
            {
                if (++parts > MaxParts)
                    return $"more than {MaxParts:N0} lines that may begin a part";
                (isHeader, section) = (true, 0);
                continue;
            }

            if (line.IsEmpty)
            {
                // A message in the message has headers of its own.
                isAfterHeader = isHeader && hasMessages;
                isHeader = false;
                continue;
            }

            if (isAfterHeader)
                (isHeader, section, isAfterHeader) = (MayBeHeader(line), 0, false);
            if (!isHeader)
                continue;
            section += line.Length;
            bytes += line.Length;
            if (section > MaxHeader || bytes > MaxHeaders)
                return $"headers of more than {(section > MaxHeader ? MaxHeader : MaxHeaders):N0} bytes";
            if (++lines > MaxHeaderLines)
                return $"more than {MaxHeaderLines:N0} lines of headers";
            hasMessages |= NamesMessage(Encoding.Latin1.GetString(line));
        }

        return null;
    }

    /// <summary>Whether the line is a header's: a name and a colon.</summary>
    public static bool IsHeader(ReadOnlySpan<byte> line) => line.IndexOfAnyExcept(NameCharacters) is > 0 and var colon && line[colon] == ':';

    /// <summary>Whether the parser may take the line for the first of a message: an odd name, or a mailbox's own line.</summary>
    private static bool MayBeHeader(ReadOnlySpan<byte> line) => line.Contains((byte)':') || line.TrimStart((byte)'>').StartsWith("From "u8);

    /// <summary>Whether a header names the type of a message, or of parts that are messages (RFC 2046 §5.1.5, §5.2.1). <c>Message-ID</c> is in all.</summary>
    private static bool NamesMessage(string line) =>
        line.Replace("message-", "", StringComparison.OrdinalIgnoreCase).Contains("message", StringComparison.OrdinalIgnoreCase)
        || line.Contains("digest", StringComparison.OrdinalIgnoreCase);
}
