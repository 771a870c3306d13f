using System.Security.Cryptography;
using System.Text;
using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using CaPortal.Tests.Testing;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Tests.Activity;

public class ActivityLogTests : IDisposable
{
    internal const string AllButSequence = "at, actor, role, source, action, reason, revision_before, revision_after, details, previous_hash, hash";

    private readonly TemporaryDirectory _folder = new();

    private string KeyFile => _folder["activity.key"];

    private string ActivityEndFile => _folder["activity.anchor"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("UPDATE activity SET reason = 'quite another' WHERE sequence = 3", 3)]
    [InlineData("UPDATE activity SET actor = source, source = actor WHERE sequence = 2", 2)]
    [InlineData("UPDATE activity SET at = '2020-01-01 00:00:00' WHERE sequence = 4", 4)]
    [InlineData("UPDATE activity SET details = replace(details, 'Root', 'root') WHERE sequence = 1", 1)]
    [InlineData("DELETE FROM activity WHERE sequence = 2", 2)]
    [InlineData("DELETE FROM activity WHERE sequence = 2; UPDATE activity SET sequence = sequence - 1 WHERE sequence > 2", 2)]
    [InlineData(
        "UPDATE activity SET sequence = 100 WHERE sequence = 2; UPDATE activity SET sequence = 2 WHERE sequence = 3; "
            + "UPDATE activity SET sequence = 3 WHERE sequence = 100",
        2)]
    [InlineData($"INSERT INTO activity (sequence, {AllButSequence}) SELECT 5, {AllButSequence} FROM activity WHERE sequence = 4", 5)]
    [InlineData("DELETE FROM activity WHERE sequence > 3", 4)]
    [InlineData("DELETE FROM activity", 1)]
    [InlineData(
        $"UPDATE activity SET sequence = -sequence WHERE sequence > 2; INSERT INTO activity (sequence, {AllButSequence}) SELECT 3, "
            + $"{AllButSequence} FROM activity WHERE sequence = 2; UPDATE activity SET sequence = 1 - sequence WHERE sequence < 0",
        3)]
    [InlineData("DROP TABLE activity", 1)]
    public async Task Verify_LogThatWasTamperedWith_NamesTheFirstBrokenEntry(string sql, long broken)
    {
        await using var core = await StartWithEntriesAsync(_folder.Path);
        Assert.Null(await VerifyAsync(core));

        await core.TamperAsync(sql);

        Assert.Equal(broken, (await VerifyAsync(core))?.Sequence);
    }

    [Fact]
    public async Task Verify_TailCutAndEntriesWrittenInItsPlace_IsSeen()
    {
        await using var core = await StartWithEntriesAsync(_folder.Path);
        await core.TamperAsync("DELETE FROM activity WHERE sequence > 2");
        for (var i = 0; i < 2; i++)
            await core.Get<ActivityRecorder>().RecordAsync(TestCore.Reader, "SignIn", new { });

        Assert.Equal(3, (await VerifyAsync(core))?.Sequence);
    }

    [Fact]
    public async Task Verify_DatabaseWrittenWithAnotherKey_IsSeen()
    {
        await using (await StartWithEntriesAsync(_folder.Path))
            File.Delete(ActivityEndFile);
        await File.WriteAllBytesAsync(KeyFile, new byte[32], TestContext.Current.CancellationToken);

        await using var core = await TestCore.StartAsync(_folder.Path);

        Assert.Equal(1, (await VerifyAsync(core))?.Sequence);
    }

    [Fact]
    public async Task Verify_HeadBehindByOne_IsIntactAndCatchesUp()
    {
        await using var core = await StartWithEntriesAsync(_folder.Path);
        var hash = await core.QueryAsync(db => db.Activity.Where(a => a.Sequence == 3).Select(a => a.Hash).SingleAsync());
        var key = await File.ReadAllBytesAsync(KeyFile, TestContext.Current.CancellationToken);
        await core.DisposeAsync();
        CaPortal.Core.Activity.ActivityEndFile.Write(ActivityEndFile, new ActivityEnd(3, hash), key);

        await using var again = await TestCore.StartAsync(_folder.Path);
        Assert.Null(await VerifyAsync(again));
        await again.TamperAsync("DELETE FROM activity WHERE sequence = 4");

        Assert.Equal(4, (await VerifyAsync(again))?.Sequence);
    }

    [Fact]
    public async Task Verify_OneEntryAndNoHeadYet_IsIntact()
    {
        await using var core = await TestCore.StartAsync(_folder.Path);
        using var root = TestCertificates.Root();
        var plan = core.PlanAll(await core.InspectAsync(TestFiles.Pem(root)));
        await core.Get<ChangeWriter>().WriteAsync(plan, TestCore.Anna, null, null, TestContext.Current.CancellationToken);
        File.Delete(ActivityEndFile);

        Assert.Null(await VerifyAsync(core));
    }

    [Theory]
    [InlineData(null, "is missing")]
    [InlineData(0, "is damaged")]
    [InlineData(31, "is damaged")]
    public async Task Apply_KeyLostWhileRunning_IsRefusedAndTheKeyNotReplaced(int? length, string expected)
    {
        await using var core = await StartWithEntriesAsync(_folder.Path);
        var key = await File.ReadAllBytesAsync(KeyFile, TestContext.Current.CancellationToken);
        File.Delete(KeyFile);
        if (length is { } bytes)
            await File.WriteAllBytesAsync(KeyFile, new byte[bytes], TestContext.Current.CancellationToken);
        using var root = TestCertificates.Root();

        var outcome = Assert.IsType<ChangeOutcome.Unavailable>(await core.AddAsync(root));

        Assert.Contains(expected, outcome.Message, StringComparison.Ordinal);
        Assert.Equal(length, File.Exists(KeyFile) ? (int)new FileInfo(KeyFile).Length : null);
        Assert.Contains(expected, (await VerifyAsync(core))?.Message, StringComparison.Ordinal);

        await File.WriteAllBytesAsync(KeyFile, key, TestContext.Current.CancellationToken);
        Assert.IsType<ChangeOutcome.Applied>(await core.AddAsync(root));
        Assert.Null(await VerifyAsync(core));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("{\"sequence\":1")]
    [InlineData("SIGNED BY NOBODY")]
    [InlineData("UNSIGNED")]
    public async Task Record_DamagedHead_IsMadeAndNotIntactAfterwards(string content)
    {
        await using var core = await StartWithEntriesAsync(_folder.Path);
        var hash = await core.QueryAsync(db => db.Activity.Where(a => a.Sequence == 2).Select(a => a.Hash).SingleAsync());
        content = content switch
        {
            "SIGNED BY NOBODY" => $$"""{"sequence":2,"hash":"{{hash}}","signature":"{{hash}}"}""",
            "UNSIGNED" => $$"""{"sequence":2,"hash":"{{hash}}"}""",
            _ => content,
        };
        await File.WriteAllTextAsync(ActivityEndFile, content, TestContext.Current.CancellationToken);

        await core.Get<ActivityRecorder>().RecordAsync(TestCore.Reader, "SignIn", new { });

        Assert.Contains("damaged", (await VerifyAsync(core))?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_MissingHeadAndEntriesCut_IsNotIntactWhateverIsRecordedAfterwards()
    {
        await using (var core = await StartWithEntriesAsync(_folder.Path))
        {
            await core.TamperAsync("DELETE FROM activity WHERE sequence > 2");
            File.Delete(ActivityEndFile);

            await core.Get<ActivityRecorder>().RecordAsync(TestCore.Reader, "SignIn", new { });
            await AssertLostAsync(core);

            File.Delete(ActivityEndFile);
            await core.MaintainAsync();
            await AssertLostAsync(core);
        }

        await using var again = await TestCore.StartAsync(_folder.Path);
        await again.MaintainAsync();
        await AssertLostAsync(again);

        static async Task AssertLostAsync(TestCore core)
        {
            var damage = await VerifyAsync(core);
            Assert.Equal((3, true), (damage?.Sequence, damage?.CanBeAcknowledged));
            Assert.Contains("entry 2", damage?.Message, StringComparison.Ordinal);
            Assert.Equal(damage, await core.Get<ActivityService>().FindOpenLossAsync(TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task Acknowledge_MissingHead_IsIntactSinceThenAndStillNamed()
    {
        await using var core = await StartWithEntriesAsync(_folder.Path);
        File.Delete(ActivityEndFile);
        await core.MaintainAsync();

        Assert.IsType<AcknowledgeOutcome.Forbidden>(await AcknowledgeAsync(core, 5, TestCore.Reader, "mine"));
        Assert.IsType<AcknowledgeOutcome.Refused>(await AcknowledgeAsync(core, 5, TestCore.Anna, " "));
        Assert.IsType<AcknowledgeOutcome.Refused>(await AcknowledgeAsync(core, 4, TestCore.Anna, "another"));
        var done = Assert.IsType<AcknowledgeOutcome.Done>(await AcknowledgeAsync(core, 5, TestCore.Anna, "I moved the data directory"));

        Assert.Equal((null, 5), (done.Verification.Damage, done.Verification.IntactSince));
        var loss = Assert.Single(done.Verification.Acknowledged);
        Assert.Equal((5, TestCore.Anna.Name, "I moved the data directory"), (loss.Sequence, loss.By, loss.Reason));
        Assert.Null(await core.Get<ActivityService>().FindOpenLossAsync(TestContext.Current.CancellationToken));
        Assert.IsType<AcknowledgeOutcome.Refused>(await AcknowledgeAsync(core, 5, TestCore.Anna, "again"));
    }

    [Fact]
    public async Task Verify_HeadDeletedAndEntriesCutAfterAnAcknowledgement_IsAnotherLoss()
    {
        await using var core = await StartWithEntriesAsync(_folder.Path);
        File.Delete(ActivityEndFile);
        await core.MaintainAsync();
        await AcknowledgeAsync(core, 5, TestCore.Anna, "known");
        using var root = TestCertificates.Root();
        await core.AddAsync(root);

        var last = await core.QueryAsync(db => db.Activity.Where(a => a.Action == "ActivityAcknowledged").Select(a => a.Sequence).SingleAsync());
        await core.TamperAsync($"DELETE FROM activity WHERE sequence > {last}");
        File.Delete(ActivityEndFile);
        await core.MaintainAsync();

        var damage = Assert.IsType<ActivityDamage>(await VerifyAsync(core));
        Assert.True(damage.CanBeAcknowledged);
        Assert.True(damage.Sequence > last);
    }

    [Fact]
    public async Task Verify_OlderHeadPutBackAndEntriesCut_IsSeen()
    {
        await using var core = await StartWithEntriesAsync(_folder.Path);
        var old = await File.ReadAllBytesAsync(ActivityEndFile, TestContext.Current.CancellationToken);
        for (var i = 0; i < 8; i++)
            await core.Get<ActivityRecorder>().RecordAsync(TestCore.Reader, "SignIn", new { });
        await core.TamperAsync("DELETE FROM activity WHERE sequence > 11");

        await File.WriteAllBytesAsync(ActivityEndFile, old, TestContext.Current.CancellationToken);

        Assert.Contains("replaced by an older one", (await VerifyAsync(core))?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_AllEntriesKeyAndHeadDeleted_IsSeen()
    {
        await using var core = await StartWithEntriesAsync(_folder.Path);
        await core.TamperAsync("DELETE FROM activity");
        File.Delete(ActivityEndFile);
        File.Delete(KeyFile);

        Assert.Contains("all entries were cut off", (await VerifyAsync(core))?.Message, StringComparison.Ordinal);

        await core.Get<ActivityRecorder>().RecordAsync(TestCore.Reader, "SignIn", new { });
        Assert.Contains("all entries were cut off", (await VerifyAsync(core))?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_LogOfAnEarlierVersion_IsIntactAndItsHeadSignedWithTheNextEntry()
    {
        await using var core = await StartWithEntriesAsync(_folder.Path);
        await AsEarlierVersionAsync(core);
        Assert.Null(await VerifyAsync(core));

        await core.Get<ActivityRecorder>().RecordAsync(TestCore.Reader, "SignIn", new { });

        Assert.Null(await VerifyAsync(core));
        Assert.Contains("\"sequence\":5", await File.ReadAllTextAsync(ActivityEndFile, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Contains("signature", await File.ReadAllTextAsync(ActivityEndFile, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nul \0 within")]
    [InlineData("half a surrogate \uD800 pair")]
    [InlineData("\u202Etxet lanoitceridib\u202C \r\n\t 'quoted' \"; DROP TABLE activity; --")]
    public async Task Verify_OddReason_ReadsBackAsItWasHashed(string reason)
    {
        await using var core = await TestCore.StartAsync(_folder.Path);
        using var root = TestCertificates.Root();

        Assert.IsType<ChangeOutcome.Applied>(await core.ApplyAsync(core.PlanAll(await core.InspectAsync(TestFiles.Pem(root))), reason: reason));

        Assert.Null(await VerifyAsync(core));
    }

    [Fact]
    public async Task Verify_Intact_TellsHowManyEntriesThereAre()
    {
        await using var core = await StartWithEntriesAsync(_folder.Path);

        var verification = await core.Get<ActivityService>().VerifyAsync(TestContext.Current.CancellationToken);

        Assert.Equal((4, null, null), (verification.Entries, verification.Damage, verification.IntactSince));
        Assert.Empty(verification.Acknowledged);
    }

    [Fact]
    public void HashOf_TextShiftedBetweenFields_Differs()
    {
        var first = Entry("ab", "c");
        var second = Entry("a", "bc");

        Assert.NotEqual(ActivityChain.HashOf(first, new byte[32]), ActivityChain.HashOf(second, new byte[32]));

        static Core.Data.ActivityEntry Entry(string actor, string role) =>
            new() { Sequence = 1, Actor = actor, Role = role, Source = "", Action = "", Details = "", PreviousHash = "", Hash = "" };
    }

    /// <summary>Two changes with their outcomes: four entries.</summary>
    internal static async Task<TestCore> StartWithEntriesAsync(string dataDirectory)
    {
        var core = await TestCore.StartAsync(dataDirectory);
        for (var i = 0; i < 2; i++)
        {
            using var root = TestCertificates.Root();
            await core.ApplyAsync(core.PlanAll(await core.InspectAsync(TestFiles.Pem(root))), reason: "needed");
        }

        return core;
    }

    /// <summary>Gives the entries the hashes, and the log the head, that earlier versions wrote.</summary>
    private async Task AsEarlierVersionAsync(TestCore core)
    {
        var key = await File.ReadAllBytesAsync(KeyFile, TestContext.Current.CancellationToken);
        var entries = await core.QueryAsync(db => db.Activity.AsNoTracking().OrderBy(a => a.Sequence).ToListAsync());
        await core.TamperAsync("");
        var hash = "";
        foreach (var e in entries)
        {
            string?[] fields =
            [
                $"{e.Sequence}",
                e.At.ToString("O"),
                e.Actor,
                e.Role,
                e.Source,
                e.Action,
                e.Reason,
                e.RevisionBefore?.ToString(),
                e.RevisionAfter?.ToString(),
                e.Details,
                hash,
            ];
            var text = string.Concat(fields.Select(f => f is null ? "-;" : $"{f.Length}:{f};"));
            var previous = hash;
            hash = Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)));
            await core.ExecuteAsync($"UPDATE activity SET previous_hash = '{previous}', hash = '{hash}' WHERE sequence = {e.Sequence}");
        }

        await core.Get<PortalDatabase>().InitializeAsync(TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(ActivityEndFile, $$"""{"sequence":{{entries.Count}},"hash":"{{hash}}"}""", TestContext.Current.CancellationToken);
    }

    private static Task<AcknowledgeOutcome> AcknowledgeAsync(TestCore core, long sequence, Actor actor, string reason) =>
        core.Get<ActivityService>().AcknowledgeAsync(sequence, actor, reason, TestContext.Current.CancellationToken);

    internal static async Task<ActivityDamage?> VerifyAsync(TestCore core) =>
        (await core.Get<ActivityService>().VerifyAsync(TestContext.Current.CancellationToken)).Damage;
}

/// <inheritdoc/>
[OnPostgres]
public sealed class ActivityLogTestsOnPostgres : ActivityLogTests;
