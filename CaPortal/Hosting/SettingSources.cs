using Microsoft.Extensions.Configuration.CommandLine;
using Microsoft.Extensions.Configuration.EnvironmentVariables;

namespace CaPortal.Hosting;

/// <summary>A key as one source of settings has it.</summary>
internal sealed record WrittenKey(IConfigurationProvider Source, string Key)
{
    /// <summary>Its value; null if it only has others below it.</summary>
    public string? Value => Source.TryGet(Key, out var value) ? value : null;

    /// <summary>The key as the administrator has written it, with its place.</summary>
    public string Shown => Source switch
    {
        EnvironmentVariablesConfigurationProvider => $"The environment variable {Like(Key)}",
        FileConfigurationProvider { Source.Path: { } file } => $"{Key} in {file}",
        _ => Like(Key),
    };

    /// <summary>Another key in the form of this one.</summary>
    public string Like(string key) => Source switch
    {
        EnvironmentVariablesConfigurationProvider => key.Replace(":", "__", StringComparison.Ordinal),
        CommandLineConfigurationProvider => $"--{key}",
        _ => key,
    };
}

/// <summary>Where settings come from: files, the environment, the command line.</summary>
internal static class SettingSources
{
    /// <summary>All of them, those that the host has read before included.</summary>
    public static IEnumerable<IConfigurationProvider> Of(IConfiguration configuration) =>
        configuration is not IConfigurationRoot root ? []
        : root.Providers.SelectMany(p => p is ChainedConfigurationProvider { Configuration: IConfigurationRoot inner } ? Of(inner) : [p]);

    /// <summary>Every key below a section that has a value of its own, null included, in each source that has it.</summary>
    /// <param name="configuration">The settings.</param>
    /// <param name="section">The section; null: all.</param>
    public static IEnumerable<WrittenKey> Keys(IConfiguration configuration, string? section) =>
        Of(configuration).SelectMany(source => Keys(source, section));

    private static IEnumerable<WrittenKey> Keys(IConfigurationProvider source, string? section) =>
        source.GetChildKeys([], section).Distinct(StringComparer.OrdinalIgnoreCase).SelectMany(name =>
        {
            var key = section is null ? name : $"{section}:{name}";
            var below = Keys(source, key);
            return source.TryGet(key, out _) ? below.Prepend(new(source, key)) : below;
        });
}
