namespace CaPortal.Hosting;

/// <summary>The name that somebody most likely meant who wrote one that nothing knows.</summary>
internal static class NearestName
{
    private const int MaxDistance = 3;

    /// <returns>The known name that is meant most likely; null if none is near.</returns>
    public static string? Of(string name, IReadOnlyCollection<string> known)
    {
        if (known.Count == 0)
            return null;
        if (name.Length > 1 && known.FirstOrDefault(k => k.StartsWith(name, StringComparison.OrdinalIgnoreCase)) is { } longer)
            return longer;
        var (nearest, distance) = known.Select(k => (Name: k, Distance: Distance(name, k))).MinBy(k => k.Distance);
        return distance <= Math.Min(MaxDistance, nearest.Length / 2) ? nearest : null;
    }

    /// <summary>
    /// How many characters must be inserted, deleted or replaced to make one of the other (Levenshtein), regardless of case.
    /// </summary>
    private static int Distance(string name, string known)
    {
        if (name.Length > known.Length + MaxDistance)
            return int.MaxValue;

        int[] row = [.. Enumerable.Range(0, known.Length + 1)];
        foreach (var (i, c) in name.Index())
        {
            var diagonal = row[0];
            row[0] = i + 1;
            for (var j = 1; j <= known.Length; j++)
            {
                var replaced = diagonal + (char.ToUpperInvariant(c) == char.ToUpperInvariant(known[j - 1]) ? 0 : 1);
                (diagonal, row[j]) = (row[j], Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1));
            }
        }

        return row[^1];
    }
}
