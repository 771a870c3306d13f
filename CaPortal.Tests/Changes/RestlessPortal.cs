using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.Java;
using CaPortal.Core.TrustStores.LinuxAnchors;
using CaPortal.Core.TrustStores.X509;
using CaPortal.Tests.Testing;
using CaPortal.Tests.TrustStores.LinuxAnchors;
using Microsoft.Extensions.DependencyInjection;

namespace CaPortal.Tests.Changes;

/// <summary>
/// Another process that starts as the portal does. Then it adds and deletes the certificates of a PEM file in every trust
/// store that is made of files, for ever, until it is killed. Arguments: data directory, folder of a
/// <see cref="DebianSandbox"/>, PEM file.
/// </summary>
internal static class RestlessPortal
{
    /// <summary>Printed when the trust stores are found, or made, as they should be after the start.</summary>
    public const string Ready = "ready";

    public static async Task RunAsync(string[] arguments)
    {
        await using var core = await StartAsync(arguments[0], new DebianSandbox(arguments[1]));
        var outcomes = await core.MaintainAsync();
        Console.WriteLine(outcomes.All(o => o.Result == TrustStoreResult.Installed)
            ? Ready
            : string.Join(' ', outcomes.Where(o => o.Result != TrustStoreResult.Installed).Select(o => $"{o.Name}: {o.Error} {o.Advice}")));

        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPemFile(arguments[2]);
        while (true)
        {
            await core.AddAsync([.. certificates]);
            await core.DeleteAsync([.. certificates.Select(c => TestCore.KeyOf(c))]);
            Console.WriteLine("again");
        }
    }

    /// <summary>The portal with all kinds that are made of files.</summary>
    public static Task<TestCore> StartAsync(string dataDirectory, DebianSandbox sandbox) => TestCore.StartAsync(
        dataDirectory,
        configure: o =>
        {
            foreach (var kind in (string[])[X509TrustStore.Kind, LinuxAnchorsTrustStore.Kind, JavaTruststoreTrustStore.Kind])
                o.TrustStores.Add(kind);
        },
        register: services =>
        {
            services.Remove(services.Single(s => s.ImplementationType == typeof(LinuxAnchorsTrustStore)));
            services.AddSingleton<ITrustStore>(sandbox.Store);
        });
}
