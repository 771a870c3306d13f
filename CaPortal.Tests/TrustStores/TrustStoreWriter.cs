using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.X509;
using CaPortal.Tests.TrustStores.LinuxAnchors;

namespace CaPortal.Tests.TrustStores;

/// <summary>
/// Another process that writes to a trust store. Arguments: <c>x509</c>, the folder of a sandbox or of a bundle, or the file
/// of a Java truststore; then <c>once</c> or <c>for-ever</c>; then a PEM file with the certificates. For ever means to add
/// and remove them in turn, with a line printed after each, until it is killed.
/// </summary>
internal static class TrustStoreWriter
{
    public const string Once = "once";
    public const string ForEver = "for-ever";

    public static async Task RunAsync(string[] arguments)
    {
        var store = Open(arguments[0]);
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

    /// <summary>The trust store at a place.</summary>
    public static ITrustStore Open(string place) =>
        place == X509TrustStore.Kind ? TestTrustStores.X509()
        : Directory.Exists(DebianSandbox.LocalFolderIn(place)) ? new DebianSandbox(place).Store
        : Path.HasExtension(place) ? TestTrustStores.JavaTruststore(place)
        : TestTrustStores.Bundle(place);
}
