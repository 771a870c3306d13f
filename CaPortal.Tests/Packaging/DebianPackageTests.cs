using System.Text.RegularExpressions;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Packaging;

/// <summary>The Debian package, installed, upgraded, removed and purged for real on a machine of its own.</summary>
public sealed class DebianPackageTests : IDisposable
{
    // A pre-release, as Publish.targets names it, and the release that follows it.
    private const string Older = "0.1.0~alpha.0.240";
    private const string Version = "0.1.0";

    private const string Settings = "/etc/caportal/appsettings.json";
    private const string Enabled = "/etc/systemd/system/multi-user.target.wants/caportal.service";
    private const string Anchors = "/usr/local/share/ca-certificates";

    private readonly TemporaryDirectory _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Package_InstalledUpgradedRemovedAndPurged_KeepsWhatNobodyGaveUp()
    {
        Tool.Require("dpkg-deb");
        await using var machine = await PrivateMachine.StartAsync();
        var published = await PublishedPortal.FolderAsync();
        await BuildAsync(machine, published, Older, "old.deb");
        await BuildAsync(machine, published, Version, "new.deb");
        // What Java's hook does takes seconds, and has its own tests.
        await machine.RunAsync("rm -f /etc/ca-certificates/update.d/*");

        await machine.RunAsync("dpkg --force-unsafe-io -i /tmp/old.deb");
        await machine.RunAsync($"test -L {Enabled} && test $(stat -c %U:%G:%a {Settings}) = root:root:640");
        await machine.RunAsync("cd / && md5sum --quiet -c /var/lib/dpkg/info/caportal.md5sums");
        // A setting that the administrator made, which the portal reads, and an upgrade keeps.
        const string Own = $$"""
            "TrustStores": ["linux-anchors", "pem-bundle"], "Authentication": { "ApiKey": "{{PortalFactory.ApiKey}}" },
            """;
        await machine.RunAsync($"sed -i 's|\"Scope\"|{Own} &|' {Settings}");
        using var root = TestCertificates.Root("Debian Root");
        await using (var portal = await StartAsync(machine))
        {
            await portal.SayAsync("scope Machine, data directory /var/lib/caportal/data");
            Assert.Contains("/login?t=", await machine.RunAsync("caportal sign-in-link"), StringComparison.Ordinal);
            await portal.AddAsync(root);
            Assert.Equal("Healthy\n", await machine.RunAsync("caportal health"));
            Assert.Equal(0, await portal.EndAsync());
        }
        Assert.True(await IsTrustedAsync(machine));

        Assert.DoesNotContain("conffile", await machine.RunAsync("dpkg --force-unsafe-io -i /tmp/new.deb </dev/null"), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(Version, await machine.RunAsync("dpkg-query -f '${Version}' -W caportal"));
        await using (var portal = await StartAsync(machine))
        {
            Assert.Equal(1, await portal.CountAsync());
            Assert.Equal(0, await portal.EndAsync());
        }

        await machine.RunAsync("dpkg -r caportal");
        await machine.RunAsync("test ! -e /usr/lib/caportal && test ! -e /usr/bin/caportal");
        await machine.RunAsync($"test -e {Settings} && test -e /var/lib/caportal/data/portal.db");
        Assert.True(await IsTrustedAsync(machine));

        var said = await machine.RunAsync("dpkg --purge caportal </dev/null");
        Assert.Contains($"CA certificates that CaPortal has installed stay trusted: {Anchors}/caportal-*.crt", said, StringComparison.Ordinal);
        Assert.Contains("The bundles of CA certificates stay in /var/lib/caportal/trust", said, StringComparison.Ordinal);
        Assert.Contains("The data of CaPortal stays in /var/lib/caportal/data", said, StringComparison.Ordinal);
        await machine.RunAsync($"test ! -e /etc/caportal && test ! -L {Enabled}");
        await machine.RunAsync("test -e /var/lib/caportal/data/portal.db && test -e /var/lib/caportal/trust/roots.pem");
        Assert.True(await IsTrustedAsync(machine));

        await machine.RunAsync("dpkg --force-unsafe-io -i /tmp/new.deb");
        foreach (var question in (string[])["withdraw", "delete-data"])
            await machine.RunAsync($"echo 'caportal caportal/{question} boolean true' | debconf-set-selections");
        await machine.RunAsync("dpkg --purge caportal </dev/null");
        await machine.RunAsync($"test ! -e /var/lib/caportal && ! ls -A {Anchors} | grep caportal");
        Assert.False(await IsTrustedAsync(machine));

        async Task<bool> IsTrustedAsync(PrivateMachine where)
        {
            var pem = Convert.ToBase64String(root.RawData)[..60];
            return (await where.TryRunAsync($"grep -q '{pem}' /etc/ssl/certs/ca-certificates.crt")).ExitCode == 0;
        }
    }

    [Fact]
    public async Task Scripts_OfThePackage_AreValidForThePlainShell()
    {
        Tool.Require("sh");
        foreach (var script in (string[])["build", "postinst", "prerm", "postrm"])
            await Tool.RunAsync(Sources, "sh", "-n", script);
    }

    private static string Sources => Path.Combine(Repository.Path, "CaPortal", "Packaging", "Debian");

    /// <summary>Builds it, without compressing, and puts it on the machine.</summary>
    private async Task BuildAsync(PrivateMachine machine, string published, string version, string name)
    {
        await Tool.RunAsync("/", "sh", Path.Combine(Sources, "build"), published, version, "amd64", _folder[name], "none");
        Assert.Equal($"{version}\n", await Tool.RunAsync("/", "dpkg-deb", "-f", _folder[name], "Version"));
        await machine.RunOutsideAsync("cp", _folder[name], $"{machine.Root}/tmp/{name}");
        File.Delete(_folder[name]);
    }

    /// <summary>As the unit starts it.</summary>
    private static async Task<PackagedPortal> StartAsync(PrivateMachine machine)
    {
        var unit = await File.ReadAllTextAsync(Path.Combine(Sources, "caportal.service"), Cancellation);
        var command = Regex.Match(unit, "^ExecStart=(.+)$", RegexOptions.Multiline).Groups[1].Value;
        return await PackagedPortal.StartAsync(machine.Inside("root", ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"], command, "--urls=http://127.0.0.1:0"));
    }
}
