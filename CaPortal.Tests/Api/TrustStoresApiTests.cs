using System.Text.Json.Nodes;
using CaPortal.Core.TrustStores;
using CaPortal.Tests.Testing;
using CaPortal.Tests.TrustStores.LinuxAnchors;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using static CaPortal.Tests.Api.ApiFixture;

namespace CaPortal.Tests.Api;

/// <summary>The trust stores of the machine: their state, verify, repair.</summary>
public sealed class TrustStoresApiTests : IAsyncDisposable
{
    private const string StoresPath = "/api/v1/trust-stores";

    private readonly ApiFixture _api = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string RootsFile => Path.Combine(_api.Portal.DataDirectory, "trust", "roots.pem");

    public TrustStoresApiTests() => _api.Portal.With("CaPortal:Drift", "Report");

    public ValueTask DisposeAsync() => _api.DisposeAsync();

    [Fact]
    public async Task List_ForAReader_HasEveryKindAndWhatIsInThoseInUse()
    {
        using var root = TestCertificates.Root();
        await _api.AddAsync(root);
        var list = await ExpectAsync(200, _api.Reader.GetAsync(StoresPath, Cancellation));
        var bundle = Named(list, "pem-bundle");
        var x509 = Named(list, "x509");

        Assert.Equal(("User", true), ((string)list["scope"]!, (bool)list["isNamed"]!));
        Assert.Equal("Installed", (string)bundle["state"]!);
        Assert.Equal(["Root", "CertificateAuthority"], bundle["places"]!.AsArray().Select(p => (string)p!["storeName"]!));
        Assert.Equal(RootsFile, (string)bundle["file"]!);
        Assert.Equal("""{"wanted":1,"installed":1,"leftOut":0,"withdrawn":0,"others":0}""", bundle["certificates"]!.ToJsonString());
        Assert.NotNull(bundle["writtenAt"]);
        Assert.NotNull(bundle["verifiedAt"]);
        Assert.Equal(("NotInUse", null), ((string)x509["state"]!, x509["certificates"]));
    }

    [Theory]
    [InlineData("/verify", "/repair")]
    [InlineData("/pem-bundle/verify", "/pem-bundle/repair")]
    public async Task VerifyAndRepair_OfATrustStoreThatWasChanged_FindItAndPutItRight(string verify, string repair)
    {
        using var root = TestCertificates.Root();
        await _api.AddAsync(root);
        await File.WriteAllTextAsync(RootsFile, "", Cancellation);

        var found = await ExpectAsync(200, SendAsync(_api.Administrator, "POST", StoresPath + verify));
        Assert.Equal(["Drifted"], States(found));
        Assert.NotEmpty((string)found["trustStores"]![0]!["advice"]!);
        Assert.Empty(await File.ReadAllTextAsync(RootsFile, Cancellation));

        var repaired = await ExpectAsync(200, SendAsync(_api.Administrator, "POST", StoresPath + repair));
        Assert.Equal(["Installed"], States(repaired));
        Assert.Equal(1, (long)repaired["revision"]!);
        Assert.Equal("Installed", (string)Named(await _api.GetAsync(StoresPath), "pem-bundle")["state"]!);
    }

    [Fact]
    public async Task Repair_ThatFails_IsAProblemWithTheReason()
    {
        using var root = TestCertificates.Root();
        await _api.AddAsync(root);
        File.Delete(RootsFile);
        Directory.CreateDirectory(RootsFile);
        var problem = await ExpectAsync(503, SendAsync(_api.Administrator, "POST", $"{StoresPath}/pem-bundle/repair"), "TrustStoreUnavailable");

        Assert.Equal("Failed", (string)problem["trustStores"]![0]!["state"]!);
        Assert.Contains(RootsFile, (string)problem["detail"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x509")]
    [InlineData("no-such-kind")]
    [InlineData("%3Cscript%3E")]
    public async Task VerifyAndRepair_OfANameThatIsNotInUse_AreNotFound(string name)
    {
        await ExpectAsync(404, SendAsync(_api.Administrator, "POST", $"{StoresPath}/{name}/verify"), "NotFound");
        await ExpectAsync(404, SendAsync(_api.Administrator, "POST", $"{StoresPath}/{name}/repair"), "NotFound");
    }

    [Fact]
    public async Task ListAndRepair_WithAFileOfSomebodyElseInDer_SayItAndTheStateStaysInstalled()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux keeps the system's roots in this way.");
        using var folder = new TemporaryDirectory();
        using var root = TestCertificates.Root();
        using var other = TestCertificates.Root("Other Root");
        var debian = new DebianSandbox(folder.Path);
        await debian.FillAsync();
        var path = Path.Combine(debian.Local, "other.crt");
        await File.WriteAllBytesAsync(path, other.RawData, Cancellation);
        _api.Portal.With("CaPortal:TrustStores:0", "linux-anchors").WithServices(s => s.RemoveAll<ITrustStore>().AddSingleton<ITrustStore>(debian.Store));
        await _api.AddAsync(root);

        var listed = Named(await _api.GetAsync(StoresPath), "linux-anchors");
        var repaired = (await ExpectAsync(200, SendAsync(_api.Administrator, "POST", $"{StoresPath}/linux-anchors/repair")))["trustStores"]![0]!;
        foreach (var answer in (JsonNode[])[listed, repaired])
        {
            Assert.Equal(("Installed", null), ((string)answer["state"]!, (string?)answer["error"]));
            var note = Assert.Single(answer["notes"]!.AsArray())!;
            Assert.Equal(path, (string)note["file"]!);
            Assert.Contains("is in DER", (string)note["message"]!, StringComparison.Ordinal);
            Assert.Contains($"openssl x509 -inform DER -in {path} -out ", (string)note["advice"]!, StringComparison.Ordinal);
        }

        var unread = Assert.Single((await _api.GetAsync("/api/v1/found-certificates"))["unread"]!.AsArray())!;
        Assert.Contains("is in DER", (string)unread["error"]!, StringComparison.Ordinal);
    }

    private static JsonNode Named(JsonNode list, string name) => list["value"]!.AsArray().Single(s => (string)s!["name"]! == name)!;

    private static IEnumerable<string> States(JsonNode results) => results["trustStores"]!.AsArray().Select(t => (string)t!["state"]!);
}
