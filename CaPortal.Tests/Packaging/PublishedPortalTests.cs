using System.Text.Json.Nodes;
using CaPortal.Core.TrustStores.Programs;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Packaging;

/// <summary>What <c>dotnet publish</c> writes: that it has what the portal needs and nothing else, and runs.</summary>
public sealed class PublishedPortalTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Folder_OfOnePlatform_HasWhatItNeedsAlone()
    {
        var published = await PublishedPortal.FolderAsync();
        var files = Directory.GetFiles(published, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(published, f)).ToList();

        Assert.Equal(["wwwroot"], Directory.GetDirectories(published).Select(Path.GetFileName));
        Assert.Equal(
            [
                "CaPortal", "CaPortal.deps.json", "CaPortal.runtimeconfig.json", "CaPortal.staticwebassets.endpoints.json",
                "appsettings.json", "createdump", "sbom.cdx.json",
            ],
            files.Where(f => !f.Contains('/', StringComparison.Ordinal) && Path.GetExtension(f) is not (".dll" or ".so")).Order(StringComparer.Ordinal));
        Assert.All(files.Where(f => Path.GetExtension(f) is ".so"), f => Assert.StartsWith("lib", f, StringComparison.Ordinal));
        Assert.Contains("libe_sqlite3.so", files);
        foreach (var file in (string[])["wwwroot/css/layout.css", "wwwroot/css/layout.css.br", "wwwroot/css/layout.css.gz", "wwwroot/_framework/blazor.web.js"])
            Assert.Contains(file, files);
    }

    [Fact]
    public async Task OneFile_WithItsRuntime_HasNoAssembliesBesideIt()
    {
        var published = await PublishedPortal.OneFileAsync();

        Assert.Equal(
            ["CaPortal", "CaPortal.staticwebassets.endpoints.json", "appsettings.json", "libe_sqlite3.so", "sbom.cdx.json", "wwwroot"],
            Directory.GetFileSystemEntries(published).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Portal_FromWhatWasPublished_DoesAllItsWork(bool isOneFile)
    {
        var published = isOneFile ? await PublishedPortal.OneFileAsync() : await PublishedPortal.FolderAsync();
        var program = Path.Combine(published, "CaPortal");
        using var root = TestCertificates.Root();
        using var certificate = TestCertificates.Server(root);
        await using var server = new TlsServer(certificate);
        string[] settings =
        [
            $"--CaPortal:DataDirectory={_folder["data"]}", $"--CaPortal:Authentication:ApiKey={PortalFactory.ApiKey}",
            "--CaPortal:BackEnds:Allowed:Networks:0=127.0.0.0/8",
        ];
        await using var portal = await PackagedPortal.StartAsync(["env", $"HOME={_folder["home"]}", program, "--urls=http://127.0.0.1:0", .. settings]);

        await portal.OpenPageAsync();
        await portal.AddAsync(root);
        var bundle = await File.ReadAllTextAsync(_folder["data/trust/roots.pem"], Cancellation);
        Assert.Contains(root.ExportCertificatePem().ReplaceLineEndings("\n"), bundle, StringComparison.Ordinal);
        Assert.NotEmpty(Directory.GetFiles(_folder["home/.dotnet/corefx/cryptography/x509stores/root"]));

        // The workers for .NET and Java are asked, and a fresh process sees the certificate.
        var probed = await portal.ProbeAsync(server.Port);
        Assert.True((string?)probed["verdict"] == "Trusted", probed.ToJsonString());
        foreach (var client in Tool.IsInstalled("java") ? ["dotnet", "java"] : (string[])["dotnet"])
            Assert.True((bool?)ClientOf(probed, client)["isAccepted"], probed.ToJsonString());
        await File.WriteAllTextAsync(_folder["question"], $"Root {Convert.ToBase64String(root.RawData)}\n", Cancellation);
        Assert.Equal("trusted\n", await Tool.RunAsync("/", "env", $"HOME={_folder["home"]}", program, TrustProbe.Verb, _folder["question"]));

        Assert.Equal("Healthy\n", await Tool.RunAsync("/", program, "health", settings[0]));
        Assert.Equal(0, await portal.EndAsync());
        Assert.NotEmpty(JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(published, "sbom.cdx.json"), Cancellation))!["components"]!.AsArray());
        var (exitCode, _, errors) = await Tool.TryRunAsync("/", program, "health", settings[0]);
        Assert.Equal(1, exitCode);
        Assert.StartsWith($"No portal runs on the data directory {_folder["data"]}.", errors, StringComparison.Ordinal);
    }

    private static JsonNode ClientOf(JsonNode probed, string name) => probed["clients"]!.AsArray().Single(c => (string?)c!["name"] == name)!;
}
