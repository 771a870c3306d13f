using System.Text;

namespace CaPortal.Core.Formats;

/// <summary>One PEM block as it is in the file.</summary>
/// <param name="Label">The words of its BEGIN line.</param>
/// <param name="Start">Where its body starts in the text.</param>
/// <param name="Length">The length of its body.</param>
/// <param name="Line">The line of its BEGIN line, counted from 1.</param>
/// <param name="Damage">What is wrong with its frame; null if it is whole.</param>
internal sealed record PemBlock(string Label, int Start, int Length, int Line, string? Damage)
{
    /// <summary>It has neither a BEGIN nor an END line.</summary>
    public bool IsBare { get; init; }
}

/// <summary>Finds PEM blocks (RFC 7468) in one pass, however broken the text is.</summary>
internal static class PemScanner
{
    private const int MaxLabel = 64;

    private static ReadOnlySpan<byte> Dashes => "-----"u8;

    private static ReadOnlySpan<byte> BeginMark => "-----BEGIN "u8;

    private static ReadOnlySpan<byte> EndMark => "-----END "u8;

    /// <summary>The blocks in the order of the text; stops after <paramref name="max"/> + 1 of them.</summary>
    public static List<PemBlock> Scan(ReadOnlySpan<byte> text, int max, CancellationToken cancellationToken)
    {
        var blocks = new List<PemBlock>();
        var lines = new LineCounter();
        var position = 0;
        while (blocks.Count <= max && NextMark(text, position) is { } mark)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var line = lines.At(text, mark.Start);
            if (!mark.IsBegin)
            {
                blocks.Add(new(mark.Label, mark.After, 0, line, "its BEGIN line is missing"));
                position = mark.After;
                continue;
            }

            var next = NextMark(text, mark.After);
            var end = next?.Start ?? text.Length;
            var isClosed = next is { IsBegin: false };
            blocks.Add(new(mark.Label, mark.After, end - mark.After, line, isClosed ? null : "its END line is missing"));
            // Glued blocks may share the five dashes between them.
            position = isClosed ? next!.Value.After - (next.Value.HasDashesAfter ? Dashes.Length : 0) : end;
        }

        return blocks;
    }

    private static Mark? NextMark(ReadOnlySpan<byte> text, int from)
    {
        while (true)
        {
            var at = text[from..].IndexOf(Dashes);
            if (at < 0)
                return null;
            var start = from + at;
            // Of a longer row of dashes the last five count.
            var row = text[start..].IndexOfAnyExcept((byte)'-');
            if (row < 0)
                return null;
            var mark = start + row - Dashes.Length;
            var isBegin = text[mark..].StartsWith(BeginMark);
            if (!isBegin && !text[mark..].StartsWith(EndMark))
            {
                from = start + row;
                continue;
            }

            var label = mark + (isBegin ? BeginMark : EndMark).Length;
            var window = text[label..Math.Min(text.Length, label + MaxLabel + Dashes.Length)];
            var length = window.IndexOfAny("-\r\n\\"u8);
            var hasDashes = length >= 0 && window[length..].StartsWith(Dashes);
            length = length < 0 ? 0 : length;
            return new(mark, label + length + (hasDashes ? Dashes.Length : 0), isBegin, Encoding.ASCII.GetString(window[..length]).Trim(), hasDashes);
        }
    }

    private readonly record struct Mark(int Start, int After, bool IsBegin, string Label, bool HasDashesAfter);

    /// <summary>Line numbers of growing positions, each byte looked at once; CR, LF and CRLF end a line.</summary>
    internal struct LineCounter
    {
        private int _position;
        private int _line;

        public int At(ReadOnlySpan<byte> text, int position)
        {
            var passed = text[_position..position];
            for (var i = passed.IndexOfAny((byte)'\n', (byte)'\r'); i >= 0;)
            {
                _line++;
                i += passed[i..].StartsWith("\r\n"u8) ? 2 : 1;
                var next = passed[i..].IndexOfAny((byte)'\n', (byte)'\r');
                i = next < 0 ? -1 : i + next;
            }

            _position = position;
            return _line + 1;
        }
    }
}
