namespace CaPortal.Core.TrustStores;

/// <summary>Finds the PEM blocks in a text.</summary>
internal static class PemBlocks
{
    /// <summary>What delimiters begin and end with.</summary>
    public const string Dashes = "-----";

    private const string Begin = Dashes + "BEGIN ";
    private const string End = Dashes + "END ";

    /// <summary>
    /// The blocks in their order, broken ones too. The time is proportional to the length of any text: each search ends at
    /// the next run of dashes, so that thousands of BEGIN lines without an END cost no more than others.
    /// </summary>
    public static IEnumerable<Range> Find(string text)
    {
        var position = 0;
        while (FindFrom(text, Begin, position) is var begin and >= 0)
        {
            position = EndOfBlock(text, begin);
            yield return begin..position;
        }
    }

    private static int EndOfBlock(string text, int begin)
    {
        var afterLabel = FindFrom(text, Dashes, begin + Begin.Length);
        if (afterLabel < 0)
            return text.Length;

        var end = FindFrom(text, Dashes, afterLabel + Dashes.Length);
        if (end < 0)
            return text.Length;
        if (!text.AsSpan(end).StartsWith(End))
            return end;

        var afterEnd = FindFrom(text, Dashes, end + End.Length);
        return afterEnd < 0 ? text.Length : afterEnd + Dashes.Length;
    }

    private static int FindFrom(string text, string value, int start) =>
        start >= text.Length ? -1 : text.IndexOf(value, start, StringComparison.Ordinal);
}
