using System.Text.Json;

namespace CaPortal.Components.Shared;

/// <summary>Names of values in addresses: <c>expires-soon</c>.</summary>
internal static class KebabCase
{
    /// <summary>The name of a value.</summary>
    public static string Of<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());

    /// <summary>The value with that name; null if there is none.</summary>
    public static T? Parse<T>(string? name)
        where T : struct, Enum => Enum.GetValues<T>().Where(v => Of(v) == name).Cast<T?>().FirstOrDefault();
}
