using CaPortal.Core.Clients;
using CaPortal.Tests.Probing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace CaPortal.Tests.Testing;

/// <summary>The clients that all tests ask, in place of some for each portal: .NET is asked in a process of its own.</summary>
internal static class SharedClients
{
    public static void AddTo(IServiceCollection services)
    {
        services.RemoveAll<IClientEngine>();

        // As instances, which no container disposes of.
        foreach (var engine in ServerProbing.Clients.Engines)
            services.AddSingleton(engine);
    }
}
