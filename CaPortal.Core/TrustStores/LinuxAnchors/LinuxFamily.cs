namespace CaPortal.Core.TrustStores.LinuxAnchors;

/// <summary>A family of Linux distributions that keep the system's trust in the same way.</summary>
/// <param name="Name">Its name, for people.</param>
/// <param name="Ids">What its members call themselves in <c>os-release</c>.</param>
/// <param name="Package">The package with the command.</param>
/// <param name="Layout">Where things are.</param>
internal sealed record LinuxFamily(string Name, IReadOnlyList<string> Ids, string Package, AnchorsLayout Layout)
{
    /// <summary>All families that are known: one row each.</summary>
    public static IReadOnlyList<LinuxFamily> All { get; } =
    [
        new("Alpine", ["alpine"], "ca-certificates", new AnchorsLayout
        {
            AnchorsFolder = "/usr/local/share/ca-certificates",
            Command = "/usr/sbin/update-ca-certificates",
            Bundle = "/etc/ssl/certs/ca-certificates.crt",
            SystemFolder = "/usr/share/ca-certificates",
            SystemSelection = "/etc/ca-certificates.conf",
        }),
        new("Debian and Ubuntu", ["debian", "ubuntu"], "ca-certificates", new AnchorsLayout
        {
            AnchorsFolder = "/usr/local/share/ca-certificates",
            Command = "/usr/sbin/update-ca-certificates",
            Bundle = "/etc/ssl/certs/ca-certificates.crt",
            SystemFolder = "/usr/share/ca-certificates",
            SystemSelection = "/etc/ca-certificates.conf",
            Debian = new DebianLayout
            {
                LinksFolder = "/etc/ssl/certs",
                PackageLock = "/var/lib/dpkg/lock-frontend",
                JavaHook = "/etc/ca-certificates/update.d/jks-keystore",
                JavaKeystore = "/etc/ssl/certs/java/cacerts",
            },
        }),
        new("RHEL and Fedora", ["rhel", "fedora", "centos"], "ca-certificates", new AnchorsLayout
        {
            AnchorsFolder = "/etc/pki/ca-trust/source/anchors",
            MarkFolder = "/etc/pki/ca-trust",
            Command = "/usr/bin/update-ca-trust",
            Arguments = ["extract"],
            Bundle = "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
            SystemFolder = "/usr/share/pki/ca-trust-source",
            BlockFolders = BlockFoldersIn("/etc/pki/ca-trust/source", "/usr/share/pki/ca-trust-source"),
            TakesAnyFile = true,
        }),
        new("SUSE", ["suse", "sles", "opensuse"], "ca-certificates", new AnchorsLayout
        {
            AnchorsFolder = "/etc/pki/trust/anchors",
            MarkFolder = "/etc/pki",
            Command = "/usr/sbin/update-ca-certificates",
            Bundle = "/var/lib/ca-certificates/ca-bundle.pem",
            SystemFolder = "/usr/share/pki/trust",
            BlockFolders = BlockFoldersIn("/etc/pki/trust", "/usr/share/pki/trust"),
            TakesAnyFile = true,
        }),
        new("Arch", ["arch"], "ca-certificates-utils and p11-kit", new AnchorsLayout
        {
            AnchorsFolder = "/etc/ca-certificates/trust-source/anchors",
            MarkFolder = "/etc/ca-certificates",
            Command = "/usr/bin/trust",
            Arguments = ["extract-compat"],
            Bundle = "/etc/ca-certificates/extracted/tls-ca-bundle.pem",
            SystemFolder = "/usr/share/ca-certificates/trust-source",
            BlockFolders = BlockFoldersIn("/etc/ca-certificates/trust-source", "/usr/share/ca-certificates/trust-source"),
            TakesAnyFile = true,
        }),
    ];

    /// <summary>
    /// The family of this machine: the one whose command and folder are there. If there are several, or a part is missing, it
    /// is the one that the system names. In case of doubt it is never one whose bundle is written directly.
    /// </summary>
    /// <param name="root">The folder that the system is in: <c>/</c>, or another one in tests.</param>
    /// <returns>Null if there is no trace of any.</returns>
    public static LinuxFamily? Detect(string root = "/")
    {
        var (id, like) = ReadOsRelease(root);
        return All
            .Select(family => (
                Family: family,
                Parts: (Exists(family.Layout.Command) ? 1 : 0) + (Directory.Exists(Under(root, family.Layout.AnchorsFolder)) ? 1 : 0),
                Named: family.Ids.Contains(id) ? 2 : family.Ids.Any(like.Contains) ? 1 : 0))
            .Where(c => c.Parts + c.Named > 0)
            .OrderByDescending(c => c.Parts == 2)
            .ThenByDescending(c => c.Named)
            .ThenByDescending(c => c.Parts)
            .Select(c => c.Family)
            .FirstOrDefault();

        bool Exists(string command) => File.Exists(Under(root, command));
    }

    // The second is what p11-kit called it before 0.23.21, and reads to this day.
    private static string[] BlockFoldersIn(params string[] sources) => [.. sources.SelectMany(s => (string[])[$"{s}/blocklist", $"{s}/blacklist"])];

    private static (string Id, IReadOnlyList<string> Like) ReadOsRelease(string root)
    {
        var path = Under(root, "/etc/os-release");
        var values = (File.Exists(path) ? File.ReadLines(path) : [])
            .Select(line => line.Split('=', 2))
            .Where(pair => pair.Length == 2)
            .ToLookup(pair => pair[0].Trim(), pair => pair[1].Trim().Trim('"', '\''));
        return (IdOf(values["ID"].LastOrDefault("")), [.. values["ID_LIKE"].LastOrDefault("").Split(' ').Select(IdOf)]);

        // openSUSE's editions are opensuse-leap, opensuse-tumbleweed and more.
        static string IdOf(string text) => text.Split('-')[0];
    }

    private static string Under(string root, string path) => Path.Join(root, path);
}
