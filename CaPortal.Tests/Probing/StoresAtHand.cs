using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Probing;

namespace CaPortal.Tests.Probing;

/// <summary>
/// Plays a process whose account has intermediates in its own certificate store. Its arguments are PEM files: the server's
/// certificate, the root, what the server presents besides, what the account has. It prints what .NET makes of the chain by
/// itself with that root alone, then the verdict.
/// </summary>
internal static class StoresAtHand
{
    public static Task RunAsync(string[] arguments)
    {
        var (server, root, presented, store) = (Read(arguments[0]), Read(arguments[1]), Read(arguments[2]), Read(arguments[3]));
        using (var own = new X509Store(StoreName.CertificateAuthority, StoreLocation.CurrentUser, OpenFlags.ReadWrite))
            own.AddRange(store);

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(root);
        chain.ChainPolicy.ExtraStore.AddRange(presented);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        Console.WriteLine(chain.Build(server[0]));

        var verdict = new ChainJudge(ServerProbing.Clients).Judge(
            [.. server.Concat(presented).Select(ServerProbing.Presented)],
            "localhost",
            ServerProbing.Set([.. root]),
            ServerProbing.Now);
        Console.WriteLine(verdict.Verdict);
        return Task.CompletedTask;
    }

    private static X509Certificate2Collection Read(string file)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPem(File.ReadAllText(file));
        return certificates;
    }
}
