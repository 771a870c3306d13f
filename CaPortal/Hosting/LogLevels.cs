using CaPortal.Core.Certificates;

namespace CaPortal.Hosting;

/// <summary>The levels of the log, which the portal must have before it can say that one is wrong.</summary>
internal static class LogLevels
{
    private const string Logging = "Logging";

    /// <summary>Takes levels that there are not out of the settings.</summary>
    /// <returns>One sentence for each.</returns>
    public static IReadOnlyList<string> TakeWrong(ConfigurationManager configuration)
    {
        List<string> problems = [];
        foreach (var (key, value) in configuration.GetSection(Logging).AsEnumerable().Where(IsWrong).ToList())
        {
            var hint = NearestName.Of(value!, Enum.GetNames<LogLevel>()) is { } near ? $" Did you mean {near}?" : "";
            var all = string.Join(", ", Enum.GetNames<LogLevel>());
            problems.Add($"{DisplayText.Shorten(key)}: '{DisplayText.Shorten(value!)}' is no log level.{hint} It must be one of {all}.");
            configuration[key] = nameof(LogLevel.Information);
        }

        return problems;
    }

    // Logging:LogLevel:(category) or Logging:(provider):LogLevel:(category)
    private static bool IsWrong(KeyValuePair<string, string?> setting) =>
        setting.Value is { Length: > 0 } value
        && setting.Key.Split(':') is { Length: >= 3 } parts
        && parts[1..^1].Take(2).Contains("LogLevel", StringComparer.OrdinalIgnoreCase)
        && !(Enum.TryParse<LogLevel>(value, ignoreCase: true, out var level) && Enum.IsDefined(level));
}
