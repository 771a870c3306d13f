using CaPortal.Tests.Testing;

namespace CaPortal.Tests.TrustStores.LinuxAnchors;

/// <summary>The trust store as it is on this machine, with its real folders, dpkg and Java's keystore, all of them copies.</summary>
public sealed class WholeMachineTests
{
    private const int HangGuard = 300_000;

    [Fact(Timeout = HangGuard)]
    public async Task AddedAndRemoved_CurlAndJavaFollow()
    {
        using var folder = new TemporaryDirectory();
        using var files = new TemporaryDirectory();
        using var root = TestCertificates.Root();
        using var certificate = TestCertificates.Server(root);
        await using var server = new TlsServer(certificate);
        await File.WriteAllTextAsync(files["root.pem"], root.ExportCertificatePem(), TestContext.Current.CancellationToken);

        var lines = await PrivateRoot.StartAsync(folder.Path, server.Port, files["root.pem"]);

        Assert.Equal(
            [
                "state: True ",
                "before: read False, curl False, links 0",
                "added: read True, curl True, links 0",
                "warning: none",
                "followed up: read True, curl True, links 2",
                "Java: True",
                "removed: read False, curl False, links 2",
                "warning: none",
                "followed up: read False, curl False, links 0",
                "Java: False",
                "bundle as before: True",
            ],
            lines.SkipLast(3));
        Assert.Contains("half-configured", lines[^3], StringComparison.Ordinal);
        Assert.Contains("dpkg --configure -a", lines[^3], StringComparison.Ordinal);
        Assert.Equal(["half-configured: read True, curl True, links 2", "Java: False"], lines[^2..]);
    }
}
