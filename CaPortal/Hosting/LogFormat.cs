using CaPortal.Core;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace CaPortal.Hosting;

/// <summary>How lines of the log look: as <c>Logging:Console</c> says, and else as one line of text with date, time and zone.</summary>
internal static class LogFormat
{
    public const string Key = "Logging:Console:FormatterName";

    private const string Options = "Logging:Console:FormatterOptions";

    /// <summary>The format that the settings ask for.</summary>
    public static string Of(IConfiguration configuration) =>
        configuration[Key] is { Length: > 0 } name ? name.ToLowerInvariant() : ConsoleFormatterNames.Simple;

    /// <summary>Gives the format what the settings do not say: defaults that every other source of settings goes before.</summary>
    public static void AddLogFormat(this WebApplicationBuilder builder)
    {
        Dictionary<string, string?> defaults = Of(builder.Configuration) switch
        {
            ConsoleFormatterNames.Json => new() { ["TimestampFormat"] = "yyyy-MM-ddTHH:mm:ss.fffzzz" },
            // The journal has the time of each line already.
            ConsoleFormatterNames.Systemd => [],
            _ => new()
            {
                ["TimestampFormat"] = "yyyy-MM-dd HH:mm:ss zzz ",
                ["SingleLine"] = bool.TrueString,
                ["ColorBehavior"] = nameof(LoggerColorBehavior.Disabled),
            },
        };
        var source = new MemoryConfigurationSource { InitialData = defaults.ToDictionary(d => $"{Options}:{d.Key}", d => d.Value) };
        ((IConfigurationBuilder)builder.Configuration).Sources.Insert(0, source);
        // Without a name .NET would take the options of versions long ago in place of these.
        builder.Services.PostConfigure<ConsoleLoggerOptions>(o => o.FormatterName = Of(builder.Configuration));
        builder.Services.AddSingleton<IValidateOptions<CoreOptions>, Validator>();
    }

    /// <summary>A name that nothing has would silently be the format of a person, where a program reads.</summary>
    private sealed class Validator(IConfiguration configuration) : IValidateOptions<CoreOptions>
    {
        public ValidateOptionsResult Validate(string? name, CoreOptions options) =>
            Of(configuration) is ConsoleFormatterNames.Simple or ConsoleFormatterNames.Json or ConsoleFormatterNames.Systemd
                ? ValidateOptionsResult.Success
                : ValidateOptionsResult.Fail($"{Key}: '{configuration[Key]}' is no format of the log. Set it to simple, json or systemd.");
    }
}
