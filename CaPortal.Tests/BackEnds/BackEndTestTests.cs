using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Access;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using CaPortal.Core.Probing;
using CaPortal.Tests.Testing;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Tests.BackEnds;

/// <summary>Testing back-ends: what is stored, and that nothing gets in the way of anything else.</summary>
public sealed class BackEndTestTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Test_Twice_StoresWhatWasFoundAndSinceWhen()
    {
        var time = FakeTime.FromNow();
        await using var lab = await BackEndLab.StartAsync(time);
        await lab.Core.AddAsync(lab.Root);
        var id = await lab.AddAsync(lab.Serve().Port);
        var first = time.GetUtcNow().UtcDateTime;
        await lab.TestAsync(id);
        time.Advance(TimeSpan.FromHours(1));
        await lab.TestAsync(id);

        var found = await lab.SummaryAsync(id);
        Assert.Equal((TrustVerdict.Trusted, first, first.AddHours(1)), (found.Verdict, found.VerdictSince, found.CheckedAt));
        Assert.Equal(new BackEndAnchor(TestCore.KeyOf(lab.Root).Sha256, "Lab Root"), found.Anchor);
        Assert.Equal(lab.Server.NotAfter.ToUniversalTime(), found.ExpiresAt);
        Assert.Single(await lab.ListAsync(new BackEndQuery { Search = "lab root" }));
        var row = await lab.Core.QueryAsync(db => db.BackEnds.SingleAsync(Cancellation));
        Assert.InRange(row.NextCheckAt - found.CheckedAt!.Value, TimeSpan.FromMinutes(13.5), TimeSpan.FromMinutes(16.5));
        Assert.Equal(("127.0.0.1", 2), (row.RemoteAddress, await lab.PresentedAsync()));
        Assert.Equal([lab.Server.RawData, lab.Issuing.RawData], (await lab.ViewAsync(id)).Presented.Select(p => p.Der.ToArray()));
    }

    [Fact]
    public async Task Test_AnotherVerdict_HasItSinceThen()
    {
        var time = FakeTime.FromNow();
        await using var lab = await BackEndLab.StartAsync(time);
        var id = await lab.AddTestedAsync(lab.Serve().Port);
        Assert.Equal(TrustVerdict.UnknownIssuer, (await lab.SummaryAsync(id)).Verdict);
        time.Advance(TimeSpan.FromHours(1));
        await lab.Core.ExecuteAsync("UPDATE back_end SET port = 9");
        await lab.Core.AddAsync(lab.Root);

        await lab.TestAsync(id);

        var found = await lab.SummaryAsync(id);
        Assert.Equal((TrustVerdict.Blocked, time.GetUtcNow().UtcDateTime), (found.Verdict, found.VerdictSince));
    }

    [Fact]
    public async Task Test_NotReachedAnyMore_KeepsTheChainAndSaysWhy()
    {
        await using var lab = await BackEndLab.StartAsync();
        await lab.Core.AddAsync(lab.Root);
        var server = lab.Serve();
        var id = await lab.AddTestedAsync(server.Port);
        await server.StopAsync();

        await lab.TestAsync(id);

        var view = await lab.ViewAsync(id);
        Assert.Equal((TrustVerdict.Refused, TrustVerdict.Refused), (view.Summary.Verdict, view.Judgement.Verdict));
        Assert.NotNull(view.Judgement.Advice);
        Assert.Equal(3, view.Judgement.Path.Count);
        Assert.Equal(2, view.Presented.Count);
        Assert.Equal("Lab Root", view.Summary.Anchor?.Name);
    }

    [Fact]
    public async Task Test_AnotherChain_ReplacesItAndForgetsWhatNobodyPresents()
    {
        await using var lab = await BackEndLab.StartAsync();
        var id = await lab.AddTestedAsync(lab.Serve().Port);
        var leaf = lab.Keep(TestCertificates.Server(lab.Root));
        await lab.Core.ExecuteAsync($"UPDATE back_end SET port = {lab.Serve(leaf).Port}");

        await lab.TestAsync(id);

        Assert.Equal(leaf.RawData, Assert.Single((await lab.ViewAsync(id)).Presented).Der.ToArray());
        Assert.Equal(1, await lab.PresentedAsync());
    }

    [Fact]
    public async Task Test_Several_EachHasItsOwnVerdictAndIsTold()
    {
        // Short for the server that says nothing, and long for the others, also on a busy machine.
        await using var lab = await BackEndLab.StartAsync(configure: o => o.BackEnds.Timeout = TimeSpan.FromSeconds(10));
        await lab.Core.AddAsync(lab.Root);
        var gone = lab.Serve();
        long[] ids =
        [
            await lab.AddAsync(lab.Serve().Port, "a"),
            await lab.AddAsync(gone.Port, "b"),
            await lab.AddAsync(lab.ServeInSilence().Port, "c"),
            await lab.AddAsync(lab.Serve().Port, "d"),
        ];
        await gone.StopAsync();
        var told = new Told();

        var done = Assert.IsType<BackEndOutcome.Done>(await lab.Service.TestAsync([.. ids, 99], TestCore.Anna, told, Cancellation));

        Assert.Equal(ids.Order(), done.Ids.Order());
        Assert.Equal(
            [TrustVerdict.Trusted, TrustVerdict.Refused, TrustVerdict.TimedOut, TrustVerdict.Trusted], (await lab.ListAsync()).Select(b => b.Verdict!.Value));
        Assert.Equal([1, 2, 3, 4], told.All.Select(t => t.Done));
        Assert.All(told.All, t => Assert.Equal((4, null), (t.Total, (object?)t.Before)));
    }

    [Fact]
    public async Task Test_ByAPerson_IsRecordedEachTime()
    {
        await using var lab = await BackEndLab.StartAsync();
        var server = lab.Serve();
        var id = await lab.AddTestedAsync(server.Port);

        await lab.TestAsync(id);

        var entries = await lab.ActivityAsync("Probe");
        Assert.Equal([TestCore.Anna.Name, TestCore.Anna.Name], entries.Select(e => e.Actor));
        Assert.Contains($"127.0.0.1:{server.Port}", entries[1].Details, StringComparison.Ordinal);
        Assert.Contains("UnknownIssuer", entries[1].Details, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Test_DeletedOrEditedMeanwhile_IsDroppedAndTheOthersGoOn(bool isDeleted)
    {
        await using var lab = await BackEndLab.StartAsync();
        var silent = lab.ServeInSilence();
        var held = await lab.AddAsync(silent.Port, "a");
        var other = await lab.AddAsync(lab.Serve().Port, "b", "localhost");
        var told = new Told();
        var testing = lab.Service.TestAsync([held, other], TestCore.Anna, told, Cancellation);
        await silent.Reached;
        Assert.True((await lab.SummaryAsync(held)).IsTesting);

        if (isDeleted)
            await lab.Service.DeleteAsync([held], TestCore.Anna, Cancellation);
        else
            await lab.Service.EditAsync(held, new BackEndDraft(new BackEndAddress("other.corp", 443, null), null), TestCore.Anna, Cancellation);
        silent.Release();

        Assert.Equal([other], Assert.IsType<BackEndOutcome.Done>(await testing).Ids);
        Assert.Equal(other, Assert.Single(told.All).BackEnd.Id);
        Assert.All(await lab.ListAsync(), b => Assert.Equal(b.Id == other, b.Verdict is not null));
        Assert.All(await lab.ListAsync(), b => Assert.False(b.IsTesting));
    }

    [Fact]
    public async Task Test_Cancelled_EndsWhatHasBegunAndBeginsNothingMore()
    {
        await using var lab = await BackEndLab.StartAsync();
        var silent = lab.ServeInSilence();
        var begun = await lab.AddAsync(silent.Port, "a");
        var waiting = await lab.AddAsync(lab.Serve().Port, "b");
        using var cancel = new CancellationTokenSource();
        var testing = lab.Service.TestAsync([begun, waiting], TestCore.Anna, null, cancel.Token);
        await silent.Reached;

        await cancel.CancelAsync();
        silent.Release();

        Assert.Equal([begun], Assert.IsType<BackEndOutcome.Done>(await testing).Ids);
        Assert.Null((await lab.SummaryAsync(waiting)).Verdict);
        Assert.Single(await lab.ActivityAsync("Probe"));
    }

    [Fact]
    public async Task Limiter_OfOneHost_LetsOneAtATimeAndOfAllAsManyAsAllowed()
    {
        await using var hosts = new HostLimiter(2);
        using var cancel = new CancellationTokenSource();
        var first = await hosts.AcquireAsync("a", Cancellation);
        var same = hosts.AcquireAsync("a", Cancellation).AsTask();
        var impatient = hosts.AcquireAsync("a", cancel.Token).AsTask();
        var second = await hosts.AcquireAsync("b", Cancellation);
        var third = hosts.AcquireAsync("c", Cancellation).AsTask();
        Assert.Equal((false, false), (same.IsCompleted, third.IsCompleted));

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        second.Dispose();
        (await third).Dispose();
        Assert.False(same.IsCompleted);
        first.Dispose();
        (await same).Dispose();
        (await hosts.AcquireAsync("a", Cancellation)).Dispose();
    }

    [Fact]
    public async Task Limiter_Disposed_EndsTheWaitAndTakesWhatIsStillOut()
    {
        var hosts = new HostLimiter(1);
        var held = await hosts.AcquireAsync("a", Cancellation);
        var waiting = hosts.AcquireAsync("a", Cancellation).AsTask();

        await hosts.DisposeAsync();

        Assert.False((await waiting).IsAcquired);
        held.Dispose();
    }

    [Fact]
    public async Task Test_ListChangedBetweenJudgingAndStoring_IsStoredAsTheListIsNow()
    {
        using var folder = new TemporaryDirectory();
        await using var other = await TestCore.StartAsync(folder["data"]);
        X509Certificate2? root = null;
        await using var lab = await BackEndLab.StartAsync(folder["data"], DatabaseHooks.BeforeTransaction(async () =>
        {
            if (Interlocked.Exchange(ref root, null) is { } added)
                Assert.IsType<ChangeOutcome.Applied>(await other.AddAsync(added));
        }));
        var id = await lab.AddAsync(lab.Serve().Port);
        root = lab.Root;

        await lab.TestAsync(id);

        Assert.Equal(TrustVerdict.Trusted, (await lab.SummaryAsync(id)).Verdict);
    }

    [Fact]
    public async Task Due_ByTheWatch_TestsThoseWhoseTimeHasComeAndRecordsChangesAlone()
    {
        var time = FakeTime.FromNow();
        await using var lab = await BackEndLab.StartAsync(time);
        var server = lab.Serve();
        var id = await lab.AddAsync(server.Port);

        var next = await lab.Service.TestDueAsync(Cancellation);
        Assert.InRange(next!.Value - time.GetUtcNow(), TimeSpan.FromMinutes(13.5), TimeSpan.FromMinutes(16.5));
        var entry = Assert.Single(await lab.ActivityAsync("Probe"));
        Assert.Equal(Actor.Portal.Name, entry.Actor);

        await lab.Service.TestDueAsync(Cancellation);
        Assert.Equal(time.GetUtcNow().UtcDateTime, (await lab.SummaryAsync(id)).CheckedAt);
        time.Advance(TimeSpan.FromMinutes(17));
        await lab.Service.TestDueAsync(Cancellation);
        Assert.Equal(time.GetUtcNow().UtcDateTime, (await lab.SummaryAsync(id)).CheckedAt);
        Assert.Single(await lab.ActivityAsync("Probe"));

        await server.StopAsync();
        time.Advance(TimeSpan.FromMinutes(17));
        await lab.Service.TestDueAsync(Cancellation);
        Assert.Equal(2, (await lab.ActivityAsync("Probe")).Count);
    }

    [Fact]
    public async Task Due_PeriodMadeShorter_IsNotWaitedForAsBefore()
    {
        var time = FakeTime.FromNow();
        await using var lab = await BackEndLab.StartAsync(time);
        await lab.AddTestedAsync(lab.Serve().Port);
        await lab.Core.QueryAsync(db =>
            db.BackEnds.ExecuteUpdateAsync(b => b.SetProperty(x => x.NextCheckAt, time.GetUtcNow().UtcDateTime.AddDays(30)), Cancellation));

        var next = await lab.Service.TestDueAsync(Cancellation);

        Assert.True(next!.Value - time.GetUtcNow() <= TimeSpan.FromMinutes(16.5));
    }

    [Fact]
    public async Task Due_TurnedOff_TestsNothing()
    {
        await using var lab = await BackEndLab.StartAsync(configure: o => o.BackEnds.TestEvery = TimeSpan.Zero);
        var id = await lab.AddAsync(lab.Serve().Port);

        Assert.Null(await lab.Service.TestDueAsync(Cancellation));

        Assert.Null((await lab.SummaryAsync(id)).Verdict);
    }

    [Fact]
    public async Task Probe_ByAPerson_IsJudgedAndRecordedAndStoresNoBackEnd()
    {
        await using var lab = await BackEndLab.StartAsync();
        var server = lab.Serve();

        var probed = await lab.Service.ProbeAsync(new BackEndAddress("localhost", server.Port, null), TestCore.Anna, Cancellation);

        Assert.Equal((TrustVerdict.UnknownIssuer, 2), (probed!.Judgement.Verdict, probed.Contact.Chain.Count));
        Assert.Equal("Lab Root", probed.Judgement.Missing?.Name);
        Assert.Empty(await lab.ListAsync());
        Assert.Contains($"localhost:{server.Port}", Assert.Single(await lab.ActivityAsync("Probe")).Details, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Probe_BrokenOff_IsRecordedAllTheSame()
    {
        await using var lab = await BackEndLab.StartAsync();
        var silent = lab.ServeInSilence();
        using var cancel = new CancellationTokenSource();
        var probing = lab.Service.ProbeAsync(new BackEndAddress("127.0.0.1", silent.Port, null), TestCore.Anna, cancel.Token);
        await silent.Reached;

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => probing);
        Assert.Contains($"127.0.0.1:{silent.Port}", Assert.Single(await lab.ActivityAsync("Probe")).Details, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FetchIssuer_NothingThere_SaysSoAndIsRecorded()
    {
        await using var lab = await BackEndLab.StartAsync();
        var server = lab.Serve();
        await server.StopAsync();

        var fetched = await lab.Service.FetchIssuerAsync(
            BackEndLab.Presented(lab.Server),
            [$"http://127.0.0.1:{server.Port}/ca.cer"],
            TestCore.Anna,
            Cancellation);

        Assert.Null(fetched!.Content);
        Assert.Contains($":{server.Port}/ca.cer", Assert.Single(await lab.ActivityAsync("FetchIssuer")).Details, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Test_DatabaseAway_IsToldAndNothingGoesOnAsking()
    {
        await using var lab = await BackEndLab.StartAsync();
        var silent = lab.ServeInSilence();
        var id = await lab.AddAsync(silent.Port);
        var testing = lab.TestAsync(id);
        await silent.Reached;
        using var away = lab.Core.WithoutDatabase();
        silent.Release();

        await Assert.ThrowsAsync<DatabaseException>(() => testing);
    }

    private sealed class Told : IProgress<BackEndTested>
    {
        public List<BackEndTested> All { get; } = [];

        public void Report(BackEndTested value) => All.Add(value);
    }
}
