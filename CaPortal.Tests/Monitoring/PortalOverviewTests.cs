using CaPortal.Core;
using CaPortal.Core.Monitoring;
using CaPortal.Core.Probing;
using CaPortal.Core.TrustStores;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace CaPortal.Tests.Monitoring;

public class PortalOverviewTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = FakeTime.FromNow();
    private TestCore _core = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private StoredBackEnds BackEnds => StoredBackEnds.Of(_core);

    public async ValueTask InitializeAsync() => _core = await TestCore.StartAsync(time: _time, configure: o => o.Drift = DriftResponse.Report);

    [Fact]
    public async Task Load_NewPortal_HasNothingThatNeedsSomebody()
    {
        var overview = await LoadAsync();

        Assert.Empty(overview.Matters);
        Assert.Equal((0, 0, 0L, 0, 0), (overview.Roots, overview.Intermediates, overview.Revision, overview.BackEnds, overview.TrustedBackEnds));
        Assert.Null(overview.NextExpiry);
    }

    [Fact]
    public async Task Load_WithCertificatesAndBackEnds_CountsThem()
    {
        using var root = TestCertificates.Root();
        using var intermediate = TestCertificates.Intermediate(root);
        await _core.AddAsync(root, intermediate);
        await BackEnds.AddAsync("a.corp", TrustVerdict.Trusted);
        await BackEnds.AddAsync("b.corp", TrustVerdict.ClientCertificateRequired);
        var overview = await LoadAsync();

        Assert.Empty(overview.Matters);
        Assert.Equal((1, 1, 1L), (overview.Roots, overview.Intermediates, overview.Revision));
        Assert.Equal((2, 2, 1, 1), (overview.BackEnds, overview.TrustedBackEnds, overview.TrustStores, overview.TrustStoresInOrder));
        Assert.NotNull(overview.VerifiedAt);
    }

    [Fact]
    public async Task Load_BackEndsThatNeedSomebody_AreToldApartTheWorstFirst()
    {
        await BackEnds.AddAsync("silent.corp", TrustVerdict.TimedOut);
        await BackEnds.AddAsync("new.corp", null);
        await BackEnds.AddAsync("fine.corp", TrustVerdict.Trusted);
        foreach (var host in (string[])["a.corp", "b.corp", "c.corp", "d.corp"])
            await BackEnds.AddAsync(host, TrustVerdict.UnknownIssuer);
        var overview = await LoadAsync();

        Assert.Equal([(MatterKind.BackEndNotTrusted, 4), (MatterKind.BackEndUnreachable, 1), (MatterKind.BackEndNotTested, 1)], Counts(overview));
        Assert.Equal([MatterSeverity.Error, MatterSeverity.Warning, MatterSeverity.Info], overview.Matters.Select(m => m.Severity));
        Assert.Equal(["a.corp:443", "b.corp:443", "c.corp:443"], overview.Matters[0].Subjects.Select(s => s.Name));
        Assert.All(overview.Matters[0].Subjects, s => Assert.Equal("What was found.", s.Detail));
        Assert.Equal((7, 1), (overview.BackEnds, overview.TrustedBackEnds));
    }

    [Fact]
    public async Task Load_CertificatesThatEnd_AreToldApartAndThoseReplacedPassedOver()
    {
        var now = _time.GetUtcNow();
        using var expired = TestCertificates.Root("Expired", notAfter: now.AddDays(1));
        using var soon = TestCertificates.Root("Soon", notAfter: now.AddDays(40));
        using var replaced = TestCertificates.Root("Replaced", notAfter: now.AddDays(40));
        using var successor = TestCertificates.Root("Replaced", notAfter: now.AddDays(4000));
        using var later = TestCertificates.Root("Later", notAfter: now.AddDays(100));
        await _core.AddAsync(expired, soon, replaced, successor, later);
        _time.Advance(TimeSpan.FromDays(2));
        var overview = await LoadAsync();

        Assert.Equal([(MatterKind.Expired, 1), (MatterKind.ExpiresSoon, 1)], Counts(overview));
        Assert.Equal([TestCore.KeyOf(expired), TestCore.KeyOf(soon)], overview.Matters.Select(m => Assert.Single(m.Subjects).Certificate!.Value));
        Assert.Equal("Soon", overview.NextExpiry?.Name);
    }

    [Fact]
    public async Task Load_ExpiringCertificateThatOnlyABackEndPresents_LeadsToTheBackEnd()
    {
        using var root = TestCertificates.Root();
        using var server = TestCertificates.Server(root, notAfter: _time.GetUtcNow().AddDays(20));
        var id = await BackEnds.AddAsync("a.corp", TrustVerdict.Trusted, chain: [server]);
        var subject = Assert.Single(Assert.Single((await LoadAsync()).Matters).Subjects);

        Assert.Equal((null, id), (subject.Certificate, subject.BackEndId));
    }

    [Fact]
    public async Task Load_TrustStoreThatSomebodyElseChanged_IsAMatterUntilItIsRepaired()
    {
        using var root = TestCertificates.Root();
        await _core.AddAsync(root);
        await File.WriteAllTextAsync(_core.RootsFile, "", Cancellation);
        await _core.MaintainAsync();
        var drifted = await LoadAsync();
        await _core.Machine.RepairAsync(TestCore.Anna, null, Cancellation);

        Assert.Equal([(MatterKind.TrustStoreDrifted, 1)], Counts(drifted));
        Assert.NotNull(Assert.Single(drifted.Matters[0].Subjects).Detail);
        Assert.Equal((1, 0), (drifted.TrustStores, drifted.TrustStoresInOrder));
        Assert.Empty((await LoadAsync()).Matters);
    }

    [Fact]
    public async Task Load_TrustStoreThatCannotBeWritten_IsTheFirstMatter()
    {
        await BackEnds.AddAsync("a.corp", TrustVerdict.UnknownIssuer);
        Directory.CreateDirectory(_core.RootsFile);
        using var root = TestCertificates.Root();
        await _core.AddAsync(root);

        Assert.Equal([(MatterKind.TrustStoreFailed, 1), (MatterKind.BackEndNotTrusted, 1)], Counts(await LoadAsync()));
    }

    [Fact]
    public async Task Load_ProposalThatWaits_IsAMatter()
    {
        _core.Get<IOptions<CoreOptions>>().Value.FourEyes.Enabled = true;
        using var root = TestCertificates.Root();
        await _core.AddAsync(root);

        Assert.Equal([(MatterKind.WaitsForApproval, 1)], Counts(await LoadAsync()));
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _core.DisposeAsync();
    }

    private Task<Overview> LoadAsync() => _core.Get<PortalOverview>().LoadAsync(Cancellation);

    private static IEnumerable<(MatterKind Kind, int Count)> Counts(Overview overview) => overview.Matters.Select(m => (m.Kind, m.Count));
}

[OnPostgres]
public sealed class PortalOverviewTestsOnPostgres : PortalOverviewTests;
