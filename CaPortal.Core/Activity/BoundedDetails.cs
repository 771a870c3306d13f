using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CaPortal.Core.Activity;

/// <summary>
/// The details of an entry as JSON, within a bound: the first items of each list, and the beginning of each text. What is not
/// kept is described by the number of items and the SHA-256 of the whole. If the whole is a list, it then becomes the
/// property <c>items</c> of an object.
/// </summary>
public static class BoundedDetails
{
    /// <summary>Bytes of JSON in UTF-8.</summary>
    internal const int MaxBytes = 64 * 1024;

    /// <summary>How shortened details are known in their text.</summary>
    internal const string Mark = "\"shortened\":{\"bytes\":";

    private const string Items = "items";
    private const string InAll = "InAll";
    private const string Shortened = "shortened";

    private const int FirstMost = 512;

    /// <summary>SHA-256 as hexadecimal digits: half a fingerprint is none.</summary>
    private const int LeastText = 64;

    /// <summary>Writes them.</summary>
    internal static string Of(object details)
    {
        var whole = JsonSerializer.SerializeToUtf8Bytes(details, ActivityLog.Json);
        if (whole.Length <= MaxBytes)
            return Encoding.UTF8.GetString(whole);

        var mark = new JsonObject { ["bytes"] = whole.Length, ["sha256OfAll"] = Convert.ToHexStringLower(SHA256.HashData(whole)) };
        var root = JsonNode.Parse(whole);
        var all = root is JsonArray list ? new JsonObject { [Items] = list } : root as JsonObject ?? [];
        for (var most = FirstMost; most > 0; most /= 2)
        {
            var kept = Shorten(all, most);
            kept.TryAdd(Shortened, mark.DeepClone());
            var bytes = JsonSerializer.SerializeToUtf8Bytes(kept, ActivityLog.Json);
            if (bytes.Length <= MaxBytes)
                return Encoding.UTF8.GetString(bytes);
        }

        return new JsonObject { [Shortened] = mark }.ToJsonString(ActivityLog.Json);
    }

    /// <summary>The items of details that are a list, shortened or not; none if they are none.</summary>
    public static IReadOnlyList<JsonElement> ItemsOf(JsonElement details) =>
        details.ValueKind == JsonValueKind.Array ? [.. details.EnumerateArray()] : ItemsOf(details, Items);

    /// <summary>The items that are kept of a list in an object; none if there is no such list.</summary>
    public static IReadOnlyList<JsonElement> ItemsOf(JsonElement item, string name) =>
        item.ValueKind == JsonValueKind.Object && item.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray()]
            : [];

    /// <summary>How many items details that are a list had.</summary>
    public static int CountOf(JsonElement details) => details.ValueKind == JsonValueKind.Array ? details.GetArrayLength() : CountOf(details, Items);

    /// <summary>How many items a list in an object had; 0 where there is no such list.</summary>
    public static int CountOf(JsonElement item, string name) =>
        item.ValueKind == JsonValueKind.Object
        && item.TryGetProperty($"{name}{InAll}", out var count)
        && count.ValueKind == JsonValueKind.Number
        && count.TryGetInt32(out var all)
            ? all
            : ItemsOf(item, name).Count;

    private static JsonNode? Shorten(JsonNode? node, int most) =>
        node switch
        {
            JsonObject item => Shorten(item, most),
            JsonArray list => new JsonArray([.. list.Take(most).Select(i => Shorten(i, most))]),
            JsonValue value when value.TryGetValue<string>(out var text) && text.Length > Math.Max(most, LeastText) => JsonValue.Create(
                Beginning(text, Math.Max(most, LeastText))),
            _ => node?.DeepClone(),
        };

    private static JsonObject Shorten(JsonObject item, int most)
    {
        var kept = new JsonObject();
        foreach (var (name, value) in item.Take(most))
        {
            kept[name] = Shorten(value, most);
            if (value is JsonArray list && list.Count > most)
                kept[$"{name}{InAll}"] = list.Count;
        }

        return kept;
    }

    private static string Beginning(string text, int length) => $"{text[..(length - (char.IsHighSurrogate(text[length - 1]) ? 1 : 0))]}…";
}
