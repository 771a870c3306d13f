using Microsoft.Extensions.Options;

namespace CaPortal.Hosting;

/// <summary>
/// Binds a section setting by setting, so that one that cannot be bound is one problem among the others. Reads a list in each
/// form that people write: numbered keys, or one value with commas.
/// </summary>
internal sealed class SettingValues<T>(IConfiguration configuration, string section) : IValidateOptions<T> where T : class, new()
{
    private readonly IReadOnlyList<BoundSetting> _settings = OptionTree.Of(section, typeof(T));

    /// <summary>Binds what can be bound.</summary>
    public void Bind(T options) =>
        Bind(_settings.Select(Read).Where(r => r.Problem is null).SelectMany(r => r.Values), options);

    public ValidateOptionsResult Validate(string? name, T options)
    {
        var failures = _settings.Select(s => Read(s).Problem).OfType<string>().ToList();
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private (IReadOnlyList<KeyValuePair<string, string?>> Values, string? Problem) Read(BoundSetting setting)
    {
        // A JSON null is as if the setting were not there.
        var (values, problem) = setting.IsList ? SettingList.Read(configuration, setting.Key)
            : configuration[setting.Key] is { } value ? ([new(setting.Key, value)], null)
            : ([], null);
        return (values, problem ?? values.Select(v => ProblemOf(v, setting.Type)).FirstOrDefault(p => p is not null));
    }

    private string? ProblemOf(KeyValuePair<string, string?> setting, Type type)
    {
        var value = setting.Value ?? "";
        if (IsUnambiguous(value, type) && Converts(setting))
            return null;
        return value.Trim().Length == 0
            ? $"{setting.Key} is empty. It must be {Expected(type)}; remove the setting for its default."
            : $"{setting.Key}: '{value}' is not a value that this setting can have. It must be {Expected(type)}.";
    }

    private static bool IsUnambiguous(string value, Type type)
    {
        // Numbers and several names are members too to .NET.
        if (type.IsEnum)
            return Enum.GetNames(type).Contains(value.Trim(), StringComparer.OrdinalIgnoreCase);

        // A number alone would be days, although the administrator most likely meant seconds.
        return type != typeof(TimeSpan) || value.Contains(':', StringComparison.Ordinal) || value.Trim() == "0";
    }

    private bool Converts(KeyValuePair<string, string?> setting)
    {
        try
        {
            Bind([setting], new T());
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static string Expected(Type type) =>
        type.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(type))}"
        : type == typeof(bool) ? "true or false"
        : type == typeof(int) ? $"a whole number of at most {int.MaxValue}"
        : type == typeof(double) ? "a number such as 0.1"
        : type == typeof(TimeSpan) ? "a time such as 00:00:30 (hours, minutes, seconds) or 3.00:00:00 (three days)"
        : "text";

    private void Bind(IEnumerable<KeyValuePair<string, string?>> settings, T options) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings).Build().GetSection(section).Bind(options);
}

/// <summary>
/// A list among the settings: items with numbers (<c>Networks:0</c>, <c>Networks:1</c>), or one value with commas between
/// the items (<c>Networks</c>).
/// </summary>
internal static class SettingList
{
    /// <summary>
    /// The items, with numbered keys. An empty list is a problem, and never as if the setting were not there: what is not
    /// restricted to anything would be open to everything.
    /// </summary>
    public static (IReadOnlyList<KeyValuePair<string, string?>> Values, string? Problem) Read(IConfiguration configuration, string key)
    {
        var section = configuration.GetSection(key);
        var numbered = section.GetChildren().ToList();
        if (numbered.FirstOrDefault(n => !IsNumber(n.Key)) is { } other)
            return ([], $"{other.Path}: {key} is a list. Number its items ({key}:0, {key}:1), or set {key} to one value with commas between the items.");
        if (section.Value is { Length: > 0 } && numbered.Count > 0)
            return ([], $"{key} is set both as one value and with numbers ({numbered[0].Path}). Remove one of them.");

        string[] items = numbered.Count > 0
            ? [.. numbered.Select(n => n.Value?.Trim() ?? "")]
            : IsNamed(configuration, key) ? [.. (section.Value ?? "").Split(',', StringSplitOptions.TrimEntries)]
            : [];
        return items.Contains("")
            ? ([], items.Length == 1
                ? $"{key} is empty, which is no list. Name at least one item, or remove the setting for its default."
                : $"{key} has an empty item. Remove it, or write what is missing.")
            : ([.. items.Select((item, i) => new KeyValuePair<string, string?>($"{key}:{i}", item))], null);
    }

    /// <summary>A list that is null in JSON is named too, though it has neither a value nor items.</summary>
    private static bool IsNamed(IConfiguration configuration, string key) =>
        configuration[key] is not null || SettingSources.Of(configuration).Any(p => p.TryGet(key, out _));

    private static bool IsNumber(string key) => key.Length is > 0 and < 10 && key.All(char.IsAsciiDigit);
}
