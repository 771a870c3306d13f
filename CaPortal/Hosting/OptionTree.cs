using System.ComponentModel;
using System.Reflection;

namespace CaPortal.Hosting;

/// <summary>One setting that is bound: its key, and the type of its value or of each item of its list.</summary>
internal sealed record BoundSetting(string Key, Type Type, bool IsList);

/// <summary>The settings that a section has by the type that it is bound to.</summary>
internal static class OptionTree
{
    /// <exception cref="NotSupportedException">The type has a property of a kind that no setting has yet.</exception>
    public static IReadOnlyList<BoundSetting> Of(string section, Type options) => [.. Walk(section, options)];

    private static IEnumerable<BoundSetting> Walk(string section, Type options) =>
        options.GetProperties(BindingFlags.Public | BindingFlags.Instance).SelectMany(property =>
        {
            var (key, type) = ($"{section}:{property.Name}", property.PropertyType);
            if (IsValue(type))
                return property.SetMethod is { IsPublic: true } ? [new(key, type, IsList: false)] : [];
            if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IList<>) && IsValue(type.GenericTypeArguments[0]))
                return [new(key, type.GenericTypeArguments[0], IsList: true)];
            return type is { IsClass: true, IsArray: false, IsGenericType: false }
                ? Walk(key, type)
                : throw new NotSupportedException($"{key} is a {type}, and no setting has been of that kind.");
        });

    private static bool IsValue(Type type) => TypeDescriptor.GetConverter(type).CanConvertFrom(typeof(string));
}
