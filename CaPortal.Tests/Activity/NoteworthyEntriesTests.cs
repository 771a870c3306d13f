using CaPortal.Core.Activity;
using CaPortal.Core.Changes;
using CaPortal.Core.TrustStores;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Activity;

public class NoteworthyEntriesTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task List_OnlyNoteworthy_LeavesOutWhatBelongsToTheChange()
    {
        using var root = TestCertificates.Root();
        await using var core = await TestCore.StartAsync();
        await core.AddAsync(root);
        Assert.Equal(["Outcome", "Add"], await ActionsAsync(core, new ActivityQuery()));
        Assert.Equal(["Add"], await ActionsAsync(core, new ActivityQuery { OnlyNoteworthy = true }));

        await File.WriteAllTextAsync(core.RootsFile, "", Cancellation);
        await core.MaintainAsync();

        var news = await ListAsync(core, new ActivityQuery { OnlyNoteworthy = true });
        Assert.Equal([("Outcome", true), ("Outcome", false), ("Add", false)], news.Entries.Select(e => (e.Action, e.IsHealing)));
        Assert.Equal(3, news.Count);
        Assert.Equal("Test Root", news.Entries[0].Names[TestCore.KeyOf(root).Sha256]);
    }

    [Fact]
    public async Task List_OnlyNoteworthy_HasATrustStoreThatCannotBeUsed()
    {
        var store = new MemoryTrustStore();
        using var root = TestCertificates.Root();
        await using var core = await store.StartCoreAsync();
        await core.AddAsync(root);
        store.State = new TrustStoreState(false, "It is gone.", "Bring it back.");
        await core.MaintainAsync();

        Assert.Equal(["Outcome", "Add"], await ActionsAsync(core, new ActivityQuery { OnlyNoteworthy = true }));
    }

    [Fact]
    public async Task List_BeforeAndAfter_PassOverTheOthers()
    {
        using var root = TestCertificates.Root();
        await using var core = await TestCore.StartAsync();
        await core.AddAsync(root);
        await core.DeleteAsync(TestCore.KeyOf(root));

        Assert.Equal([2, 1], (await ListAsync(core, new ActivityQuery { Before = 3 })).Entries.Select(e => e.Sequence));
        Assert.Equal([4], (await ListAsync(core, new ActivityQuery { After = 3 })).Entries.Select(e => e.Sequence));
        Assert.Equal(1, (await ListAsync(core, new ActivityQuery { After = 3, Top = 0 })).Count);
    }

    [Fact]
    public async Task List_ChangeThatAnotherOvertook_HasTheOutcomeOfThat()
    {
        using var first = TestCertificates.Root("First");
        using var second = TestCertificates.Root("Second");
        await using var core = await TestCore.StartAsync();
        await core.Get<ChangeWriter>().WriteAsync(core.PlanAll(await core.InspectAsync(TestFiles.Pem(first))), TestCore.Anna, null, null, Cancellation);
        Assert.True((await core.Get<ActivityService>().FindAsync(1, Cancellation))!.IsUnfinished);

        await core.AddAsync(second);

        var overtaken = (await core.Get<ActivityService>().FindAsync(1, Cancellation))!;
        Assert.False(overtaken.IsUnfinished);
        Assert.Equal("pem-bundle", Assert.Single(overtaken.Outcomes).TrustStore);
    }

    private static Task<ActivityPage> ListAsync(TestCore core, ActivityQuery query) => core.Get<ActivityService>().ListAsync(query, Cancellation);

    private static async Task<IEnumerable<string>> ActionsAsync(TestCore core, ActivityQuery query) =>
        (await ListAsync(core, query)).Entries.Select(e => e.Action);
}

/// <inheritdoc/>
[OnPostgres]
public sealed class NoteworthyEntriesTestsOnPostgres : NoteworthyEntriesTests;
