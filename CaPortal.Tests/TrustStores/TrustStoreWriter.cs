using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.TrustStores;
using CaPortal.Tests.Testing;
using CaPortal.Tests.TrustStores.LinuxAnchors;

namespace CaPortal.Tests.TrustStores;

/// <summary>
/// Another process that writes to a trust store: <c>x509</c>, the folder of a sandbox or that of a bundle, then <c>once</c> or <c>for-ever</c>,
/// then a PEM file with the certificates. For ever means to add and remove them in turn, with a line
/// printed after each, until it is killed.
/// </summary>
internal static class TrustStoreWriter
{
    public const string Once = "once";
    public const string ForEver = "for-ever";

    public static async Task RunAsync(string[] arguments)
    {
        ITrustStore store =
            arguments[0] == X509TrustStore.Kind ? TestTrustStores.X509()
            : Directory.Exists(DebianSandbox.LocalFolderIn(arguments[0])) ? new DebianSandbox(arguments[0]).Store
            : TestTrustStores.Bundle(arguments[0]);
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPemFile(arguments[2]);
        var trusted = certificates.Select(c => TestTrustStores.Trusted(c)).ToList();
        var add = new TrustStoreChange(trusted, []);
        var remove = new TrustStoreChange([], [.. trusted.Select(c => c.Key)]);

        Console.WriteLine("ready");
        await store.ApplyAsync(add, CancellationToken.None);
        while (arguments[1] == ForEver)
        {
            await store.ApplyAsync(remove, CancellationToken.None);
            Console.WriteLine("removed");
            await store.ApplyAsync(add, CancellationToken.None);
            Console.WriteLine("added");
        }
    }
}
