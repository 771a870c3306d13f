using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using CaPortal.Core.Certificates;

namespace CaPortal.Api;

/// <summary>Names of what a request says. One that is misspelt would be passed over, and the request would do something else than what was asked for.</summary>
internal static class FieldNames
{
    private const int MaxDistance = 3;

    /// <param name="names">The names that the request has.</param>
    /// <param name="known">Those that it may have.</param>
    /// <param name="what">What they are names of.</param>
    /// <exception cref="BadHttpRequestException">One of the names is not known.</exception>
    public static void RequireKnown(IEnumerable<string> names, IReadOnlyCollection<string> known, string what = "field")
    {
        if (names.FirstOrDefault(n => !known.Contains(n, StringComparer.OrdinalIgnoreCase)) is not { } unknown)
            return;
        var hint = Nearest(unknown, known) is { } nearest ? $" Did you mean '{nearest}'?" : "";
        var all = known.Count == 0 ? $"It has no {what}s; what it takes is sent in the body, if anything." : $"Its {what}s are {string.Join(", ", known)}.";
        throw new BadHttpRequestException($"'{DisplayText.Shorten(unknown)}' is no {what} of this request.{hint} {all} Nothing was changed.");
    }

    /// <summary>
    /// As <see cref="RequireKnown(IEnumerable{string}, IReadOnlyCollection{string}, string)"/>, for a JSON object that is to be
    /// read as <typeparamref name="T"/>, and for all objects in it.
    /// </summary>
    /// <exception cref="BadHttpRequestException">One of its names is not known.</exception>
    /// <exception cref="InvalidOperationException">One of its names is no text.</exception>
    public static void RequireKnown<T>(JsonElement body) => RequireKnown(body, typeof(T));

    private static void RequireKnown(JsonElement body, Type type)
    {
        var info = JsonSerializerOptions.Web.GetTypeInfo(type);
        if (body.ValueKind == JsonValueKind.Array && info.ElementType is { } element)
        {
            foreach (var item in body.EnumerateArray())
                RequireKnown(item, element);
        }

        if (body.ValueKind != JsonValueKind.Object || info.Kind != JsonTypeInfoKind.Object)
            return;
        RequireKnown(body.EnumerateObject().Select(p => p.Name), [.. info.Properties.Select(p => p.Name)]);
        foreach (var property in body.EnumerateObject())
            RequireKnown(property.Value, info.Properties.First(p => p.Name.Equals(property.Name, StringComparison.OrdinalIgnoreCase)).PropertyType);
    }

    private static string? Nearest(string name, IReadOnlyCollection<string> known)
    {
        if (known.Count == 0)
            return null;
        if (name.Length > 1 && known.FirstOrDefault(k => k.StartsWith(name, StringComparison.OrdinalIgnoreCase)) is { } longer)
            return longer;
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
