using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using CaPortal.Core.Certificates;
using CaPortal.Hosting;

namespace CaPortal.Api;

/// <summary>Names of what a request says. One that is misspelt would be passed over, and the request would do something else than what was asked for.</summary>
internal static class FieldNames
{
    /// <param name="names">The names that the request has.</param>
    /// <param name="known">Those that it may have.</param>
    /// <param name="what">What they are names of.</param>
    /// <exception cref="BadHttpRequestException">One of the names is not known.</exception>
    public static void RequireKnown(IEnumerable<string> names, IReadOnlyCollection<string> known, string what = "field")
    {
        if (names.FirstOrDefault(n => !known.Contains(n, StringComparer.OrdinalIgnoreCase)) is not { } unknown)
            return;
        var hint = NearestName.Of(unknown, known) is { } nearest ? $" Did you mean '{nearest}'?" : "";
        var all = known.Count == 0 ? $"It has no {what}s; what it takes is sent in the body, if anything." : $"Its {what}s are {string.Join(", ", known)}.";
        throw new BadHttpRequestException($"'{DisplayText.Shorten(unknown)}' is no {what} of this request.{hint} {all} Nothing was changed.");
    }

    /// <summary>
    /// As <see cref="RequireKnown(IEnumerable{string}, IReadOnlyCollection{string}, string)"/>, for a JSON object that will
    /// be read as <typeparamref name="T"/>, and for all objects in it.
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
}
