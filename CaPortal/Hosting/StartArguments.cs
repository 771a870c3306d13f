using System.Reflection;
using CaPortal.Core;
using CaPortal.Core.Certificates;

namespace CaPortal.Hosting;

/// <summary>
/// The arguments of the process: settings, as <c>--key=value</c>, <c>--key value</c>, <c>/key=value</c> or <c>key=value</c>.
/// Everything else, .NET passes over; the portal does not start with it.
/// </summary>
internal sealed class StartArguments
{
    private const string HowToWrite = $"Settings are written like --{CoreOptions.Section}:{nameof(CoreOptions.Scope)}=Machine";

    // Those that are not in a section, by the names under which .NET reads them.
    private static readonly IReadOnlyCollection<string> Words =
    [
        "AllowedHosts",
        .. new[] { typeof(WebHostDefaults), typeof(HostDefaults) }
            .SelectMany(t => t.GetFields(BindingFlags.Public | BindingFlags.Static))
            .Where(f => f.FieldType == typeof(string)).Select(f => (string)f.GetValue(null)!),
    ];

    private readonly List<string> _settings = [];
    private readonly List<string> _keys = [];
    private readonly List<string> _misplaced = [];

    public StartArguments(IReadOnlyList<string> arguments)
    {
        string? before = null;
        for (var i = 0; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            var equals = argument.IndexOf('=', StringComparison.Ordinal);
            var prefix = PrefixOf(argument);
            if (equals > prefix.Length && prefix != "-")
            {
                _settings.Add(argument);
                before = argument[..equals];

                // Tools that write a whole configuration as arguments name sections too, without a value.
                if (equals < argument.Length - 1 || !SettingNames.Sections.Contains(argument[prefix.Length..equals], StringComparer.OrdinalIgnoreCase))
                    _keys.Add(argument[prefix.Length..equals]);
            }
            else if (prefix is "--" or "/" && equals < 0 && argument.Length > prefix.Length)
            {
                before = argument;
                _keys.Add(argument[prefix.Length..]);
                if (i + 1 < arguments.Count && PrefixOf(arguments[i + 1]) != "--")
                    _settings.AddRange([argument, arguments[++i]]);
                else
                    _misplaced.Add($"{Shown(argument)} has no value. Write it like {Shown(argument)}=VALUE.");
            }
            else
            {
                _misplaced.Add(ProblemOf(argument, before));
            }
        }
    }

    /// <summary>What .NET reads as settings.</summary>
    public string[] Settings => [.. _settings];

    /// <summary>
    /// One sentence or two for each argument that nothing reads. Arguments in the portal's own section are reported with all
    /// other settings.
    /// </summary>
    public IEnumerable<string> Problems(SettingNames names) =>
        _misplaced.Concat(_keys.Where(k => !IsKnown(k)).Select(k => Unknown(k, names)));

    private static bool IsKnown(string key) =>
        key.IndexOf(':', StringComparison.Ordinal) is > 0 and var end
            ? SettingNames.Sections.Contains(key[..end], StringComparer.OrdinalIgnoreCase) || NearestName.Of(key[..end], SettingNames.Sections) is not null
            : Words.Contains(key, StringComparer.OrdinalIgnoreCase);

    private static string Unknown(string key, SettingNames names)
    {
        string[] meant = NearestName.Of(key, Words) is { } word ? [word] : [.. names.Nearest(key).Select(n => $"{CoreOptions.Section}:{n}")];
        var advice = meant.Length > 0 ? $"Did you mean {string.Join(" or ", meant.Select(m => $"--{m}"))}?" : $"{HowToWrite}; docs/settings.md lists them.";
        return $"--{Shown(key)} is no setting of the portal. {advice}";
    }

    /// <summary>Behind a setting, a word may be a part of its value, and so of a password: it is not repeated.</summary>
    private static string ProblemOf(string argument, string? before) =>
        NearestName.Of(argument, PortalCommand.Names) is { } command ? $"'{Shown(argument)}' is no command of the portal. Did you mean {command}?"
        : before is not null ? $"What follows {Shown(before)} and its value belongs to no setting. {HowToWrite}; put a value with spaces into quotation marks."
        : $"'{Shown(argument)}' is neither a command nor a setting of the portal. The commands are {string.Join(", ", PortalCommand.Names)}. {HowToWrite}.";

    private static string PrefixOf(string argument) =>
        argument.StartsWith("--", StringComparison.Ordinal) ? "--"
        : argument.StartsWith('-') ? "-"
        : argument.StartsWith('/') ? "/"
        : "";

    private static string Shown(string argument) => DisplayText.Shorten(argument);
}
