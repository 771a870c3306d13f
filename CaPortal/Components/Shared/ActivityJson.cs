using System.Text.Encodings.Web;
using System.Text.Json;
using CaPortal.Core.Certificates;

namespace CaPortal.Components.Shared;

/// <summary>Reads the details of an entry. They may be anything: of another version, or tampered with.</summary>
internal static class ActivityJson
{
    private const int MaxShown = 20_000;

    private static readonly JsonSerializerOptions _indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The details; undefined if they are not JSON.</summary>
    public static JsonElement Parse(string details)
    {
        try
        {
            return JsonElement.Parse(details);
        }
        catch (JsonException)
        {
            return default;
        }
    }

    /// <summary>A property of an object; undefined if there is none.</summary>
    public static JsonElement Get(this JsonElement item, string name) =>
        item.ValueKind == JsonValueKind.Object && item.TryGetProperty(name, out var value) ? value : default;

    /// <summary>The items of an array; none if it is not an array.</summary>
    public static IReadOnlyList<JsonElement> Items(this JsonElement item) =>
        item.ValueKind == JsonValueKind.Array ? [.. item.EnumerateArray()] : [];

    /// <summary>A property that is a text or a number, as it can be shown; null where it is neither.</summary>
    public static string? Text(this JsonElement item, string name, int maxLength = DisplayText.NameLength) => item.Get(name) switch
    {
        { ValueKind: JsonValueKind.String } text => DisplayText.Shorten(text.GetString()!, maxLength),
        { ValueKind: JsonValueKind.Number } number => number.GetRawText(),
        _ => null,
    };

    /// <summary>The details line by line, with invisible characters made visible.</summary>
    public static string Pretty(string details)
    {
        var parsed = Parse(details);
        var text = parsed.ValueKind == JsonValueKind.Undefined ? details : JsonSerializer.Serialize(parsed, _indented);
        var shown = text.Length > MaxShown ? $"{text[..MaxShown]}\n… {text.Length - MaxShown:N0} more characters; the export has all of it." : text;
        return string.Join('\n', shown.ReplaceLineEndings("\n").Split('\n').Select(DisplayText.Visible));
    }
}
