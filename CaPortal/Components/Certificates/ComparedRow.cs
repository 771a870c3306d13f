using CaPortal.Core.Certificates;

namespace CaPortal.Components.Certificates;

/// <summary>One line of what a certificate says.</summary>
/// <param name="Text">The line.</param>
/// <param name="IsOther">The other certificate does not say it.</param>
public sealed record ComparedLine(string Text, bool IsOther);

/// <summary>One thing that two certificates say, line by line.</summary>
/// <param name="Label">What it is.</param>
/// <param name="First">What the first says; null if it says nothing of that.</param>
/// <param name="Second">What the second says; null if it says nothing of that.</param>
/// <param name="IsSame">Both say the same.</param>
public sealed record ComparedRow(string Label, IReadOnlyList<ComparedLine>? First, IReadOnlyList<ComparedLine>? Second, bool IsSame)
{
    /// <summary>Marks what differs.</summary>
    public static ComparedRow Of(ComparedValue value)
    {
        var (first, second) = (value.First?.Split('\n'), value.Second?.Split('\n'));
        if (!value.IsSame && value.First == value.Second)
            return new ComparedRow(value.Label, [.. Lines(first), new("Differs in what is not shown here", IsOther: true)], Lines(second), IsSame: false);
        return new ComparedRow(value.Label, Marked(first, second, value.IsSame), Marked(second, first, value.IsSame), value.IsSame);
    }

    private static IReadOnlyList<ComparedLine> Lines(string[]? lines) => [.. (lines ?? []).Select(l => new ComparedLine(l, IsOther: false))];

    private static IReadOnlyList<ComparedLine>? Marked(string[]? lines, string[]? others, bool isSame)
    {
        if (lines is null)
            return null;
        var known = others?.ToHashSet() ?? [];

        // The same lines in another order, or more often, are another value too.
        var areAllMarked = !isSame && others is not null && lines.All(known.Contains) && others.All(lines.ToHashSet().Contains);
        return [.. lines.Select(l => new ComparedLine(l, !isSame && (areAllMarked || !known.Contains(l))))];
    }
}
