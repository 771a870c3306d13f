using System.Security.Cryptography.X509Certificates;
using CaPortal.Core;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.LinuxAnchors;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.Options;

namespace CaPortal.Tests.TrustStores.LinuxAnchors;

/// <summary>
/// A process that sees copies of this machine's folders, and so can have the real tool, dpkg and Java's hook change them.
/// It adds and removes a root as the portal of a whole machine does, and prints what came of each step.
/// </summary>
internal static class PrivateRoot
{
    private const string Bundle = "/etc/ssl/certs/ca-certificates.crt";
    private const string Keystore = "/etc/ssl/certs/java/cacerts";
    private const string PackageStatus = "/var/lib/dpkg/status";

    // What is written goes to a disk in memory that nobody else sees, and is gone with the process.
    private const string Script = """
        set -e
        mount -t tmpfs tmpfs "$1"
        for folder in /etc /usr/local/share /var/lib/dpkg /var/lib/ca-certificates-java /var/log; do
          mkdir -p "$1$folder/upper" "$1$folder/work"
          mount -t overlay overlay -o "lowerdir=$folder,upperdir=$1$folder/upper,workdir=$1$folder/work" "$folder"
        done
        shift
        exec "$@"
        """;

    /// <summary>Starts it, and returns what it printed.</summary>
    /// <param name="folder">A folder for its disk.</param>
    /// <param name="port">The port of a TLS server whose root is in <paramref name="pem"/>.</param>
    /// <param name="pem">The root.</param>
    public static async Task<string[]> StartAsync(string folder, int port, string pem)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Only root on Linux can have folders of its own.");
        foreach (var tool in (string[])["update-ca-certificates", "unshare", "keytool", "curl"])
            Tool.Require(tool);
        Assert.SkipUnless(File.Exists(Keystore), "The package ca-certificates-java is not installed.");
        var (probe, _, _) = await Tool.TryRunAsync(folder, "unshare", "--mount", "sh", "-c", Script, "sh", folder, "true");
        Assert.SkipUnless(probe == 0, "Mounting copies of folders is not permitted here.");

        var output = await Tool.RunAsync(
            folder,
            "unshare",
            "--mount",
            "sh",
            "-c",
            Script,
            "sh",
            folder,
            Environment.ProcessPath!,
            ChildProcess.Switch,
            nameof(PrivateRoot),
            folder,
            $"{port}",
            pem);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public static async Task RunAsync(string[] arguments)
    {
        var (folder, port) = (arguments[0], arguments[1]);
        using var root = X509CertificateLoader.LoadCertificateFromFile(arguments[2]);
        var trusted = TestTrustStores.Trusted(root);
        var store = new LinuxAnchorsTrustStore(
            Options.Create(new CoreOptions { DataDirectory = Path.Combine(folder, "data"), Scope = TrustScope.Machine }), TimeProvider.System);
        var bundle = await File.ReadAllTextAsync(Bundle);

        Console.WriteLine($"state: {store.GetState().IsEnabled} {store.GetState().Reason}");
        await PrintAsync("before");
        await store.ApplyAsync(new([trusted], []), CancellationToken.None);
        await PrintAsync("added");
        await FollowUpAsync();
        await PrintAsync("followed up");
        await PrintJavaAsync();
        await store.ApplyAsync(new([], [trusted.Key]), CancellationToken.None);
        await PrintAsync("removed");
        await FollowUpAsync();
        await PrintAsync("followed up");
        await PrintJavaAsync();
        var bundleAfter = await File.ReadAllTextAsync(Bundle);
        Console.WriteLine($"bundle as before: {bundleAfter == bundle}");

        await HalfConfigureAsync(isHalf: true);
        await store.ApplyAsync(new([trusted], []), CancellationToken.None);
        await FollowUpAsync();
        await HalfConfigureAsync(isHalf: false);
        await PrintAsync("half-configured");
        await PrintJavaAsync();

        async Task FollowUpAsync() => Console.WriteLine($"warning: {(await store.FollowUpAsync(CancellationToken.None))?.Warning ?? "none"}");

        async Task PrintAsync(string step)
        {
            var installed = (await store.ReadAsync(CancellationToken.None)).Certificates.Contains(trusted.Key);
            var (curl, _) = await Tool.RunAsync("curl", ["-sS", $"https://localhost:{port}/"], CancellationToken.None);
            var links = Directory.GetFiles("/etc/ssl/certs").Count(f => new FileInfo(f).LinkTarget?.Contains("caportal-", StringComparison.Ordinal) == true);
            Console.WriteLine($"{step}: read {installed}, curl {curl == 0}, links {links}");
        }

        async Task PrintJavaAsync()
        {
            var (_, entries) = await Tool.RunAsync("keytool", ["-list", "-keystore", Keystore, "-storepass", "changeit"], CancellationToken.None);
            Console.WriteLine($"Java: {entries.Contains($"caportal-{trusted.Key.Sha256[..32]}", StringComparison.Ordinal)}");
        }
    }

    // As a run of dpkg leaves it that was broken off.
    private static async Task HalfConfigureAsync(bool isHalf)
    {
        const string Good = "Package: ca-certificates-java\nStatus: install ok installed\n";
        const string Half = "Package: ca-certificates-java\nStatus: install ok half-configured\n";
        var status = await File.ReadAllTextAsync(PackageStatus);
        await File.WriteAllTextAsync(
            PackageStatus,
            isHalf ? status.Replace(Good, Half, StringComparison.Ordinal) : status.Replace(Half, Good, StringComparison.Ordinal));
    }
}
