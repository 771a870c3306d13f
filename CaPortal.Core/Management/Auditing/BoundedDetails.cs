using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using CaPortal.Core.Activity;

namespace CaPortal.Core.Management.Auditing;

/// <summary>
/// Details of an entry that anybody can cause, within a bound: of each list the first items, and of each text the beginning.
/// How many items there were, and the SHA-256 of the whole, tell what is not kept.
/// </summary>
internal static class BoundedDetails
{
    /// <summary>Bytes of JSON in UTF-8.</summary>
    public const int MaxBytes = 64 * 1024;

    private const int FirstMost = 512;

    public static JsonElement Of(object details)
    {
        var whole = JsonSerializer.SerializeToUtf8Bytes(details, ActivityLog.Json);
        for (var most = FirstMost; whole.Length > MaxBytes && most > 0; most /= 2)
        {
            var shortened = Shorten(JsonNode.Parse(whole), most) as JsonObject ?? [];
            shortened["shortened"] = new JsonObject { ["bytes"] = whole.Length, ["sha256OfAll"] = Convert.ToHexStringLower(SHA256.HashData(whole)) };
            var bytes = JsonSerializer.SerializeToUtf8Bytes(shortened, ActivityLog.Json);
            if (bytes.Length <= MaxBytes)
                return JsonSerializer.Deserialize<JsonElement>(bytes);
        }

        return whole.Length <= MaxBytes ? JsonSerializer.Deserialize<JsonElement>(whole) : JsonSerializer.SerializeToElement(new { Shortened = new { Bytes = whole.Length } }, ActivityLog.Json);
    }

    private static JsonNode? Shorten(JsonNode? node, int most) => node switch
    {
        JsonObject item => ShortenObject(item, most),
        JsonArray list => new JsonArray([.. list.Take(most).Select(i => Shorten(i, most))]),
        JsonValue value when value.TryGetValue<string>(out var text) && text.Length > most => JsonValue.Create($"{text[..(most - (char.IsHighSurrogate(text[most - 1]) ? 1 : 0))]}…"),
        _ => node?.DeepClone(),
    };

    private static JsonObject ShortenObject(JsonObject item, int most)
    {
        var kept = new JsonObject();
        foreach (var (name, value) in item.Take(most))
        {
            kept[name] = Shorten(value, most);
            if (value is JsonArray list && list.Count > most)
                kept[$"{name}InAll"] = list.Count;
        }

        return kept;
    }
}
