using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.TrustStores.LinuxAnchors;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.TrustStores.LinuxAnchors;

/// <summary>Debian's layout in a folder of its own, with the real <c>update-ca-certificates</c> set up to work there.</summary>
internal sealed class DebianSandbox
{
    public const int SystemCertificates = 10;
    public const string RealTool = "/usr/sbin/update-ca-certificates";

    private readonly Func<LinuxFamily, LinuxFamily> _adapt;

    public DebianSandbox(string root, Func<LinuxFamily, LinuxFamily>? adapt = null)
    {
        (Root, _adapt) = (root, adapt ?? (f => f));
        Store = NewStore();
    }

    public string Root { get; }

    public LinuxAnchorsTrustStore Store { get; }

    public string Local => LocalFolderIn(Root);

    public string Links => Path.Combine(Root, "etc", "certs");

    public string Bundle => Path.Combine(Links, "ca-certificates.crt");

    public string PackageLock => Path.Combine(Root, "dpkg", "lock-frontend");

    public string LastGood => Path.Combine(Root, "data", LinuxAnchorsTrustStore.Kind, "last-good.pem");

    private string System => Path.Combine(Root, "share");

    public string Selection => Path.Combine(Root, "etc", "ca-certificates.conf");

    public string Hooks => Path.Combine(Root, "hooks");

    public static string LocalFolderIn(string root) => Path.Combine(root, "local");

    /// <summary>The trust store as another portal has it.</summary>
    public LinuxAnchorsTrustStore NewStore() => new(_adapt(Family(RealTool, ToolArguments(Links))), Path.Combine(Root, "data"), TimeProvider.System);

    /// <summary>The same with another program in the place of the tool: a shell script.</summary>
    public LinuxAnchorsTrustStore StoreWithTool(string script, TimeSpan? timeout = null, TimeSpan? courtesy = null)
    {
        var path = Path.Combine(Root, "tool.sh");
        File.WriteAllText(path, script);
        var family = Family("/bin/sh", [path]);
        family = family with
        {
            Layout = family.Layout with { CommandTimeout = timeout ?? family.Layout.CommandTimeout, Courtesy = courtesy ?? family.Layout.Courtesy },
        };
        return new(family, Path.Combine(Root, "data"), TimeProvider.System);
    }

    /// <summary>Puts a distribution's own list there, and has the tool make the bundle.</summary>
    /// <param name="more">Files that are in that list too.</param>
    public async Task FillAsync(params string[] more)
    {
        Tool.Require("update-ca-certificates");
        foreach (var folder in (string[])[Path.Combine(System, "mozilla"), Local, Links, Hooks, Path.GetDirectoryName(PackageLock)!])
            Directory.CreateDirectory(folder);
        var roots = BenchmarkCertificates.Roots("System", SystemCertificates + 1);
        for (var i = 0; i < roots.Length; i++)
            await File.WriteAllTextAsync(SystemFile(i), roots[i].ExportCertificatePem() + (i % 2 == 0 ? "\n" : ""), TestContext.Current.CancellationToken);

        foreach (var file in more)
            File.Copy(file, Path.Combine(System, "mozilla", Path.GetFileName(file)));

        // Not in the order of the names, and as Debian writes it: one is not selected, one is not there.
        await File.WriteAllLinesAsync(
            Selection,
            ["# Comment", "", .. Enumerable.Range(0, SystemCertificates).Reverse().Select(i => $"mozilla/System_{i}.crt"),
            $"!mozilla/System_{SystemCertificates}.crt",
            "mozilla/Gone.crt", .. more.Select(f => $"mozilla/{Path.GetFileName(f)}")],
            TestContext.Current.CancellationToken);
        await RunToolAsync();
    }

    public string SystemFile(int i) => Path.Combine(System, "mozilla", $"System_{i}.crt");

    /// <summary>Has somebody else run the tool.</summary>
    public Task<string> RunToolAsync() => Tool.RunAsync(Root, RealTool, [.. ToolArguments(Links)]);

    /// <summary>The bundle as the tool writes it from nothing, in another folder.</summary>
    public async Task<byte[]> BundleOfTheToolAsync()
    {
        using var links = new TemporaryDirectory();
        await Tool.RunAsync(Root, RealTool, [.. ToolArguments(links.Path)]);
        return await File.ReadAllBytesAsync(links["ca-certificates.crt"], TestContext.Current.CancellationToken);
    }

    public string PutByHand(string name, params X509Certificate2[] certificates)
    {
        var path = Path.Combine(Local, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, TestFiles.Pem(certificates));
        return path;
    }

    /// <summary>SHA-256 of all that programs which read the bundle find in it, with repetitions.</summary>
    public List<string> InBundle() => [.. PemFile.Parse(File.ReadAllBytes(Bundle)).Certificates.Select(c => c.Sha256)];

    private IReadOnlyList<string> ToolArguments(string links) =>
        ["--certsconf", Selection, "--certsdir", System, "--localcertsdir", Local, "--etccertsdir", links, "--hooksdir", Hooks];

    private LinuxFamily Family(string command, IReadOnlyList<string> arguments) => new("Debian", [], "ca-certificates", new AnchorsLayout
    {
        AnchorsFolder = Local,
        Command = command,
        Arguments = arguments,
        Bundle = Bundle,
        SystemFolder = System,
        SystemSelection = Selection,
        Debian = new DebianLayout
        {
            LinksFolder = Links,
            PackageLock = PackageLock,
            JavaHook = Path.Combine(Hooks, "jks-keystore"),
            JavaKeystore = Path.Combine(Links, "java", "cacerts"),
        },
    });
}
