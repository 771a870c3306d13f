using CaPortal.Core.Activity;
using CaPortal.Tests.Testing;
using Microsoft.Data.Sqlite;
using static CaPortal.Tests.Activity.ActivityLogTests;

namespace CaPortal.Tests.Activity;

/// <summary>The activity log on SQLite: its guards there, and what can be done to a file alone.</summary>
public sealed class SqliteActivityTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("UPDATE activity SET actor = 'nobody' WHERE sequence = 1")]
    [InlineData("DELETE FROM activity WHERE sequence = 1")]
    [InlineData($"INSERT OR REPLACE INTO activity (sequence, {AllButSequence}) SELECT sequence, {AllButSequence} FROM activity WHERE sequence = 1")]
    [InlineData($"REPLACE INTO activity (sequence, {AllButSequence}) SELECT 1, {AllButSequence} FROM activity WHERE sequence = 2")]
    [InlineData(
        $"INSERT INTO activity (sequence, {AllButSequence}) SELECT 1, {AllButSequence} FROM activity WHERE sequence = 2 ON CONFLICT (sequence) DO UPDATE "
            + "SET actor = 'nobody'")]
    public async Task Database_ChangeOfAnEntry_IsRefused(string sql)
    {
        await using var core = await StartWithEntriesAsync(_folder.Path);

        var refused = await Assert.ThrowsAsync<SqliteException>(() => core.ExecuteAsync(sql));

        Assert.Contains("append-only", refused.Message, StringComparison.Ordinal);
        Assert.Null(await VerifyAsync(core));
    }

    [Theory]
    [InlineData("UPDATE activity SET at = 'garbage' WHERE sequence = 3", 3)]
    [InlineData("UPDATE activity SET revision_after = 'garbage' WHERE sequence = 2", 2)]
    [InlineData($"REPLACE INTO activity (sequence, {AllButSequence}) SELECT 2, {AllButSequence} FROM activity WHERE sequence = 4", 2)]
    public async Task Verify_ValueThatOnlySqliteTakes_NamesTheFirstBrokenEntry(string sql, long broken)
    {
        await using var core = await StartWithEntriesAsync(_folder.Path);

        await core.TamperAsync(sql);

        Assert.Equal(broken, (await VerifyAsync(core))?.Sequence);
    }

    [Fact]
    public async Task Verify_TriggersDropped_IsSeenUntilTheNextStartPutsThemBack()
    {
        await using (var core = await StartWithEntriesAsync(_folder.Path))
        {
            await core.ExecuteAsync(
                "DROP TRIGGER activity_no_delete; DROP TRIGGER activity_no_update; CREATE TRIGGER activity_no_update BEFORE UPDATE ON activity WHEN 0 "
                    + "BEGIN SELECT RAISE(ABORT, 'never'); END");

            var damage = await VerifyAsync(core);
            Assert.Equal(5, damage?.Sequence);
            Assert.Contains("activity_no_update and activity_no_delete were taken out", damage?.Message, StringComparison.Ordinal);
        }

        await using var again = await TestCore.StartAsync(_folder.Path);
        Assert.Null(await VerifyAsync(again));
        foreach (var sql in new[] { "UPDATE activity SET actor = 'nobody'", "DELETE FROM activity" })
            Assert.Contains("append-only", (await Assert.ThrowsAsync<SqliteException>(() => again.ExecuteAsync(sql))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_OlderCopyOfTheDatabaseInItsPlace_IsSeen()
    {
        var (database, copy) = (_folder["portal.db"], _folder["portal.db.old"]);
        await using (await StartWithEntriesAsync(_folder.Path))
        {
        }

        File.Copy(database, copy);
        await using (var core = await TestCore.StartAsync(_folder.Path))
        {
            using var root = TestCertificates.Root();
            await core.AddAsync(root);
            Assert.Null(await VerifyAsync(core));
        }

        File.Move(copy, database, overwrite: true);
        File.Delete($"{database}-wal");
        File.Delete($"{database}-shm");

        await using var older = await TestCore.StartAsync(_folder.Path);
        Assert.Equal(
            new ActivityDamage(5, "The log ends at entry 4, but entry 6 had been written.") { CanBeAcknowledged = true, IsCut = true },
            await VerifyAsync(older));
    }
}
