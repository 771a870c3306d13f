using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Activity;
using CaPortal.Core.Alerts;
using CaPortal.Core.Changes;
using CaPortal.Core.Inventory;
using CaPortal.Core.Nodes;
using CaPortal.Core.TrustStores;
using CaPortal.Tests.Testing;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Tests.Nodes;

public class UnprovedListTests : IDisposable
{
    private const string Columns =
        "sequence, at, actor, role, source, action, reason, revision_before, revision_after, details, previous_hash, hash";

    private readonly X509Certificate2 _root = TestCertificates.Root("Proved Root");
    private readonly X509Certificate2 _planted = TestCertificates.Root("Planted Root");

    public void Dispose()
    {
        _root.Dispose();
        _planted.Dispose();
    }

    [Theory]
    [InlineData("UPDATE service_instance SET revision = revision + 1")]
    [InlineData("SELECT 1")]
    [InlineData(
        "UPDATE activity_copy SET sequence = sequence + 2, previous_hash = hash, revision_after = revision_after + 1; "
            + $"INSERT INTO activity ({Columns}) SELECT {Columns} FROM activity_copy; UPDATE service_instance SET revision = revision + 1")]
    public async Task Maintain_CertificatePlantedBySql_IsNotWrittenAndAlerted(string sql)
    {
        await using var core = await TestCore.StartAsync();
        Assert.IsType<ChangeOutcome.Applied>(await core.AddAsync(_root));
        await PlantAsync(core);
        await core.ExecuteAsync($"CREATE TABLE activity_copy AS SELECT {Columns} FROM activity WHERE action = 'Add'; {sql}");

        var outcome = Assert.Single(await core.MaintainAsync());

        Assert.Equal(TrustStoreResult.Failed, outcome.Result);
        Assert.Contains("not the one that the activity log proves", outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(Base64Of(_planted), await RootsAsync(core), StringComparison.Ordinal);
        Assert.Contains(Base64Of(_root), await RootsAsync(core), StringComparison.Ordinal);
        await core.Get<AlertService>().EvaluateAsync(TestContext.Current.CancellationToken);
        Assert.Contains((await core.Get<AlertService>().ListAsync(new AlertQuery(), TestContext.Current.CancellationToken)).Alerts, a =>
            a.Message.Contains("something else than the portal changed it", StringComparison.Ordinal));
        using var another = TestCertificates.Root();
        Assert.IsType<ChangeOutcome.Unavailable>(await core.AddAsync(another));
    }

    [Fact]
    public async Task Restore_PlantedAndDeletedBySql_BringsBackTheProvedList()
    {
        await using var core = await TestCore.StartAsync();
        await core.AddAsync(_root);
        using var kept = TestCertificates.Root();
        await core.AddAsync(kept);
        await PlantAsync(core);
        await core.ExecuteAsync($"DELETE FROM ca_certificate WHERE sha256 = '{TestCore.KeyOf(_root).Sha256}'");

        var found = Assert.IsType<ListDiscrepancy>(await core.Get<UnprovedList>().FindAsync(TestContext.Current.CancellationToken));
        Assert.Equal((2, true), (found.ProvedRevision, found.CanBeRestored));
        Assert.Equal(TestCore.KeyOf(_planted), Assert.Single(found.Planted).Key);
        Assert.Equal(TestCore.KeyOf(_root), Assert.Single(found.Lacking).Key);
        Assert.IsType<UnprovedListOutcome.Forbidden>(await core.Get<UnprovedList>().RestoreAsync(TestCore.Reader, "mine"));
        Assert.IsType<UnprovedListOutcome.Refused>(await core.Get<UnprovedList>().RestoreAsync(TestCore.Anna, " "));

        Assert.IsType<UnprovedListOutcome.Done>(await core.Get<UnprovedList>().RestoreAsync(TestCore.Anna, "planted"));

        Assert.Equal(TrustStoreResult.Installed, Assert.Single(await core.MaintainAsync()).Result);
        Assert.Equal([TestCore.KeyOf(_root), TestCore.KeyOf(kept)], (await core.ListAsync()).Select(c => c.Key).ToHashSet());
        Assert.Null(await core.Get<UnprovedList>().FindAsync(TestContext.Current.CancellationToken));
        Assert.Null((await core.Get<ActivityService>().VerifyAsync(TestContext.Current.CancellationToken)).Damage);
        Assert.IsType<ChangeOutcome.Applied>(await core.DeleteAsync(TestCore.KeyOf(_root)));
    }

    [Fact]
    public async Task Restore_BytesGone_NamesTheCertificate()
    {
        await using var core = await TestCore.StartAsync();
        await core.AddAsync(_root);
        await core.ExecuteAsync("DELETE FROM ca_certificate; DELETE FROM ca_blob");

        var refused = Assert.IsType<UnprovedListOutcome.Refused>(await core.Get<UnprovedList>().RestoreAsync(TestCore.Anna, "gone"));

        Assert.Contains("Proved Root", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Accept_PlantedBySql_IsWrittenAndTheNextChangeMade()
    {
        await using var core = await TestCore.StartAsync();
        await core.AddAsync(_root);
        await PlantAsync(core);

        Assert.IsType<UnprovedListOutcome.Done>(await core.Get<UnprovedList>().AcceptAsync(TestCore.Anna, "it was I"));

        Assert.Equal(TrustStoreResult.Installed, Assert.Single(await core.MaintainAsync()).Result);
        Assert.Contains(Base64Of(_planted), await RootsAsync(core), StringComparison.Ordinal);
        Assert.IsType<ChangeOutcome.Applied>(await core.DeleteAsync(TestCore.KeyOf(_planted)));
        Assert.Null(await core.Get<UnprovedList>().FindAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Maintain_OtherBytesUnderAProvedHash_AreNotWritten()
    {
        await using var core = await TestCore.StartAsync();
        await core.AddAsync(_root);
        await core.QueryAsync(db => db.Blobs.ExecuteUpdateAsync(b => b.SetProperty(x => x.Der, _planted.RawData)));
        File.Delete(core.RootsFile);

        var outcome = Assert.Single(await core.MaintainAsync());

        Assert.Contains("other bytes", outcome.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(core.RootsFile));
    }

    [Fact]
    public async Task Maintain_LogCutBackToAnEarlierList_IsNotWritten()
    {
        await using var core = await TestCore.StartAsync();
        await core.AddAsync(_root);
        await core.DeleteAsync(TestCore.KeyOf(_root));
        await core.TamperAsync("""
            DELETE FROM activity WHERE sequence > 2;
            UPDATE ca_certificate SET removed_revision = NULL; UPDATE service_instance SET revision = 1
            """);

        Assert.Contains("may be an earlier one", Assert.Single(await core.MaintainAsync()).Error, StringComparison.Ordinal);
        Assert.DoesNotContain(Base64Of(_root), await RootsAsync(core), StringComparison.Ordinal);
    }

    private async Task PlantAsync(TestCore core)
    {
        using var other = new TemporaryDirectory();
        await using var source = await TestCore.StartAsync(other.Path);
        await source.AddAsync(_planted);
        var planted = await source.QueryAsync(db => db.Certificates.Include(c => c.Blob).AsNoTracking().SingleAsync());
        planted.Id = 1000;
        await core.WriteAsync(db => Task.FromResult(db.Add(planted)));
    }

    private static async Task<string> RootsAsync(TestCore core) =>
        (await File.ReadAllTextAsync(core.RootsFile, TestContext.Current.CancellationToken)).ReplaceLineEndings("");

    private static string Base64Of(X509Certificate2 certificate) => Convert.ToBase64String(certificate.RawData);
}

/// <inheritdoc/>
[OnPostgres]
public sealed class UnprovedListTestsOnPostgres : UnprovedListTests;
