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
        if (ListenAddresses.Configured(builder.Configuration).Count == 0)
            builder.WebHost.UseUrls(DefaultUrl);
    }

    /// <summary>Binds a section so that a value of the wrong type is one problem among the others.</summary>
    public static void AddSettings<T>(this IServiceCollection services, string section) where T : class, new()
    {
        services.AddSingleton<IValidateOptions<T>>(provider => new ConvertibleValues<T>(provider.GetRequiredService<IConfiguration>(), section));
        services.AddOptions<T>().Configure<IConfiguration>((options, configuration) => ConvertibleValues<T>.Bind(configuration, section, options)).ValidateOnStart();
    }

    private sealed class ConvertibleValues<T>(IConfiguration configuration, string section) : IValidateOptions<T> where T : class, new()
    {
        public static void Bind(IConfiguration configuration, string section, T options)
        {
            try
            {
                configuration.GetSection(section).Bind(options);
            }
            catch (InvalidOperationException)
            {
                // Binding stops at the first value of the wrong type; Validate names them all.
            }
        }

        public ValidateOptionsResult Validate(string? name, T options)
        {
            var failures = configuration.GetSection(section).AsEnumerable().Where(s => s.Value is not null && !Converts(s)).Select(s => Describe(s.Key, s.Value!)).ToList();
            return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
        }

        private bool Converts(KeyValuePair<string, string?> setting)
        {
            try
            {
                new ConfigurationBuilder().AddInMemoryCollection([setting]).Build().GetSection(section).Bind(new T());
                return true;
            }
            catch (InvalidOperationException)
            {
                return false;
            }
        }

        private static string Describe(string key, string value) => $"{key}: '{value}' is not a value that this setting can have.";
    }
}
