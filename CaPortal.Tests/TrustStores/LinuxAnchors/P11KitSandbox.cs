using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.TrustStores.LinuxAnchors;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.TrustStores.LinuxAnchors;

/// <summary>
/// The layout of a family that takes its trust from p11-kit, in a folder of its own, with the real <c>trust</c>. It takes
/// the places of its sources from its module's configuration alone, so it is run where it sees another one.
/// </summary>
internal sealed class P11KitSandbox
{
    public const string RedHat = "RHEL and Fedora";
    public const string Arch = "Arch";

    private const string RealTool = "/usr/bin/trust";
    private const string ModulesFolder = "/usr/share/p11-kit/modules";
    private const string HelpersFolder = "/usr/libexec/p11-kit";

    // What these distributions' own scripts extract, and to where.
    private static readonly (string Format, string RedHat, string Arch)[] Extracts =
    [
        ("openssl-bundle --filter=certificates --comment", "openssl/ca-bundle.trust.crt", "ca-bundle.trust.crt"),
        ("pem-bundle --filter=ca-anchors --comment --purpose server-auth", "pem/tls-ca-bundle.pem", "tls-ca-bundle.pem"),
        ("pem-bundle --filter=ca-anchors --comment --purpose email", "pem/email-ca-bundle.pem", "email-ca-bundle.pem"),
        ("pem-bundle --filter=ca-anchors --comment --purpose code-signing", "pem/objsign-ca-bundle.pem", "objsign-ca-bundle.pem"),
        ("java-cacerts --filter=ca-anchors --purpose server-auth", "java/cacerts", "java-cacerts.jks"),
    ];

    private readonly LinuxFamily _family;
    private readonly string _root;

    public P11KitSandbox(string root, string family)
    {
        _root = root;
        _family = LinuxFamily.All.Single(f => f.Name == family);
        var layout = _family.Layout;
        _family = _family with
        {
            Layout = layout with
            {
                AnchorsFolder = Under(layout.AnchorsFolder),
                Command = Under(layout.Command),
                Bundle = Under(layout.Bundle),
                SystemFolder = Under(layout.SystemFolder),
                BlockFolders = [.. layout.BlockFolders.Select(Under)],
            },
        };
        Store = NewStore();
    }

    public LinuxAnchorsTrustStore Store { get; }

    public AnchorsLayout Layout => _family.Layout;

    public string Anchors => Layout.AnchorsFolder;

    public string Bundle => Layout.Bundle;

    public string BlockList => Path.Combine(Source, "blocklist");

    public string JavaKeystore => Commands[^1].Target;

    private string AnchorCommand => Under("anchor");

    private bool IsArch => _family.Name == Arch;

    private string Source => Path.GetDirectoryName(Anchors)!;

    private (string Format, string Target)[] Commands =>
        [.. Extracts.Select(e => (e.Format, Under(IsArch ? $"/etc/ca-certificates/extracted/{e.Arch}" : $"/etc/pki/ca-trust/extracted/{e.RedHat}")))];

    /// <summary>The trust store as another portal has it.</summary>
    public LinuxAnchorsTrustStore NewStore() => new(_family, Under("data"), TimeProvider.System);

    /// <summary>Puts a distribution's own list there, and has the tool make the bundle.</summary>
    /// <param name="trusted">What is trusted in that list.</param>
    /// <param name="distrusted">What is distrusted in it.</param>
    public async Task FillAsync(IEnumerable<X509Certificate2> trusted, X509Certificate2 distrusted)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Only root on Linux can have folders of its own.");
        Tool.Require("trust");
        Tool.Require("unshare");
        foreach (var folder in (string[])[Anchors, BlockList, Layout.SystemFolder, Under("modules"), Under("helpers"), Path.GetDirectoryName(Layout.Command)!])
            Directory.CreateDirectory(folder);
        foreach (var (_, target) in Commands)
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);

        await File.WriteAllLinesAsync(
            Path.Combine(Layout.SystemFolder, "ca-bundle.trust.p11-kit"),
            [.. trusted.Select(c => Entry(c, "trusted: true")), Entry(distrusted, "x-distrusted: true")],
            TestContext.Current.CancellationToken);
        Configure($"module: p11-kit-trust.so\ntrust-policy: yes\nx-init-reserved: paths='{Source}:{Layout.SystemFolder}'");
        var script = ShellScript.Write(
            Under("helpers/trust-extract-compat"),
            string.Join('\n', Commands.Select(c => $"{RealTool} extract --overwrite --format={c.Format} {c.Target}")));
        ShellScript.Write(Layout.Command, Script(IsArch ? RealTool : script));
        ShellScript.Write(AnchorCommand, Script($"{RealTool} anchor --store"));
        var (probe, _, errors) = await Tool.TryRunAsync(_root, "unshare", "--mount", "mount", "--bind", Under("modules"), ModulesFolder);
        Assert.SkipUnless(probe == 0, $"Mounting folders is not permitted here: {errors}");
        await RunToolAsync();

        static string Entry(X509Certificate2 certificate, string trust) => $"[p11-kit-object-v1]\n{trust}\n{certificate.ExportCertificatePem()}\n";
    }

    /// <summary>Gives the tool's module another configuration.</summary>
    public void Configure(string module) => File.WriteAllText(Under("modules/p11-kit-trust.module"), $"{module}\n");

    /// <summary>Has somebody else run the tool.</summary>
    public Task<string> RunToolAsync() => Tool.RunAsync(_root, Layout.Command, [.. Layout.Arguments]);

    /// <summary>Has somebody else add a certificate in p11-kit's own way.</summary>
    public Task StoreAnchorAsync(string pem) => Tool.RunAsync(_root, AnchorCommand, pem);

    public string PutByHand(string name, byte[] content)
    {
        var path = Path.Combine(Anchors, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }

    /// <summary>SHA-256 of all that programs which read the bundle find in it.</summary>
    public List<string> InBundle() => [.. PemFile.Parse(File.ReadAllBytes(Bundle)).Certificates.Select(c => c.Sha256)];

    // The command as it sees the module's configuration and the script from this folder.
    private string Script(string command) => $"""
        exec unshare --mount sh -ec '
          mount --bind {Under("modules")} {ModulesFolder}
          mount --bind {Under("helpers")} {HelpersFolder}
          exec "$@"' sh {command} "$@"
        """;

    private string Under(string path) => Path.Join(_root, path);
}
