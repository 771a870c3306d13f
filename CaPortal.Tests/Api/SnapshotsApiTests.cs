using System.Text.Json.Nodes;
using CaPortal.Tests.Testing;
using static CaPortal.Tests.Api.ApiFixture;

namespace CaPortal.Tests.Api;

/// <summary>What the trust stores held before the last changes.</summary>
public class SnapshotsApiTests : IAsyncDisposable
{
    private const string SnapshotsPath = "/api/v1/snapshots";

    private readonly ApiFixture _api = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _api.DisposeAsync();

    [Fact]
    public async Task Snapshots_AfterChanges_AreListedComparedAndRestored()
    {
        using var first = TestCertificates.Root("First Root");
        using var second = TestCertificates.Root("Second Root");
        await _api.AddAsync(first);
        await _api.AddAsync(second);
        await ExpectAsync(200, _api.Administrator.DeleteAsync($"{CertificatesPath}/{Sha256(first)}", Cancellation));

        var list = (await ExpectAsync(200, _api.Reader.GetAsync(SnapshotsPath, Cancellation)))["value"]!.AsArray();
        Assert.Equal(
            [("Delete", 2L, 2), ("Add", 1L, 1), ("Add", 0L, 0)],
            list.Select(s => ((string)s!["before"]!, (long)s["revision"]!, (int)s["certificates"]!["pem-bundle"]!)));
        Assert.All(list, s => Assert.Equal("API key", (string)s!["by"]!));
        var path = $"{SnapshotsPath}/{(long)list[1]!["id"]!}";

        var difference = await ExpectAsync(200, _api.Reader.GetAsync(path, Cancellation));
        var store = Assert.Single(difference["trustStores"]!.AsArray())!;
        Assert.False((bool)difference["isSame"]!);
        Assert.Equal((Sha256(second), "Second Root", true), Named(store["appeared"]!));
        Assert.Equal((Sha256(first), "First Root", true), Named(store["gone"]!));

        var restored = await ExpectAsync(200, SendAsync(_api.Administrator, "POST", $"{path}/restore?reason=CHG-7"));
        Assert.Equal([Sha256(first)], restored["added"]!.AsArray().Select(c => (string)c!["sha256"]!));
        Assert.Equal([Sha256(second)], restored["deleted"]!.AsArray().Select(c => (string)c!["sha256"]!));
        Assert.Equal((4, "Installed"), ((int)restored["revision"]!, (string)restored["trustStores"]![0]!["state"]!));
        Assert.True((bool)(await ExpectAsync(200, _api.Reader.GetAsync(path, Cancellation)))["isSame"]!);

        var again = await ExpectAsync(200, SendAsync(_api.Administrator, "POST", $"{path}/restore"));
        Assert.Equal((0, 0, 4), (again["added"]!.AsArray().Count, again["deleted"]!.AsArray().Count, (int)again["revision"]!));
    }

    [Theory]
    [InlineData("4711")]
    [InlineData("-1")]
    [InlineData("none")]
    [InlineData("99999999999999999999")]
    public async Task Snapshot_ThatIsNotKept_IsNotFound(string id)
    {
        await ExpectAsync(404, _api.Administrator.GetAsync($"{SnapshotsPath}/{id}", Cancellation), "NotFound");
        await ExpectAsync(404, SendAsync(_api.Administrator, "POST", $"{SnapshotsPath}/{id}/restore"), "NotFound");
    }

    [Fact]
    public async Task Restore_WithAReasonThatIsNone_IsABadRequest()
    {
        using var root = TestCertificates.Root();
        await _api.AddAsync(root);

        await ExpectAsync(400, SendAsync(_api.Administrator, "POST", $"{SnapshotsPath}/1/restore?reason=%07"), "BadRequest");
    }

    private static (string Sha256, string Name, bool IsManaged) Named(JsonNode certificates)
    {
        var only = Assert.Single(certificates.AsArray())!;
        return ((string)only["sha256"]!, (string)only["name"]!, (bool)only["isManaged"]!);
    }
}

/// <inheritdoc/>
[OnPostgres]
public sealed class SnapshotsApiTestsOnPostgres : SnapshotsApiTests;
