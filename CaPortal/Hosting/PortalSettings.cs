using CaPortal.Api;
using CaPortal.Authentication;
using CaPortal.Core;
using Microsoft.Extensions.Options;

namespace CaPortal.Hosting;

/// <summary>Settings that are checked when the process starts, all of them at once.</summary>
internal static class PortalSettings
{
    /// <summary>The address where nothing else is configured.</summary>
    public const string DefaultUrl = "http://127.0.0.1:5080";

    /// <summary>Every type that settings are bound to, with its section: <see cref="AddSettings"/> takes no other.</summary>
    private static readonly Dictionary<Type, string> Sections = new()
    {
        [typeof(CoreOptions)] = CoreOptions.Section,
        [typeof(ApiOptions)] = ApiOptions.Section,
        [typeof(SignInOptions)] = SignInOptions.Section,
        [typeof(EntraOptions)] = EntraOptions.Section,
        [typeof(ProxyOptions)] = ProxyOptions.Section,
    };

    /// <summary>The names of all settings.</summary>
    public static SettingNames Names { get; } = new(Sections.SelectMany(s => OptionTree.Of(s.Value, s.Key)), PortalData.MovedSettings);

    public static void AddPortalSettings(this WebApplicationBuilder builder, StartArguments arguments)
    {
        builder.Services.AddSettings<CoreOptions>();
        builder.Services.AddSingleton<IValidateOptions<CoreOptions>, DataDirectory>();
        builder.Services.AddSingleton<IValidateOptions<CoreOptions>, FourEyesValidator>();
        var levels = LogLevels.TakeWrong(builder.Configuration);
        builder.Services.AddSingleton<IValidateOptions<CoreOptions>>(new StartValidator(builder.Configuration, arguments, levels));
        if (ListenAddresses.Configured(builder.Configuration).Count == 0)
            builder.WebHost.UseUrls(DefaultUrl);
    }

    /// <summary>Checks all settings before the first of them is used.</summary>
    /// <exception cref="OptionsValidationException">The settings of one section are wrong.</exception>
    /// <exception cref="AggregateException">Those of several are.</exception>
    public static void CheckSettings(this WebApplication app)
    {
        app.Services.GetRequiredService<IStartupValidator>().Validate();
        app.CheckEntra();
    }

    /// <summary>Binds a section so that a value of the wrong type is one problem among the others.</summary>
    public static void AddSettings<T>(this IServiceCollection services) where T : class, new()
    {
        services.AddSingleton(provider => new SettingValues<T>(provider.GetRequiredService<IConfiguration>(), Sections[typeof(T)]));
        services.AddSingleton<IValidateOptions<T>>(provider => provider.GetRequiredService<SettingValues<T>>());
        services.AddOptions<T>().Configure<SettingValues<T>>((options, values) => values.Bind(options)).ValidateOnStart();
    }

    /// <summary>Names that nothing reads, whether arguments or settings.</summary>
    public static IReadOnlyList<string> UnknownNames(StartArguments arguments, IConfiguration configuration) =>
        [.. arguments.Problems(Names), .. Names.Problems(configuration)];

    /// <summary>What concerns no section alone.</summary>
    private sealed class StartValidator(IConfiguration configuration, StartArguments arguments, IReadOnlyList<string> levels) : IValidateOptions<CoreOptions>
    {
        public ValidateOptionsResult Validate(string? name, CoreOptions options)
        {
            List<string> failures = [.. UnknownNames(arguments, configuration), .. levels, .. ListenAddresses.Problems(configuration)];
            return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
        }
    }
}
