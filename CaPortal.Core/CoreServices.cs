using CaPortal.Core.Reading;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace CaPortal.Core;

/// <summary>The list of what Core is made of: one line per format, per check and per trust store kind.</summary>
public static class CoreServices
{
    /// <summary>Registers Core. Its settings are <see cref="CoreOptions"/>.</summary>
    public static IServiceCollection AddCaPortalCore(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);

        // Formats, in the order in which they are tried.
        services.AddSingleton<ICertificateFormat, DerFormat>();
        services.AddSingleton<ICertificateFormat, Pkcs7Format>();
        services.AddSingleton<ICertificateFormat, Pkcs12Format>();
        services.AddSingleton<ICertificateFormat, JavaKeystoreFormat>();
        services.AddSingleton<ICertificateFormat, PemFormat>();
        services.AddSingleton<ICertificateFormat, Base64Format>();
        services.AddSingleton<ICertificateFormat, OtherFileFormat>();
        services.AddSingleton<CertificateReader>();

        return services;
    }
}
