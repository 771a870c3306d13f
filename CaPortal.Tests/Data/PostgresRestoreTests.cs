using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Activity;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using CaPortal.Core.Inventory;
using CaPortal.Core.Nodes;
using CaPortal.Core.Portals;
using CaPortal.Core.TrustStores;
using CaPortal.Tests.Testing;
using Npgsql;

namespace CaPortal.Tests.Data;

/// <summary>Two portals whose database is put back from a dump, or upgraded by a newer portal.</summary>
public sealed class PostgresRestoreTests : IAsyncLifetime
{
    private const string Reason = "The disk of the server was lost";

    private readonly TemporaryDirectory _folder = new();
    private readonly X509Certificate2 _deleted = TestCertificates.Root("Deleted since");
    private readonly X509Certificate2 _kept = TestCertificates.Root("Kept");
    private readonly X509Certificate2 _added = TestCertificates.Root("Added since");
    private string _database = "";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _database = await TestCore.NewPostgresDatabaseAsync();

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        _deleted.Dispose();
        _kept.Dispose();
        _added.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Restore_EarlierDump_IsNoticedAndEverythingConvergesAfterTheDecision(bool startsSecondLater)
    {
        await ChangeAfterTheDumpAsync();
        await using var one = await StartAsync("one");
        var two = startsSecondLater ? null : await StartAsync("two");
        try
        {
            foreach (var core in new[] { one, two }.OfType<TestCore>())
                await AssertStandsStillAsync(core);

            await AcknowledgeAsync(one);
            Assert.Contains("earlier one, of revision 2: revision 4 had been", (await FindAsync(one))!.Problem, StringComparison.Ordinal);
            Assert.Equal(TrustStoreResult.Failed, Assert.Single(await one.MaintainAsync()).Result);
            Assert.IsType<UnprovedListOutcome.Done>(await one.Get<UnprovedList>().KeepTrustedAsync(TestCore.Anna, Reason));

            if (two is null)
            {
                // Nobody at this machine has said yet that the cut of the log is known.
                two = await StartAsync("two");
                await AssertStandsStillAsync(two);
                await AcknowledgeAsync(two);
            }

            foreach (var core in new[] { one, two, one, two })
                Assert.Equal(TrustStoreResult.Installed, Assert.Single(await core.MaintainAsync()).Result);
            foreach (var core in new[] { one, two })
            {
                Assert.Null(await FindAsync(core));
                Assert.Null((await core.Get<ActivityService>().VerifyAsync(Cancellation)).Damage);
                Assert.Equal([TestCore.KeyOf(_kept)], (await core.ListAsync()).Select(c => c.Key));
            }

            Assert.IsType<ChangeOutcome.Applied>(await two.AddAsync(_deleted));
            Assert.Equal(TrustStoreResult.Installed, Assert.Single(await one.MaintainAsync()).Result);
            await AssertTrustAsync("one", _deleted, _kept, _added);
            await AssertTrustAsync("two", _deleted, _kept, _added);
        }
        finally
        {
            if (two is not null)
                await two.DisposeAsync();
        }
    }

    [Fact]
    public async Task Upgrade_ByANewerPortalMeanwhile_GoesOnAndRefusesTheNextStart()
    {
        await using (var core = await StartAsync("one"))
        {
            await ExecuteAsync("""
                INSERT INTO "__EFMigrationsHistory" VALUES ('29990101000000_NextVersion', '99.0.0'); ALTER TABLE ca_certificate ADD next text
                """);
            Assert.IsType<ChangeOutcome.Applied>(await core.AddAsync(_kept));
            Assert.Single(await core.ListAsync());

            // A table that this version needs and the newer one does not.
            await ExecuteAsync("ALTER TABLE ca_certificate RENAME description TO text");
            var unusable = await Assert.ThrowsAsync<DatabaseException>(() => core.ListAsync());
            Assert.Contains("lacks tables", unusable.Message, StringComparison.Ordinal);
            Assert.Contains("install that version here too", unusable.Advice, StringComparison.Ordinal);
            await ExecuteAsync("ALTER TABLE ca_certificate RENAME text TO description");
            Assert.IsType<ChangeOutcome.Applied>(await core.AddAsync(_added));
        }

        var refused = await Assert.ThrowsAsync<DatabaseException>(() => StartAsync("one"));

        Assert.Equal("The database was written by a newer version of CaPortal.", refused.Message);
        Assert.False(refused.IsLoss);
    }

    /// <summary>One certificate more and one less on both machines than in the database, which is of before.</summary>
    private async Task ChangeAfterTheDumpAsync()
    {
        var server = await PostgresServer.Shared.GetAsync();
        var database = new NpgsqlConnectionStringBuilder(_database).Database!;
        await using (var one = await StartAsync("one"))
        {
            await one.AddAsync(_deleted);
            await one.AddAsync(_kept);
            Directory.CreateDirectory(_folder["two"]);
            File.Copy(Path.Combine(one.DataDirectory, "database.key"), Path.Combine(_folder["two"], "database.key"));
            await using var two = await StartAsync("two");
            await two.MaintainAsync();
            await server.DumpAsync(database, _folder["dump"]);

            await one.DeleteAsync(TestCore.KeyOf(_deleted));
            await two.AddAsync(_added);
            await one.MaintainAsync();
        }

        await server.RestoreAsync(database, _folder["dump"]);
    }

    private async Task AssertStandsStillAsync(TestCore core)
    {
        var damage = (await core.Get<ActivityService>().VerifyAsync(Cancellation)).Damage!;
        Assert.Contains("had been written", damage.Message, StringComparison.Ordinal);
        var outcome = Assert.Single(await core.MaintainAsync());
        Assert.Equal(TrustStoreResult.Failed, outcome.Result);
        Assert.Contains("may be an earlier one", outcome.Error, StringComparison.Ordinal);
        using var another = TestCertificates.Root();
        Assert.IsType<ChangeOutcome.Unavailable>(await core.AddAsync(another));
        await AssertTrustAsync(Path.GetFileName(core.DataDirectory), _kept, _added);
    }

    private static async Task AcknowledgeAsync(TestCore core)
    {
        var activity = core.Get<ActivityService>();
        var damage = (await activity.VerifyAsync(Cancellation)).Damage!;
        Assert.IsType<AcknowledgeOutcome.Done>(await activity.AcknowledgeAsync(damage.Sequence, TestCore.Anna, Reason, Cancellation));
    }

    private async Task AssertTrustAsync(string portal, params X509Certificate2[] expected)
    {
        var bundle = await File.ReadAllTextAsync(Path.Combine(TrustOf(portal), "roots.pem"), Cancellation);
        foreach (var root in new[] { _deleted, _kept, _added })
            Assert.Equal(expected.Contains(root), bundle.Contains(root.ExportCertificatePem(), StringComparison.Ordinal));
    }

    private static Task<ListDiscrepancy?> FindAsync(TestCore core) => core.Get<UnprovedList>().FindAsync(Cancellation);

    private async Task<TestCore> StartAsync(string portal)
    {
        var core = await TestCore.StartAsync(_folder[portal], configure: o =>
        {
            (o.Database.Provider, o.Database.ConnectionString) = (DatabaseProvider.PostgreSql, _database);
            o.PemBundle.Directory = TrustOf(portal);
        });
        await core.Get<SharedFiles>().PrepareAsync(() => Task.CompletedTask, Cancellation);
        return core;
    }

    private string TrustOf(string portal) => _folder[$"trust-{portal}"];

    private Task ExecuteAsync(string sql) => new TestDatabase("", _database).ExecuteAsync(sql);
}
