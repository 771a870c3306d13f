using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Alerts;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.Probing;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.Time.Testing;

namespace CaPortal.Tests.Alerts;

/// <summary>What ends over the coming twelve months.</summary>
public class ExpiryRadarTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = FakeTime.FromNow();
    private TestCore _core = null!;
    private StoredBackEnds _backEnds = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _core = await TestCore.StartAsync(time: _time);
        _backEnds = StoredBackEnds.Of(_core);
    }

    public ValueTask DisposeAsync() => _core.DisposeAsync();

    [Fact]
    public async Task Radar_SeesTwelveMonthsAndWhatHasEndedTheEarliestFirst()
    {
        using var late = Root("Late", 367);
        using var last = Root("Last", 360);
        using var near = Root("Near", 5);
        using var past = Root("Past", 2);
        await _core.AddAsync(late, last, near, past);
        _time.Advance(TimeSpan.FromDays(3));

        var overview = await LoadAsync();
        Assert.Equal(["Past", "Near", "Last", "Late"], overview.Certificates.Select(c => c.Name));
        Assert.Equal(_time.GetUtcNow().UtcDateTime, overview.At);
        _time.AdjustTime(_time.GetUtcNow().AddDays(-3));
        Assert.Equal(["Past", "Near", "Last"], (await LoadAsync()).Certificates.Select(c => c.Name));
    }

    [Fact]
    public async Task Certificate_InStoresAndChains_IsOneWithAllThatDependsOnIt()
    {
        using var root = Root("Corp Root", 100);
        using var issuing = TestCertificates.Intermediate(root, "Branch Issuing", _time.GetUtcNow().AddDays(50));
        using var other = TestCertificates.Root("Other Root");
        using var leaf = TestCertificates.Server(other, "pay.corp");
        await _core.AddAsync(root, issuing);
        var b = await _backEnds.AddAsync("b.corp", TrustVerdict.Trusted, anchor: root, chain: [leaf, issuing]);
        var a = await _backEnds.AddAsync("a.corp", TrustVerdict.Trusted, anchor: root, chain: [leaf, issuing, root]);
        await _backEnds.AddAsync("c.corp", TrustVerdict.Trusted, chain: leaf);

        var found = (await LoadAsync()).Certificates;
        Assert.Equal(["Branch Issuing", "Corp Root"], found.Select(c => c.Name));
        Assert.Equal([CaStore.CertificateAuthority], found[0].Stores);
        Assert.Equal([CaStore.Root], found[1].Stores);
        Assert.Equal([(a, "a.corp:443", true), (b, "b.corp:443", true)], found[0].BackEnds.Select(x => (x.Id, x.Address, x.Presents)));
        Assert.Equal([(a, true), (b, false)], found[1].BackEnds.Select(x => (x.Id, x.Presents)));
    }

    [Fact]
    public async Task Certificate_ThatOnlyServersSend_IsSeenAsLongAsOneDoes()
    {
        using var root = TestCertificates.Root();
        using var issuing = TestCertificates.Intermediate(root, "Branch Issuing", _time.GetUtcNow().AddDays(50));
        var id = await _backEnds.AddAsync("a.corp", TrustVerdict.UnknownIssuer, chain: issuing);

        var found = Assert.Single((await LoadAsync()).Certificates);
        Assert.True(found.IsCa);
        Assert.Empty(found.Stores);
        Assert.Null(found.Successor);
        await _backEnds.PresentAsync(id, root);
        Assert.Empty((await LoadAsync()).Certificates);
    }

    [Fact]
    public async Task Successor_IsTheOneOfTheSameStoreAndSubjectThatEndsLast()
    {
        using var root = Root("Corp Root", 20);
        using var next = Root("Corp Root", 400);
        using var last = Root("Corp Root", 800);
        using var other = Root("Other Root", 900);
        using var older = Root("Corp Root", 10);
        await _core.AddAsync(root, next, last, other, older);

        var found = (await LoadAsync()).Certificates;
        Assert.Equal([Thumbprints.Sha256(older.RawData), Thumbprints.Sha256(root.RawData)], found.Select(c => c.Sha256));
        Assert.All(found, c => Assert.Equal((TestCore.KeyOf(last), false), (c.Successor!.Key, c.Successor.HasSameKey)));
        await _core.DeleteAsync(TestCore.KeyOf(last));
        Assert.Equal(TestCore.KeyOf(next), (await LoadAsync()).Certificates[1].Successor!.Key);
        await _core.MoveAsync(TestCore.KeyOf(next));
        Assert.Null((await LoadAsync()).Certificates[1].Successor);
    }

    [Fact]
    public async Task Radar_WithoutDatabase_SaysSo()
    {
        using (_core.WithoutDatabase())
            await Assert.ThrowsAsync<DatabaseException>(LoadAsync);
    }

    private X509Certificate2 Root(string name, int days) => TestCertificates.Root(name, notAfter: _time.GetUtcNow().AddDays(days));

    private Task<ExpiryOverview> LoadAsync() => _core.Get<ExpiryRadar>().LoadAsync(Cancellation);
}

/// <inheritdoc/>
[OnPostgres]
public sealed class ExpiryRadarTestsOnPostgres : ExpiryRadarTests;
