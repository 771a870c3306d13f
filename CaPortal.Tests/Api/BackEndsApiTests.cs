using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using CaPortal.Core.BackEnds;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.DependencyInjection;
using static CaPortal.Tests.Api.ApiFixture;

namespace CaPortal.Tests.Api;

/// <summary>Back-ends over REST, and what changes of the CA certificates say of them.</summary>
public sealed class BackEndsApiTests : IClassFixture<ApiFixture>, IAsyncLifetime
{
    private const string Path = "/api/v1/back-ends";

    private readonly ApiFixture _api;
    private readonly X509Certificate2 _root = TestCertificates.Root("Api Root");
    private readonly X509Certificate2 _issuing;
    private readonly X509Certificate2 _leaf;
    private readonly TlsServer _server;

    public BackEndsApiTests(ApiFixture api)
    {
        _api = api;
        _issuing = TestCertificates.Intermediate(_root, "Api Issuing");
        _leaf = TestCertificates.Server(_issuing);
        _server = new TlsServer(_leaf, _issuing);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Each test begins with an empty list of back-ends.</summary>
    public async ValueTask InitializeAsync()
    {
        _ = _api.Portal.Address;
        var service = _api.Portal.Services.GetRequiredService<BackEndService>();
        await service.DeleteAsync([.. await service.IdsAsync(new BackEndQuery(), Cancellation)], TestCore.Anna, Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        foreach (var certificate in new[] { _root, _issuing, _leaf })
            certificate.Dispose();
    }

    [Fact]
    public async Task Add_AsJsonCsvAndLines_ListsThem()
    {
        var json = await ExpectAsync(
            201,
            PostAsync(
                Path,
                Json(
                    new
                    {
                        value = new object[]
                        {
                            new { address = "a.corp:8443", name = "Alpha" },
                            new
                            {
                                host = "b.corp",
                                port = 636,
                                serverName = "sni.corp",
                            },
                        },
                    })));
        await ExpectAsync(201, PostAsync(Path, Text("Name;Host\nCharlie;c.corp", "text/csv")));
        var lines = await ExpectAsync(201, PostAsync(Path, Text("d.corp\na.corp:8443", "text/plain")));

        Assert.Equal(2, json["ids"]!.AsArray().Count);
        Assert.Equal(["a.corp:8443"], lines["duplicates"]!.AsArray().Select(d => (string)d!));
        var list = await _api.GetAsync($"{Path}?top=3");
        Assert.Equal(["Alpha", "b.corp", "Charlie"], list["value"]!.AsArray().Select(b => (string)b!["name"]!));
        Assert.Equal((4, "sni.corp", null), ((int)list["count"]!, (string)list["value"]![1]!["serverName"]!, list["value"]![1]!["verdict"]));
        Assert.Equal(4, (int)(await _api.GetAsync($"{Path}?filter=nottested&search=corp"))["count"]!);
        Assert.Equal(0, (int)(await _api.GetAsync($"{Path}?filter=Trusted"))["count"]!);
        await ExpectAsync(200, PostAsync(Path, Text("d.corp", "text/plain")));
    }

    [Theory]
    [InlineData("text/plain", "a.corp\nb.corp,none", 422)]
    [InlineData("text/plain", "# nothing", 400)]
    [InlineData("text/plain", "\0\u0001\ud800", 422)]
    [InlineData("application/json", "{\"value\":[{\"address\":\"a.corp\"},{\"host\":\"b.corp\",\"port\":0}]}", 422)]
    [InlineData("application/json", "{\"value\":[null]}", 422)]
    [InlineData("application/json", "{\"value\":[]}", 400)]
    [InlineData("application/json", "{\"value\":[{\"address\":\"a.corp\",\"host\":\"a.corp\"}]}", 422)]
    [InlineData("application/json", "{\"value\":[{\"address\":\"a.corp\",\"name\":\"a\\u0000\"}]}", 422)]
    [InlineData("application/json", "{", 400)]
    [InlineData("application/json", "{\"value\":[{\"port\":\"x\"}]}", 400)]
    [InlineData("application/xml", "<a/>", 415)]
    public async Task Add_WhatCannotBeUnderstood_AddsNothingAndSaysWhy(string type, string body, int status)
    {
        await ExpectAsync(status, PostAsync(Path, Text(body, type)));

        Assert.Equal(0, (int)(await _api.GetAsync(Path))["count"]!);
    }

    [Fact]
    public async Task Add_HugeBody_IsTooLarge()
    {
        await ExpectAsync(422, PostAsync(Path, Text(new string('a', 2 * 1024 * 1024), "text/plain")));

        // It is refused by its length alone, before it is sent.
        using var request = new HttpRequestMessage(HttpMethod.Post, Path) { Content = Text(new string('a', 5 * 1024 * 1024), "text/plain") };
        request.Headers.ExpectContinue = true;
        await ExpectAsync(413, _api.Administrator.SendAsync(request, Cancellation), "TooLarge");
    }

    [Fact]
    public async Task OneBackEnd_FromAddingToDeleting_IsWhatTheServerShows()
    {
        var id = await AddAsync();

        var tested = await ExpectAsync(200, PostAsync($"{Path}/{id}/test", null));
        Assert.Equal(("UnknownIssuer", "UnknownIssuer"), ((string)tested["verdict"]!, (string)tested["chain"]!["verdict"]!));
        Assert.Equal("Api Root", (string)tested["chain"]!["missing"]!["name"]!);
        Assert.Equal([Sha256(_leaf), Sha256(_issuing)], tested["chain"]!["presented"]!.AsArray().Select(p => (string)p!["sha256"]!));
        Assert.Equal(_leaf.ExportCertificatePem(), (string)tested["chain"]!["presented"]![0]!["pem"]!);
        Assert.Equal((await _api.GetAsync($"{Path}/{id}")).ToJsonString(), tested.ToJsonString());

        var edited = await ExpectAsync(200, SendAsync(_api.Administrator, "PUT", $"{Path}/{id}", Json(new { host = "other.corp", name = "Other" })));
        Assert.Equal(("Other", 443, null), ((string)edited["name"]!, (int)edited["port"]!, edited["verdict"]));
        await ExpectAsync(422, SendAsync(_api.Administrator, "PUT", $"{Path}/{id}", Json(new { host = "not a host" })));

        using var deleted = await _api.Administrator.DeleteAsync($"{Path}/{id}", Cancellation);
        Assert.Equal(204, (int)deleted.StatusCode);
        foreach (var (method, path) in new[] { ("GET", $"{Path}/{id}"), ("DELETE", $"{Path}/{id}"), ("POST", $"{Path}/{id}/test") })
            await ExpectAsync(404, SendAsync(_api.Administrator, method, path), "NotFound");
        await ExpectAsync(404, SendAsync(_api.Administrator, "PUT", $"{Path}/{id}", Json(new { host = "other.corp" })), "NotFound");
    }

    [Fact]
    public async Task Test_SomeOrAll_AnswersWhenAllHaveEnded()
    {
        var id = await AddAsync();
        await ExpectAsync(201, PostAsync(Path, Text("127.0.0.1,9", "text/plain")));

        var one = await ExpectAsync(200, PostAsync($"{Path}/test", Json(new { ids = new[] { id } })));
        var all = await ExpectAsync(200, PostAsync($"{Path}/test", null));
        await ExpectAsync(400, PostAsync($"{Path}/test", Text("[1]", "application/json")));

        Assert.Equal(id, (long)Assert.Single(one["value"]!.AsArray())!["id"]!);
        Assert.Equal(["Blocked", "UnknownIssuer"], all["value"]!.AsArray().Select(b => (string)b!["verdict"]!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Probe_AServer_HasVerdictChainAndWhatIsMissing()
    {
        var probed = await ExpectAsync(200, PostAsync($"{Path}/probe", Json(new { host = "localhost", port = _server.Port })));
        var blocked = await ExpectAsync(200, PostAsync($"{Path}/probe", Json(new { host = "169.254.169.254", port = 443 })));

        Assert.Equal(("UnknownIssuer", "Api Root"), ((string)probed["verdict"]!, (string)probed["missing"]!["name"]!));
        Assert.Equal(2, probed["presented"]!.AsArray().Count);
        Assert.NotEmpty((string)probed["advice"]!);
        Assert.Equal("Blocked", (string)blocked["verdict"]!);
        Assert.Equal(0, (int)(await _api.GetAsync(Path))["count"]!);
    }

    [Theory]
    [InlineData("{}", 422)]
    [InlineData("{\"host\":\"\"}", 422)]
    [InlineData("{\"host\":\"a b\"}", 422)]
    [InlineData("{\"host\":\"localhost\",\"port\":70000}", 422)]
    [InlineData("{\"host\":\"localhost\",\"port\":99999999999}", 400)]
    [InlineData("{\"host\":\"localhost\",\"serverName\":\"\\u0000\"}", 422)]
    [InlineData("null", 400)]
    public async Task Probe_WhatIsNoAddress_SaysSo(string body, int status) =>
        await ExpectAsync(status, PostAsync($"{Path}/probe", Text(body, "application/json")));

    [Fact]
    public async Task CaCertificates_InspectAddDeleteAndRestore_SayWhatTheyDoToBackEnds()
    {
        var id = await AddAsync();
        await ExpectAsync(200, PostAsync($"{Path}/{id}/test", null));

        var inspected = await ExpectAsync(200, PostAsync($"{CertificatesPath}/inspect", Form(TestFiles.Pem(_root))));
        var added = await ExpectAsync(201, PostAsync(CertificatesPath, Form(TestFiles.Pem(_root))));
        foreach (var answer in new[] { inspected, added })
            AssertEffect(answer, "BecomesTrusted", "UnknownIssuer", "Trusted");

        var refused = await ExpectAsync(409, _api.Administrator.DeleteAsync($"{CertificatesPath}/{Sha256(_root)}", Cancellation), "BackEndsDependOnIt");
        Assert.Contains("Payments", (string)refused["detail"]!, StringComparison.Ordinal);
        AssertEffect(refused, "StopsBeingTrusted", "Trusted", "UnknownIssuer");
        Assert.Equal("Trusted", (string)(await _api.GetAsync($"{Path}/{id}"))["verdict"]!);

        var deleted = await ExpectAsync(200, _api.Administrator.DeleteAsync($"{CertificatesPath}/{Sha256(_root)}?force=true", Cancellation));
        AssertEffect(deleted, "StopsBeingTrusted", "Trusted", "UnknownIssuer");
        Assert.Equal("UnknownIssuer", (string)(await _api.GetAsync($"{Path}/{id}"))["verdict"]!);
        await ExpectAsync(400, _api.Administrator.DeleteAsync($"{CertificatesPath}/{Sha256(_root)}?force=perhaps", Cancellation));

        var snapshot = (await _api.GetAsync("/api/v1/snapshots"))["value"]![0]!["id"]!;
        var restored = await ExpectAsync(200, PostAsync($"/api/v1/snapshots/{snapshot}/restore", null));
        AssertEffect(restored, "BecomesTrusted", "UnknownIssuer", "Trusted");
        await _api.Administrator.DeleteAsync($"{CertificatesPath}/{Sha256(_root)}?force=true", Cancellation);
    }

    [Fact]
    public async Task Probe_MoreOftenThanAllowed_IsToldWhenToTryAgain()
    {
        await using var portal = new PortalFactory().With("CaPortal:Api:ProbesPerMinute", "1");
        using var client = portal.CreateApiClient();
        var blocked = Json(new { host = "169.254.169.254", port = 443 });
        await ExpectAsync(200, client.PostAsync($"{Path}/probe", blocked, Cancellation));

        await ExpectAsync(429, client.PostAsync($"{Path}/probe", Json(new { host = "169.254.169.254", port = 443 }), Cancellation), "TooManyRequests");
        await ExpectAsync(429, client.PostAsync($"{Path}/test", null, Cancellation), "TooManyRequests");
        await ExpectAsync(200, client.GetAsync(Path, Cancellation));
    }

    private static void AssertEffect(JsonNode answer, string kind, string before, string after)
    {
        var effect = Assert.Single(answer["effect"]!.AsArray())!;
        Assert.Equal(
            ("Payments", kind, before, after),
            ((string)effect["name"]!, (string)effect["effect"]!, (string)effect["before"]!, (string)effect["after"]!));
    }

    private static StringContent Text(string text, string type) => new(text, Encoding.UTF8, type);

    private Task<HttpResponseMessage> PostAsync(string path, HttpContent? content) => _api.Administrator.PostAsync(path, content, Cancellation);

    private async Task<long> AddAsync()
    {
        var added = await ExpectAsync(201, PostAsync(Path, Json(new { value = new[] { new { host = "127.0.0.1", port = _server.Port, name = "Payments" } } })));
        return (long)added["ids"]![0]!;
    }
}
