using CaPortal.Core.TrustStores;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace CaPortal.Core;

/// <summary>The list of what Core is made of: one line per format, per check and per trust store kind.</summary>
public static class CoreServices
{
    /// <summary>Registers Core. Its settings are <see cref="CoreOptions"/>.</summary>
    public static IServiceCollection AddCaPortalCore(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);

        services.AddTrustStore<X509TrustStore>(X509TrustStore.Kind, TrustScope.User);
        services.AddTrustStore<PemBundleTrustStore>(PemBundleTrustStore.Kind, TrustScope.User);
        services.AddSingleton<TrustStoreSelection>();
        services.AddSingleton<Reconciler>();
        services.AddSingleton<OperatingSystemRoots>();
        services.AddSingleton<IValidateOptions<CoreOptions>, TrustStoreSettingsValidator>();
        services.AddOptions<CoreOptions>().ValidateOnStart();

        return services;
    }
}
