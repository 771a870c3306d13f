using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using CaPortal.Tests.Testing;
using static CaPortal.Tests.Api.ApiFixture;

namespace CaPortal.Tests.Api;

/// <summary>What the endpoints of found certificates and of the operating system's roots do.</summary>
public sealed class FoundCertificatesApiTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string FoundPath = "/api/v1/found-certificates";
    private const string SystemPath = "/api/v1/operating-system-roots";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string RootsFile => Path.Combine(api.Portal.DataDirectory, "trust", "roots.pem");

    [Fact]
    public async Task Adopt_Found_IsManagedAndListedNoMore()
    {
        using var root = TestCertificates.Root("Found To Adopt");
        await TestFiles.AppendAsync(RootsFile, root);
        var found = Assert.Single((await api.GetAsync($"{FoundPath}?search=Found%20To%20Adopt"))["value"]!.AsArray())!;
        Assert.Equal((Sha256(root), "Root", root.Thumbprint), ((string)found["sha256"]!, (string)found["storeName"]!, (string)found["thumbprint"]!));
        var place = Assert.Single(found["places"]!.AsArray())!;
        Assert.Equal(("pem-bundle", RootsFile), ((string)place["name"]!, (string)place["location"]!));
        Assert.Equal(root.RawData, await api.Reader.GetByteArrayAsync($"{FoundPath}/{Sha256(root)}.cer", Cancellation));

        var adopted = await PostAsync(200, "adopt", new { items = Items(root), reason = "ours" });

        Assert.Equal("added", (string)Assert.Single(adopted["items"]!.AsArray())!["result"]!);
        Assert.Equal("Installed", (string)adopted["trustStores"]![0]!["state"]!);
        Assert.Equal("ours", (string)(await api.GetAsync($"{CertificatesPath}/{Sha256(root)}"))["description"]!);
        Assert.Empty((await api.GetAsync($"{FoundPath}?search=Found%20To%20Adopt"))["value"]!.AsArray());
        await PostAsync(404, "adopt", new { items = Items(root) }, "NotFound");
    }

    [Fact]
    public async Task Adopt_WithAnError_IsRefusedUntilItIsAcceptedWithAReason()
    {
        string[] accepted = ["SelfSignedLeaf"];
        using var server = TestCertificates.SelfSignedServer("adopt.corp");
        await TestFiles.AppendAsync(RootsFile, server);
        var refused = await PostAsync(422, "adopt", new { items = Items(server) }, "CertificatesRefused");
        Assert.Contains(refused["items"]![0]!["findings"]!.AsArray(), f => (string)f!["code"]! == "SelfSignedLeaf");
        Assert.Equal(accepted, refused["override"]!["override"]!.AsArray().Select(c => (string)c!));
        Assert.Contains("\"override\": [\"SelfSignedLeaf\"] and \"reason\"", (string)refused["detail"]!, StringComparison.Ordinal);

        var unexplained = await PostAsync(422, "adopt", new { items = Items(server), @override = accepted }, "ReasonRequired");
        Assert.Equal(("refused", (long)refused["revision"]!), ((string)unexplained["items"]![0]!["result"]!, (long)unexplained["revision"]!));
        await PostAsync(200, "adopt", new { items = Items(server), @override = accepted, reason = "in use" });
    }

    [Fact]
    public async Task Remove_Found_IsGoneAndSaysFromWhereItStaysTrusted()
    {
        using var other = TestCertificates.Root("Found To Remove");
        await TestFiles.AppendAsync(RootsFile, other);
        await ExpectAsync(201, api.Administrator.PostAsync(CertificatesPath, Form(TestFiles.Pem(other), ("storeName", "CertificateAuthority")), Cancellation));

        var removed = await PostAsync(200, "remove", new { items = Items(other), reason = "not ours" });

        Assert.Equal(Sha256(other), (string)Assert.Single(removed["deleted"]!.AsArray())!["sha256"]!);
        Assert.Contains("Intermediate", (string)Assert.Single(removed["stillTrusted"]!.AsArray())!["places"]![0]!, StringComparison.Ordinal);
        Assert.DoesNotContain(
            other.ExportCertificatePem().ReplaceLineEndings("\n"),
            await File.ReadAllTextAsync(RootsFile, Cancellation),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "items": [] }""", 400)]
    [InlineData("""{ }""", 400)]
    [InlineData("""{ "items": [{ "sha256": "abc", "storeName": "Root" }] }""", 400)]
    [InlineData("""{ "items": [{ "sha256": null, "storeName": "Root" }] }""", 400)]
    [InlineData("""{ "items": [null] }""", 400)]
    [InlineData("""{ "items": null }""", 400)]
    [InlineData("""{ "items": [{ "sha256": "abc", "storeName": "Elsewhere" }] }""", 400)]
    [InlineData("""not json""", 400)]
    public async Task Request_ThatIsNotWellFormed_IsAProblem(string body, int status)
    {
        foreach (var action in (string[])["adopt", "remove"])
        {
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            await ExpectAsync(status, api.Administrator.PostAsync($"{FoundPath}/{action}", content, Cancellation));
        }
    }

    [Fact]
    public async Task OperatingSystemRoots_InParts_AreListedAndCounted()
    {
        var all = await api.GetAsync($"{SystemPath}?top=1000");
        Assert.SkipWhen((int)all["count"]! < 2, "The operating system has no roots.");
        var second = (await api.GetAsync($"{SystemPath}?skip=1&top=1"))["value"]!.AsArray();

        Assert.Equal((string)all["value"]![1]!["sha256"]!, (string)Assert.Single(second)!["sha256"]!);
        Assert.NotNull(all["value"]![0]!["places"]![0]!["fixed"]);
        Assert.Contains(
            "BEGIN CERTIFICATE",
            await api.Reader.GetStringAsync($"{SystemPath}/{second[0]!["sha256"]}.pem", Cancellation),
            StringComparison.Ordinal);
        await ExpectAsync(400, api.Reader.GetAsync($"{SystemPath}?top=0", Cancellation));
        await ExpectAsync(400, api.Reader.GetAsync($"{FoundPath}?search={new string('x', 201)}", Cancellation));
    }

    private static object[] Items(X509Certificate2 certificate) => [new { sha256 = Sha256(certificate), storeName = "Root" }];

    private Task<JsonNode> PostAsync(int status, string action, object body, string? code = null) =>
        ExpectAsync(status, api.Administrator.PostAsync($"{FoundPath}/{action}", Json(body), Cancellation), code);
}
