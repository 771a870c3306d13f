using System.Text.Json;
using CaPortal.Core.Certificates;

namespace CaPortal.Api;

/// <summary>Names of what a request says. One that is misspelt would be passed over, and the request would do something else than what was asked for.</summary>
internal static class FieldNames
{
    private const int MaxDistance = 3;

    /// <exception cref="BadHttpRequestException">One of the names is not known.</exception>
    public static void RequireKnown(IEnumerable<string> names, IReadOnlyCollection<string> known)
    {
        if (names.FirstOrDefault(n => !known.Contains(n, StringComparer.OrdinalIgnoreCase)) is not { } unknown)
            return;
        var hint = Nearest(unknown, known) is { } nearest ? $" Did you mean '{nearest}'?" : "";
        throw new BadHttpRequestException($"'{DisplayText.Shorten(unknown)}' is not a field of this request.{hint} Its fields are {string.Join(", ", known)}. Nothing was changed.");
    }

    /// <summary>As <see cref="RequireKnown(IEnumerable{string}, IReadOnlyCollection{string})"/>, for a JSON object that is to be read as <typeparamref name="T"/>.</summary>
    /// <exception cref="BadHttpRequestException">One of its names is not known.</exception>
    /// <exception cref="InvalidOperationException">One of its names is no text.</exception>
    public static void RequireKnown<T>(JsonElement body)
    {
        if (body.ValueKind == JsonValueKind.Object)
            RequireKnown(body.EnumerateObject().Select(p => p.Name), [.. JsonSerializerOptions.Web.GetTypeInfo(typeof(T)).Properties.Select(p => p.Name)]);
    }

    private static string? Nearest(string name, IEnumerable<string> known)
    {
        var (nearest, distance) = known.Select(k => (Name: k, Distance: Distance(name, k))).MinBy(k => k.Distance);
        return distance <= Math.Min(MaxDistance, nearest.Length / 2) ? nearest : null;
    }

    /// <summary>How many characters have to be inserted, deleted or replaced to make one of the other (Levenshtein), whatever their case.</summary>
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
