using CaPortal.Authentication;
using CaPortal.Core;
using CaPortal.Core.Certificates;
using Microsoft.Extensions.Configuration.EnvironmentVariables;

namespace CaPortal.Hosting;

/// <summary>A setting whose options have a place for it, but which is read from another key.</summary>
internal sealed record MovedSetting(string Key, string ReadFrom);

/// <summary>
/// The names of all settings. One that is misspelt would be passed over: what it restricts would be open, and nobody would
/// see it. So the portal does not start with one.
/// </summary>
internal sealed class SettingNames(IEnumerable<BoundSetting> settings, IEnumerable<MovedSetting> moved)
{
    /// <summary>The sections of settings that the portal or what it is made of reads.</summary>
    public static readonly IReadOnlyCollection<string> Sections =
        [CoreOptions.Section, EntraOptions.Section, ConnectionStrings, "Kestrel", "Logging", "HostBuilder"];

    private const string ConnectionStrings = "ConnectionStrings";
    private const string Prefix = $"{CoreOptions.Section}:";
    private const int MaxHints = 3;

    private readonly Dictionary<string, BoundSetting> _settings = settings
        .Where(s => s.Key.StartsWith(Prefix, StringComparison.Ordinal) && moved.All(m => m.Key != s.Key))
        .ToDictionary(s => s.Key[Prefix.Length..], StringComparer.OrdinalIgnoreCase);

    /// <summary>The keys of all settings in the portal's own section.</summary>
    public IEnumerable<string> All => _settings.Keys.Select(k => Prefix + k);

    /// <summary>One sentence or two for each key that nothing reads. What is set there is not repeated: it may be a secret.</summary>
    public IEnumerable<string> Problems(IConfiguration configuration) =>
        SettingSources.Keys(configuration, section: null).Select(ProblemOf).OfType<string>().Distinct();

    /// <summary>The settings that a name most likely means, without the section.</summary>
    public IReadOnlyList<string> Nearest(string name)
    {
        var number = name[(name.LastIndexOf(':') + 1)..];
        if (number.Length == 0 || !number.All(char.IsAsciiDigit))
            number = "";
        var path = number.Length == 0 ? name : name[..^number.Length].TrimEnd(':');

        // Something below a setting that is one value.
        if (_settings.Keys.FirstOrDefault(k => name.StartsWith($"{k}:", StringComparison.OrdinalIgnoreCase)) is { } above)
            return [above];
        if (NearestName.Of(path, _settings.Keys) is { } near)
            return [Numbered(near)];

        // The right name in the wrong section, or in none.
        var last = NearestName.Of(LastName(path), [.. _settings.Keys.Select(LastName)]);
        return [.. _settings.Keys.Where(k => LastName(k) == last).Take(MaxHints).Select(Numbered)];

        string Numbered(string key) => number.Length > 0 && _settings[key].IsList ? $"{key}:{number}" : key;
    }

    private string? ProblemOf(WrittenKey written)
    {
        var key = written.Key;
        var end = key.IndexOf(':', StringComparison.Ordinal);
        if (end < 0)
            return ProblemOfWord(written);
        var (section, name) = (key[..end], key[(end + 1)..]);
        if (section.Equals(CoreOptions.Section, StringComparison.OrdinalIgnoreCase))
            return IsKnown(name) || (IsSection(name) && string.IsNullOrEmpty(written.Value)) ? null : Sentence(written, Hints(key, name));
        if (section.Equals(ConnectionStrings, StringComparison.OrdinalIgnoreCase))
        {
            return !name.Equals(CoreOptions.Section, StringComparison.OrdinalIgnoreCase) && NearestName.Of(name, [CoreOptions.Section]) is { } near
                ? Sentence(written, [$"{ConnectionStrings}:{near}"]) : null;
        }

        // Other programs have sections in the environment too, and near names among them.
        return !Sections.Contains(section, StringComparer.OrdinalIgnoreCase) && NearestName.Of(section, Sections) is { } meant
            && (written.Source is not EnvironmentVariablesConfigurationProvider || (meant == CoreOptions.Section && IsKnown(name)))
            ? Sentence(written, [$"{meant}:{name}"]) : null;
    }

    /// <summary>One underscore in place of two makes one long name of an environment variable.</summary>
    private string? ProblemOfWord(WrittenKey written)
    {
        var name = written.Key.Replace("__", ":", StringComparison.Ordinal).Replace('_', ':').Replace('.', ':');
        return name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) && Canonical(name[Prefix.Length..]) is { } meant
            ? Sentence(written, [Prefix + meant]) : null;
    }

    private bool IsKnown(string name) => Canonical(name) is not null;

    private string? Canonical(string name)
    {
        // An item that is named in another way than by its number is a problem of the list: see SettingList.
        var list = name.LastIndexOf(':') is > 0 and var end ? name[..end] : "";
        return _settings.TryGetValue(name, out var setting) ? setting.Key[Prefix.Length..]
            : _settings.TryGetValue(list, out setting) && setting.IsList ? setting.Key[Prefix.Length..] + name[list.Length..]
            : null;
    }

    private bool IsSection(string name) => _settings.Keys.Any(k => k.StartsWith($"{name}:", StringComparison.OrdinalIgnoreCase));

    private IEnumerable<string> Hints(string key, string name) =>
        moved.FirstOrDefault(m => m.Key.Equals(key, StringComparison.OrdinalIgnoreCase)) is { } elsewhere ? [elsewhere.ReadFrom]
        : Nearest(name).Select(n => Prefix + n);

    private static string Sentence(WrittenKey written, IEnumerable<string> hints)
    {
        var meant = string.Join(" or ", hints.Select(written.Like));
        var advice = meant.Length > 0 ? $"Did you mean {meant}?" : "Remove it, or look for the right name among the settings in docs/settings.md.";
        return $"{DisplayText.Shorten(written.Shown, 200)} is no setting of the portal. {advice}";
    }

    private static string LastName(string key) => key[(key.LastIndexOf(':') + 1)..];
}
