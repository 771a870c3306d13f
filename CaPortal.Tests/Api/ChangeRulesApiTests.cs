using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Changes;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.DependencyInjection;
using static CaPortal.Tests.Api.ApiFixture;

namespace CaPortal.Tests.Api;

/// <summary>Errors and back-ends that stop being trusted, for the kinds of change that bring certificates back.</summary>
public sealed class ChangeRulesApiTests : IAsyncDisposable
{
    private const string SnapshotsPath = "/api/v1/snapshots";
    private const string BackEndsPath = "/api/v1/back-ends";

    private static readonly string[] NotACa = ["NotACa"];

    private readonly ApiFixture _api = new();
    private readonly X509Certificate2 _root = TestCertificates.Root("Corp Root");
    private readonly X509Certificate2 _leaf;

    public ChangeRulesApiTests() => _leaf = TestCertificates.Server(_root);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string RootsFile => Path.Combine(_api.Portal.DataDirectory, "trust", "roots.pem");

    public async ValueTask DisposeAsync()
    {
        await _api.DisposeAsync();
        _leaf.Dispose();
        _root.Dispose();
    }

    [Fact]
    public async Task RestoreSnapshot_CertificateOfOthersWithAnError_IsRefusedUntilItIsAcceptedWithAReason()
    {
        _ = _api.Portal.Address;
        Directory.CreateDirectory(Path.GetDirectoryName(RootsFile)!);
        await File.WriteAllTextAsync(RootsFile, _leaf.ExportCertificatePem() + "\n", Cancellation);
        await _api.AddAsync(_root);
        await File.WriteAllTextAsync(RootsFile, "", Cancellation);
        await _api.Portal.Services.GetRequiredService<Maintenance>().RunAsync(Cancellation);
        var path = $"{SnapshotsPath}/{await NewestSnapshotAsync()}/restore";

        var refused = await ExpectAsync(422, PostAsync(path), "CertificatesRefused");
        var item = Assert.Single(refused["items"]!.AsArray(), i => (string)i!["result"]! == "refused")!;
        Assert.Equal(Sha256(_leaf), (string)item["sha256"]!);
        Assert.Contains("override=", (string)refused["detail"]!, StringComparison.Ordinal);
        var codes = string.Join(',', refused["override"]!["override"]!.AsArray().Select(c => (string)c!));
        await ExpectAsync(422, PostAsync($"{path}?override={codes}"), "ReasonRequired");
        await ExpectAsync(404, _api.Administrator.GetAsync($"{CertificatesPath}/{Sha256(_leaf)}", Cancellation));
        Assert.Equal(1, await _api.RevisionAsync());
        Assert.Contains("RestoreSnapshot", (await _api.GetAsync("/api/v1/activity?category=Refusal")).ToJsonString(), StringComparison.Ordinal);

        var restored = await ExpectAsync(200, PostAsync($"{path}?override={codes}&reason=CHG-9"));
        Assert.Equal([Sha256(_leaf)], restored["added"]!.AsArray().Select(c => (string)c!["sha256"]!));
    }

    [Fact]
    public async Task RestoreSnapshot_ByWhichBackEndsStopBeingTrusted_NeedsForce()
    {
        await using var server = new TlsServer(_leaf);
        await _api.AddAsync(_root);
        await AddBackEndsAsync(server.Port);
        var path = $"{SnapshotsPath}/{await NewestSnapshotAsync()}/restore";

        var refused = await ExpectAsync(409, PostAsync(path), "BackEndsDependOnIt");
        Assert.Equal(3, refused["effect"]!.AsArray().Count);
        Assert.Contains("force=true", (string)refused["detail"]!, StringComparison.Ordinal);
        Assert.Equal(1, (long)refused["revision"]!);
        Assert.Equal(1, await _api.RevisionAsync());
        await ExpectAsync(400, PostAsync($"{path}?force=perhaps"), "BadRequest");

        Assert.Equal(3, (await ExpectAsync(200, PostAsync($"{path}?force=true")))["effect"]!.AsArray().Count);
    }

    [Fact]
    public async Task Undo_OfADeletionOfWhatHasAnError_IsRefusedUntilItIsAcceptedWithAReason()
    {
        await ExpectAsync(201, _api.Administrator.PostAsync(
            CertificatesPath, Form(TestFiles.Pem(_leaf), ("storeName", "Root"), ("override", "NotACa"), ("reason", "pinned")), Cancellation));
        await ExpectAsync(200, _api.Administrator.DeleteAsync($"{CertificatesPath}/{Sha256(_leaf)}", Cancellation));
        var undo = $"/api/v1/activity/{(await _api.GetAsync("/api/v1/activity?category=Change"))["value"]![0]!["sequence"]!}/undo";

        var refused = await ExpectAsync(422, SendAsync(_api.Administrator, "POST", undo, Json(new { reason = "back" })), "CertificatesRefused");
        Assert.Contains("\"override\": [\"NotACa\"]", (string)refused["detail"]!, StringComparison.Ordinal);
        await ExpectAsync(422, SendAsync(_api.Administrator, "POST", undo, Json(new { @override = NotACa })), "ReasonRequired");
        await ExpectAsync(200, SendAsync(_api.Administrator, "POST", undo, Json(new { @override = NotACa, reason = "back" })));
    }

    private async Task AddBackEndsAsync(int port)
    {
        object[] value = [new { host = "127.0.0.1", port }, new { host = "localhost", port }, new { host = "127.0.0.1", port, serverName = "localhost" }];
        var ids = (await ExpectAsync(201, _api.Administrator.PostAsync(BackEndsPath, Json(new { value }), Cancellation)))["ids"]!.AsArray();
        foreach (var id in ids)
            Assert.Equal("Trusted", (string)(await ExpectAsync(200, PostAsync($"{BackEndsPath}/{id}/test")))["verdict"]!);
    }

    private async Task<long> NewestSnapshotAsync() => (long)(await _api.GetAsync(SnapshotsPath))["value"]![0]!["id"]!;

    private Task<HttpResponseMessage> PostAsync(string path) => SendAsync(_api.Administrator, "POST", path);
}
