using System.Buffers;

namespace CaPortal.Core.Formats;

/// <summary>The text around and between PEM blocks, in which a certificate may be without its BEGIN and END lines.</summary>
internal static class PemGaps
{
    private const int Shortest = 24;
    private const int FirstLine = 40;
    private const int SmallestCertificate = 200;

    private static readonly SearchValues<byte> Run = SearchValues.Create([.. Base64Text.Letters, .. "= \t\r\n"u8]);

    /// <summary>What begins each DER element of the size that certificates have.</summary>
    private static ReadOnlySpan<byte> Beginning => "MII"u8;

    /// <summary>Where the gaps are that are long enough to hold anything, in their order.</summary>
    public static List<(int Start, int End)> Between(ReadOnlySpan<byte> text, List<PemBlock> blocks)
    {
        var gaps = new List<(int Start, int End)>();
        var start = 0;
        foreach (var block in blocks)
        {
            Add(start, block.Start, gaps);
            start = block.Start + block.Length;
        }

        Add(start, text.Length, gaps);
        return gaps;
    }

    /// <summary>The blocks, and those in the gaps that have neither BEGIN nor END; in the order of the text.</summary>
    public static List<PemBlock> WithBareBlocks(ReadOnlySpan<byte> text, List<PemBlock> blocks, int max)
    {
        var bare = new List<PemBlock>();
        var lines = new PemScanner.LineCounter();
        foreach (var (start, end) in Between(text, blocks))
        {
            var position = start;
            while (bare.Count <= max && text[position..end].IndexOf(Beginning) is >= 0 and var at)
            {
                position += at;
                var isFirst = position == start || !Base64Text.Alphabet.Contains(text[position - 1]);
                var length =
                    isFirst && end - position >= SmallestCertificate && text.Slice(position, FirstLine).IndexOfAnyExcept(Base64Text.Alphabet) < 0
                        ? RunLength(text[position..end])
                        : 0;
                if (length >= SmallestCertificate)
                    bare.Add(new("CERTIFICATE", position, length, lines.At(text, position), "its BEGIN and END lines are missing") { IsBare = true });
                position += Math.Max(length, Beginning.Length);
            }
        }

        return bare.Count == 0 ? blocks : [.. blocks.Concat(bare).OrderBy(b => b.Start)];
    }

    private static int RunLength(ReadOnlySpan<byte> text) => text.IndexOfAnyExcept(Run) is >= 0 and var length ? length : text.Length;

    private static void Add(int start, int end, List<(int Start, int End)> gaps)
    {
        if (end - start >= Shortest)
            gaps.Add((start, end));
    }
}
