using System.Text.Json.Nodes;
using CaPortal.Core.Activity;
using CaPortal.Tests.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;

namespace CaPortal.Tests.Activity;

/// <summary>What is recorded besides changes, and how it is kept from filling the disk.</summary>
public class ActivityRecorderTests
{
    private readonly FakeTimeProvider _time = FakeTime.FromNow();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Record_AnyAction_IsInTheLogWithItsDetails()
    {
        await using var core = await TestCore.StartAsync();

        await core.Get<ActivityRecorder>().RecordAsync(TestCore.Reader, "SignIn", new { Method = "link" });

        var entry = Assert.Single((await core.Get<ActivityService>().ListAsync(new ActivityQuery(), Cancellation)).Entries);
        Assert.Equal(
            (TestCore.Reader.Name, "Reader", TestCore.Reader.Source, "SignIn", ActivityCategory.SignIn),
            (entry.Actor, entry.Role, entry.Source, entry.Action, entry.Category));
        Assert.Equal("{\"method\":\"link\"}", entry.Details);
    }

    [Fact]
    public async Task Record_SameRefusalAgainAndAgain_IsToldOnceAndThenCounted()
    {
        await using var core = await TestCore.StartAsync(time: _time);
        var recorder = core.Get<ActivityRecorder>();
        for (var i = 0; i < 100; i++)
            await RefuseAsync(recorder, "first");
        await recorder.RecordAsync(TestCore.Bert, "Refused", new { Attempted = "first" });
        await recorder.RecordAsync(TestCore.Reader with { Source = "10.0.0.1" }, "Refused", new { Attempted = "first" });
        await recorder.RecordAsync(TestCore.Reader, "SignInRefused", new { Attempted = "first" });
        await RefuseAsync(recorder, "second");
        Assert.Equal([null, null, null, null, null], await TimesAsync(core));

        LetTheWindowPass();
        await RefuseAsync(recorder, "third");

        Assert.Equal([null, null, null, null, null, 99, null], await TimesAsync(core));
        var counted = JsonNode.Parse((await core.Get<ActivityService>().FindAsync(6, Cancellation))!.Details)!;
        Assert.Equal(("first", _time.GetUtcNow().UtcDateTime - ActivityRecorder.Window), ((string)counted["attempted"]!, (DateTime)counted["lastAt"]!));
        await RefuseAsync(recorder, "first");
        Assert.Equal(8, (await TimesAsync(core)).Count);
    }

    [Fact]
    public async Task Record_ManyDifferentRefusals_AreToldUpToABoundAndThenCounted()
    {
        await using var core = await TestCore.StartAsync(time: _time);
        var recorder = core.Get<ActivityRecorder>();
        for (var i = 0; i < 1_000; i++)
            await RefuseAsync(recorder, $"thing {i}");
        Assert.Equal(ActivityRecorder.MaxDifferent, (await TimesAsync(core)).Count);

        LetTheWindowPass();
        await RefuseAsync(recorder, "another");

        Assert.Equal([1_000 - ActivityRecorder.MaxDifferent, null], (await TimesAsync(core)).Skip(ActivityRecorder.MaxDifferent));
    }

    [Fact]
    public async Task Record_WhatIsNoRefusal_IsNeverCounted()
    {
        await using var core = await TestCore.StartAsync(time: _time);
        for (var i = 0; i < 3; i++)
            await core.Get<ActivityRecorder>().RecordAsync(TestCore.Reader, "SignIn", new { });

        Assert.Equal(3, (await TimesAsync(core)).Count);
    }

    [Fact]
    public async Task End_WithCountedRefusals_WritesThem()
    {
        await using var core = await TestCore.StartAsync(time: _time);
        for (var i = 0; i < 3; i++)
            await RefuseAsync(core.Get<ActivityRecorder>(), "same");

        await core.Get<ActivityRecorder>().EndAsync();

        Assert.Equal([null, 2], await TimesAsync(core));
    }

    [Fact]
    public async Task Record_DatabaseGone_DoesNotThrow()
    {
        await using var core = await TestCore.StartAsync();
        using (core.WithoutDatabase())
            await core.Get<ActivityRecorder>().RecordAsync(TestCore.Anna, "SignOut", new { });

        Assert.Empty(await TimesAsync(core));
    }

    [Fact]
    public async Task Record_NothingMoreAfterwards_IsCountedInTheLogWhenTheWindowIsOver()
    {
        await using var core = await TestCore.StartAsync(time: _time);
        for (var i = 0; i < 3; i++)
            await RefuseAsync(core.Get<ActivityRecorder>(), "same");
        var recorded = new TaskCompletionSource();
        core.Get<ActivityService>().Changed += () => recorded.TrySetResult();

        _time.Advance(ActivityRecorder.Window - TimeSpan.FromSeconds(1));
        Assert.Equal([null], await TimesAsync(core));
        _time.Advance(TimeSpan.FromSeconds(1));
        await recorded.Task.WaitAsync(Cancellation);

        Assert.Equal([null, 2], await TimesAsync(core));
    }

    /// <summary>The clock alone goes on: the timer is late, and the next refusal comes before it.</summary>
    private void LetTheWindowPass() => _time.AdjustTime(_time.GetUtcNow() + ActivityRecorder.Window);

    private static Task RefuseAsync(ActivityRecorder recorder, string attempted) =>
        recorder.RecordAsync(TestCore.Reader, "Refused", new { Attempted = attempted });

    /// <summary>How often each entry says that it was repeated.</summary>
    private static async Task<IReadOnlyList<int?>> TimesAsync(TestCore core) =>
        [
            .. (await core.QueryAsync(db => db.Activity.OrderBy(a => a.Sequence).Select(a => a.Details).ToListAsync(Cancellation))).Select(d =>
                (int?)JsonNode.Parse(d)!["timesAgain"]),
        ];
}

/// <inheritdoc/>
[OnPostgres]
public sealed class ActivityRecorderTestsOnPostgres : ActivityRecorderTests;
