using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Core.TrustStores.LinuxAnchors;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.TrustStores.LinuxAnchors;

/// <summary>
/// The layout of the families whose command alone writes the bundle, with a shell script as the command. The script does as
/// p11-kit's command does: it takes files of any name, passes over what is no certificate, and renames the result into place.
/// </summary>
internal sealed class ExtractedSandbox : IDisposable
{
    /// <summary>A command that works.</summary>
    public const string Extract = """
        echo run >> runs
        for file in system/* anchors/*; do
          openssl x509 -in "$file"
        done | awk '/^-----BEGIN/ { block = "" } { block = block $0 "\n" } /^-----END/ { if (!(block in seen)) { printf "%s", block; seen[block] = 1 } }' > bundle/.new
        mv bundle/.new bundle/bundle.pem
        """;

    /// <summary>A command that empties the bundle.</summary>
    public const string Empty = "echo run >> runs; echo 'p11-kit: out of luck'; : > bundle/bundle.pem; exit 1";

    private readonly TemporaryDirectory _folder = new();

    public ExtractedSandbox()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux keeps the system's roots in this way.");
        Tool.Require("openssl");
        foreach (var folder in (string[])["system", "anchors", "bundle", "blocklist"])
            Directory.CreateDirectory(_folder[folder]);
        foreach (var (i, certificate) in System.Index())
            File.WriteAllBytes(_folder[$"system/{i}.p11-kit"], TestFiles.Pem(certificate));
        File.WriteAllBytes(Bundle, TestFiles.Pem(System));
        Store = NewStore();
        UseTool(Extract);
    }

    /// <summary>The distribution's own roots.</summary>
    public X509Certificate2[] System { get; } = BenchmarkCertificates.Roots("System", 3);

    public LinuxAnchorsTrustStore Store { get; }

    public string Bundle => _folder["bundle/bundle.pem"];

    public string BlockFolder => _folder["blocklist"];

    /// <summary>How often the command has run.</summary>
    public int Runs => File.Exists(_folder["runs"]) ? File.ReadAllLines(_folder["runs"]).Length : 0;

    /// <summary>SHA-256 of all that programs which read the bundle find in it.</summary>
    public IReadOnlyList<string> InBundle() => [.. PemFile.Parse(File.ReadAllBytes(Bundle)).Certificates.Select(c => c.Sha256)];

    /// <summary>A file in the folder for what the administrator adds.</summary>
    public string Anchor(string name) => Path.Combine(_folder["anchors"], name);

    /// <summary>The file of the portal's for a certificate.</summary>
    public string OwnFile(CaCertificateKey key) => Anchor($"caportal-{key.Sha256[..32]}.crt");

    /// <summary>Puts another command in the place of the one that is there.</summary>
    public void UseTool(string script)
    {
        File.WriteAllText(_folder["new"], $"cd '{_folder.Path}'\n{script}\n");
        File.Move(_folder["new"], _folder["tool.sh"], overwrite: true);
    }

    /// <summary>The trust store as another portal has it.</summary>
    public LinuxAnchorsTrustStore NewStore(TimeSpan? timeout = null) => new(
        new LinuxFamily("Test", [], "p11-kit", new AnchorsLayout
        {
            AnchorsFolder = _folder["anchors"],
            Command = "/bin/sh",
            Arguments = [_folder["tool.sh"]],
            Bundle = Bundle,
            SystemFolder = _folder["system"],
            BlockFolders = [_folder["blacklist"], BlockFolder],
            TakesAnyFile = true,
            CommandTimeout = timeout ?? TimeSpan.FromMinutes(2),
        }),
        _folder["data"],
        TimeProvider.System);

    public void Dispose() => _folder.Dispose();
}
