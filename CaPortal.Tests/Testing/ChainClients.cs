using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace CaPortal.Tests.Testing;

/// <summary>What real clients make of a chain, the server's certificate first, with a list of roots.</summary>
public static class ChainClients
{
    /// <summary>.NET, with all that the server sent and the whole list.</summary>
    public static bool DotNetAccepts(X509Certificate2[] chain, params X509Certificate2[] roots)
    {
        using var judge = new X509Chain
        {
            ChainPolicy =
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
            },
        };
        judge.ChainPolicy.CustomTrustStore.AddRange(roots);
        judge.ChainPolicy.ExtraStore.AddRange(chain[1..]);
        judge.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.1"));
        return judge.Build(chain[0]);
    }

    /// <summary>The command <c>openssl verify</c>.</summary>
    public static async Task<bool> OpenSslAcceptsAsync(X509Certificate2[] chain, X509Certificate2[] roots, params string[] options)
    {
        Tool.Require("openssl");
        using var folder = new TemporaryDirectory();
        await File.WriteAllTextAsync(folder["roots.pem"], Pem(roots), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(folder["sent.pem"], Pem(chain), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(folder["leaf.pem"], Pem([chain[0]]), TestContext.Current.CancellationToken);
        var (exitCode, _, _) = await Tool.TryRunAsync(
            folder.Path,
            "openssl",
            ["verify", .. options, "-CAfile", "roots.pem", "-untrusted", "sent.pem", "leaf.pem"]);
        return exitCode == 0;
    }

    private static string Pem(IEnumerable<X509Certificate2> certificates) => string.Concat(certificates.Select(c => c.ExportCertificatePem() + "\n"));
}
