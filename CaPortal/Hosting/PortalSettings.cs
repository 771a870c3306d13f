using CaPortal.Core;
using Microsoft.Extensions.Options;

namespace CaPortal.Hosting;

/// <summary>Settings that are checked when the process starts, all of them at once.</summary>
internal static class PortalSettings
{
    /// <summary>The address where nothing else is configured.</summary>
    public const string DefaultUrl = "http://127.0.0.1:5080";

    public static void AddPortalSettings(this WebApplicationBuilder builder)
    {
        builder.Services.AddSettings<CoreOptions>(CoreOptions.Section);
        builder.Services.AddSingleton<IValidateOptions<CoreOptions>, DataDirectory>();
        builder.Services.AddSingleton<IValidateOptions<CoreOptions>, FourEyesValidator>();
        if (ListenAddresses.Configured(builder.Configuration).Count == 0)
            builder.WebHost.UseUrls(DefaultUrl);
    }

    /// <summary>Checks all settings before the first of them is used.</summary>
    /// <exception cref="OptionsValidationException">The settings of one section are wrong.</exception>
    /// <exception cref="AggregateException">Those of several are.</exception>
    public static void CheckSettings(this WebApplication app) => app.Services.GetRequiredService<IStartupValidator>().Validate();

    /// <summary>Binds a section so that a value of the wrong type is one problem among the others.</summary>
    public static void AddSettings<T>(this IServiceCollection services, string section) where T : class, new()
    {
        services.AddSingleton<IValidateOptions<T>>(provider => new ConvertibleValues<T>(provider.GetRequiredService<IConfiguration>(), section));
        services.AddOptions<T>().Configure<IConfiguration>((options, configuration) => ConvertibleValues<T>.Bind(configuration, section, options)).ValidateOnStart();
    }

    private sealed class ConvertibleValues<T>(IConfiguration configuration, string section) : IValidateOptions<T> where T : class, new()
    {
        /// <summary>Binds what can be bound: otherwise binding would stop at the first value of the wrong type and hide what else is wrong.</summary>
        public static void Bind(IConfiguration configuration, string section, T options) =>
            Bind(Values(configuration, section).Where(s => Converts(s, section)), section, options);

        public ValidateOptionsResult Validate(string? name, T options)
        {
            var failures = Values(configuration, section).Where(s => !Converts(s, section)).Select(s => $"{s.Key}: '{s.Value}' is not a value that this setting can have.").ToList();
            return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
        }

        private static IEnumerable<KeyValuePair<string, string?>> Values(IConfiguration configuration, string section) =>
            configuration.GetSection(section).AsEnumerable().Where(s => s.Value is not null);

        private static bool Converts(KeyValuePair<string, string?> setting, string section)
        {
            try
            {
                Bind([setting], section, new T());
                return true;
            }
            catch (InvalidOperationException)
            {
                return false;
            }
        }

        private static void Bind(IEnumerable<KeyValuePair<string, string?>> settings, string section, T options) =>
            new ConfigurationBuilder().AddInMemoryCollection(settings).Build().GetSection(section).Bind(options);
    }
}
