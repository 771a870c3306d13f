using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Changes;

/// <summary>Taking back what an earlier change did.</summary>
public class UndoTests : IDisposable
{
    private readonly X509Certificate2 _first = TestCertificates.Root("First");
    private readonly X509Certificate2 _second = TestCertificates.Root("Second");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }

    [Fact]
    public async Task Undo_Add_DeletesItAndSaysWhatItUndoes()
    {
        await using var core = await TestCore.StartAsync();
        await core.AddAsync(_first);
        await core.AddAsync(_second);

        var plan = await PlanAsync(core, 2);
        Assert.Equal((ChangeKind.Undo, 2L, 3L, 1), (plan.Kind, plan.Revision, plan.Undoes, plan.Effects.Single().Removes));
        Assert.IsType<ChangeOutcome.Applied>(await core.ApplyAsync(plan, TestCore.Bert, "was the wrong one"));

        Assert.Equal([TestCore.KeyOf(_first)], await KeysAsync(core));
        var entry = (
            await core.Get<ActivityService>()
                .ListAsync(new ActivityQuery { Categories = new HashSet<ActivityCategory> { ActivityCategory.Change } }, Cancellation)
        ).Entries[0];
        Assert.Equal(
            ("Undo", TestCore.Bert.Name, "was the wrong one", 3),
            (entry.Action, entry.Actor, entry.Reason, (int)JsonNode.Parse(entry.Details)!["undoes"]!));
        Assert.Equal((TestCore.KeyOf(_second), false), (entry.Certificates.Single().Key, entry.Certificates.Single().IsAddition));
    }

    [Fact]
    public async Task Undo_DeleteMoveAndRestore_TakesEachBack()
    {
        await using var core = await TestCore.StartAsync();
        await core.AddAsync(_first, _second);
        await core.DeleteAsync(TestCore.KeyOf(_first));
        await UndoAsync(core, 2);
        Assert.Equal([TestCore.KeyOf(_first), TestCore.KeyOf(_second)], await KeysAsync(core));

        await core.MoveAsync(TestCore.KeyOf(_first));
        var moved = await PlanAsync(core, 4);
        Assert.Equal(
            (TestCore.KeyOf(_first), TestCore.KeyOf(_first, CaStore.CertificateAuthority)),
            (moved.Additions.Single().Key, moved.Removals.Single().Key));
        await UndoAsync(core, 4);
        Assert.Equal([TestCore.KeyOf(_first), TestCore.KeyOf(_second)], await KeysAsync(core));

        await core.DeleteAsync(TestCore.KeyOf(_second));
        await core.RestoreAsync(TestCore.KeyOf(_second));
        await UndoAsync(core, 7);
        Assert.Equal([TestCore.KeyOf(_first)], await KeysAsync(core));
    }

    [Fact]
    public async Task Undo_AdoptAndRemoveFound_TakesEachBack()
    {
        await using var core = await TestCore.StartAsync();
        await core.AddAsync(_second);
        await TestFiles.AppendAsync(core.RootsFile, _first);
        await core.ApplyAsync(await core.Changes.PlanAdoptAsync([TestCore.KeyOf(_first)], new HashSet<FindingCode>(), Cancellation));

        await UndoAsync(core, 2);
        Assert.Equal([TestCore.KeyOf(_second)], await KeysAsync(core));
        Assert.DoesNotContain(
            Convert.ToBase64String(_first.RawData)[..60],
            await File.ReadAllTextAsync(core.RootsFile, Cancellation),
            StringComparison.Ordinal);

        using var found = TestCertificates.Root("Found");
        await TestFiles.AppendAsync(core.RootsFile, found);
        await core.ApplyAsync(await core.Changes.PlanRemoveFoundAsync([TestCore.KeyOf(found)], Cancellation));
        await UndoAsync(core, 4);
        Assert.Equal([TestCore.KeyOf(found), TestCore.KeyOf(_second)], await KeysAsync(core));
    }

    [Fact]
    public async Task Undo_RestoreSnapshot_MakesTheListWhatItWasBefore()
    {
        await using var core = await TestCore.StartAsync();
        await core.AddAsync(_first);
        await core.AddAsync(_second);
        await core.DeleteAsync(TestCore.KeyOf(_first));
        var afterFirst = (await core.Changes.SnapshotsAsync(Cancellation)).Single(s => s.Revision == 1);
        await core.ApplyAsync((await core.Changes.PlanRestoreSnapshotAsync(afterFirst.Id, Cancellation))!);
        Assert.Equal([TestCore.KeyOf(_first)], await KeysAsync(core));

        await UndoAsync(core, 4);

        Assert.Equal([TestCore.KeyOf(_second)], await KeysAsync(core));
    }

    [Fact]
    public async Task Undo_OfAnUndo_MakesTheChangeAgain()
    {
        await using var core = await TestCore.StartAsync();
        await core.AddAsync(_first);
        await UndoAsync(core, 1);
        Assert.Empty(await KeysAsync(core));

        await UndoAsync(core, 2);

        Assert.Equal([TestCore.KeyOf(_first)], await KeysAsync(core));
    }

    [Fact]
    public async Task Undo_PartlyChangedSince_TakesBackTheRestAndSaysWhatStays()
    {
        await using var core = await TestCore.StartAsync();
        await core.AddAsync(_first, _second);
        await core.DeleteAsync(TestCore.KeyOf(_first));

        var plan = await PlanAsync(core, 1);
        Assert.Equal(TestCore.KeyOf(_second), Assert.Single(plan.Removals).Key);
        Assert.Equal(new PassedOver(TestCore.KeyOf(_first), "First", "It is not in the list any more."), Assert.Single(plan.PassedOver));

        await core.RestoreAsync(TestCore.KeyOf(_first));
        plan = await PlanAsync(core, 2);
        Assert.True(plan.IsEmpty);
        Assert.Equal(new PassedOver(TestCore.KeyOf(_first), "First", "It is in the list again."), Assert.Single(plan.PassedOver));
    }

    [Fact]
    public async Task Undo_OverInTheRecycleBin_HasNothingLeft()
    {
        var time = FakeTime.FromNow();
        await using var core = await TestCore.StartAsync(time: time, configure: o => o.RecycleBinDays = 5);
        await core.AddAsync(_first);
        await core.DeleteAsync(TestCore.KeyOf(_first));
        time.Advance(TimeSpan.FromDays(6));
        await core.MaintainAsync();

        var plan = await PlanAsync(core, 2);

        Assert.True(plan.IsEmpty);
        Assert.Equal("It is not in the recycle bin any more.", Assert.Single(plan.PassedOver).Reason);
        Assert.IsType<ChangeOutcome.Unchanged>(await core.ApplyAsync(plan));
    }

    [Fact]
    public async Task Undo_UndoneAlready_HasNothingLeft()
    {
        await using var core = await TestCore.StartAsync();
        await core.AddAsync(_first);
        await UndoAsync(core, 1);

        Assert.True((await PlanAsync(core, 1)).IsEmpty);
    }

    [Fact]
    public async Task Undo_RevisionThatNoChangeMade_IsNone()
    {
        await using var core = await TestCore.StartAsync();
        await core.AddAsync(_first);

        Assert.Null(await core.Changes.PlanUndoAsync(0, Cancellation));
        Assert.Null(await core.Changes.PlanUndoAsync(2, Cancellation));
    }

    [Fact]
    public async Task Undo_ByAReaderOrStale_IsRefusedAndRecordedWithWhatItWouldUndo()
    {
        await using var core = await TestCore.StartAsync();
        await core.AddAsync(_first);
        var plan = await PlanAsync(core, 1);

        Assert.IsType<ChangeOutcome.Forbidden>(await core.ApplyAsync(plan, TestCore.Reader));
        await core.AddAsync(_second);
        Assert.IsType<ChangeOutcome.Stale>(await core.ApplyAsync(plan));

        Assert.Equal([TestCore.KeyOf(_first), TestCore.KeyOf(_second)], await KeysAsync(core));
        var refused = (
            await core.Get<ActivityService>()
                .ListAsync(new ActivityQuery { Categories = new HashSet<ActivityCategory> { ActivityCategory.Refusal } }, Cancellation)
        ).Entries;
        Assert.Equal([("Undo", 1), ("Undo", 1)], refused.Select(e => JsonNode.Parse(e.Details)!).Select(d => ((string)d["attempted"]!, (int)d["undoes"]!)));
    }

    private static async Task<ChangePlan> PlanAsync(TestCore core, long revision) => (await core.Changes.PlanUndoAsync(revision, Cancellation))!;

    private static async Task UndoAsync(TestCore core, long revision) =>
        Assert.True(Assert.IsType<ChangeOutcome.Applied>(await core.ApplyAsync(await PlanAsync(core, revision))).IsInstalled);

    private static async Task<IEnumerable<CaCertificateKey>> KeysAsync(TestCore core) => (await core.ListAsync()).Select(c => c.Key);
}

/// <inheritdoc/>
[OnPostgres]
public sealed class UndoTestsOnPostgres : UndoTests;
