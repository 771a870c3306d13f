using System.Threading.Channels;
using CaPortal.Core.Activity;
using CaPortal.Core.Activity.Forwarding;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Tests.Testing;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Tests.Portals;

/// <summary>Portals that work side by side on a database.</summary>
public sealed class PeersTests : PeersTest
{
    [Fact]
    public async Task RecycleBin_OfAMachineWhoseClockIsAhead_IsNotEmptied()
    {
        var one = await StartAsync("one");
        using var root = TestCertificates.Root();
        await one.AddAsync(root);
        await one.DeleteAsync(TestCore.KeyOf(root));
        await one.MaintainAsync();
        CopyKey();
        var time = FakeTime.FromNow();
        time.Advance(TimeSpan.FromDays(40));

        var two = await StartAsync("two", time: time);
        await two.MaintainAsync();
        await two.MaintainAsync();

        Assert.Equal(1, await one.QueryAsync(db => db.Certificates.CountAsync()));
    }

    [Fact]
    public async Task Forwarding_TakenOverByAnother_GoesOnWhereTheFirstWas()
    {
        var file = Folder["activity.log"];
        var (one, two) = await StartTwoAsync(o => o.Activity.File = file);
        await one.AddAsync(TestCertificates.Root("First"));
        await ForwardAsync(one);
        await one.AddAsync(TestCertificates.Root("Second"));
        await ForwardAsync(two);
        await ForwardAsync(one);

        var entries = await one.QueryAsync(db => db.Activity.CountAsync());
        Assert.Equal(entries, (await File.ReadAllLinesAsync(file, Cancellation)).Length);
    }

    [Fact]
    public async Task Change_AtOne_IsBroughtToTheTrustStoresOfTheOther()
    {
        var (one, two) = await StartTwoAsync();
        using var root = TestCertificates.Root("Shared");
        await one.AddAsync(root);
        await two.MaintainAsync();
        Assert.Contains(root.ExportCertificatePem(), await File.ReadAllTextAsync(two.RootsFile, Cancellation), StringComparison.Ordinal);
        Assert.Equal(CaCertificateStatus.Installed, Assert.Single(await two.ListAsync()).Status);

        await two.DeleteAsync(TestCore.KeyOf(root));
        await one.MaintainAsync();

        Assert.DoesNotContain("BEGIN CERTIFICATE", await File.ReadAllTextAsync(one.RootsFile, Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Maintenance_OfBothInTurn_RecordsEachOutcomeOnce()
    {
        var (one, two) = await StartTwoAsync();
        await one.AddAsync(TestCertificates.Root());
        await File.WriteAllTextAsync(Path.GetDirectoryName(two.RootsFile)!, "in the way", Cancellation);
        await two.MaintainAsync();
        var before = await one.QueryAsync(db => db.Activity.CountAsync());

        for (var i = 0; i < 3; i++)
        {
            await one.MaintainAsync();
            await two.MaintainAsync();
        }

        Assert.Equal(before, await one.QueryAsync(db => db.Activity.CountAsync()));
    }

    [Fact]
    public async Task RecycleBin_WhileOneMachineStillHasTheCertificate_KeepsIt()
    {
        var time = FakeTime.FromNow();
        var one = await StartAsync("one", time: time);
        CopyKey();
        var two = await StartAsync("two", time: time);
        using var root = TestCertificates.Root();
        await one.AddAsync(root);
        await two.MaintainAsync();
        await one.DeleteAsync(TestCore.KeyOf(root));
        await RunForAsync(one, time, TimeSpan.FromDays(32));
        Assert.Equal(1, await one.QueryAsync(db => db.Certificates.CountAsync()));

        await two.MaintainAsync();
        await one.MaintainAsync();

        Assert.Equal(0, await one.QueryAsync(db => db.Certificates.CountAsync()));
    }

    [Fact]
    public async Task Activity_ThatOthersHaveContinued_IsIntactForOneThatStartsAgain()
    {
        var (one, two) = await StartTwoAsync();
        await two.AddAsync(TestCertificates.Root("First"));
        await EndAsync(two);
        for (var i = 0; i < 2 * ActivityLog.MaxBehindEnd; i++)
            await one.AddAsync(TestCertificates.Root($"Root {i}"));

        two = await StartAsync("two");
        await two.AddAsync(TestCertificates.Root("Last"));

        foreach (var core in new[] { one, two })
            Assert.Null((await core.Get<ActivityService>().VerifyAsync(Cancellation)).Damage);
    }

    [Fact]
    public async Task Activity_CutWhileOneDoesNotRun_IsNoticedByItsNextStart()
    {
        var (one, two) = await StartTwoAsync();
        await two.AddAsync(TestCertificates.Root("First"));
        var kept = await one.QueryAsync(db => db.Activity.MaxAsync(a => a.Sequence));
        await two.AddAsync(TestCertificates.Root("Second"));
        await EndAsync(two);
        await EndAsync(one);
        await ExecuteAsync(
            $"ALTER TABLE activity DISABLE TRIGGER ALL; DELETE FROM activity WHERE sequence > {kept}; ALTER TABLE activity ENABLE TRIGGER ALL");

        two = await StartAsync("two");

        Assert.Contains("had been written", (await two.Get<ActivityService>().VerifyAsync(Cancellation)).Damage?.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Listen_ChangeOfAnother_IsHeardAndOwnIsNot()
    {
        var (one, two) = await StartTwoAsync();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var (heardByOne, heardByTwo) = (new Heard(), new Heard());
        var listening = Task.WhenAll(
            one.Get<IPeers>().ListenAsync(heardByOne.Hear, stop.Token), two.Get<IPeers>().ListenAsync(heardByTwo.Hear, stop.Token));

        // The first of each: anything may have been changed before.
        Assert.Empty(await heardByOne.NextAsync());
        Assert.Empty(await heardByTwo.NextAsync());
        await one.AddAsync(TestCertificates.Root());
        Assert.Contains(nameof(ServiceInstance), await heardByTwo.NextAsync());

        await two.Get<DatabaseWriter>().RecordAsync(new ActivityDraft("test", "Reader", "test", "Test", null, null, null, new { }));
        Assert.Equal([nameof(ActivityEntry)], await heardByOne.NextAsync());
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => listening);
    }

    [Fact]
    public async Task Lead_TakenByAnother_RefusesWhatRunsUnderTheOldOne()
    {
        var (one, two) = await StartTwoAsync();
        var epoch = await one.Get<IPeers>().LeadAsync(Cancellation);
        Assert.NotNull(epoch);
        Assert.Null(await two.Get<IPeers>().LeadAsync(Cancellation));
        await Lead.RunAsync(epoch.Value, () => WriteAsync(one));

        await ExecuteAsync("UPDATE portal_lease SET expires_at = clock_timestamp() - interval '1 s'");
        Assert.Equal(epoch + 1, await two.Get<IPeers>().LeadAsync(Cancellation));

        var refusal = await Assert.ThrowsAsync<DatabaseException>(() => Lead.RunAsync(epoch.Value, () => WriteAsync(one)));
        Assert.Equal("Another portal does the background work now.", refusal.Message);
        await WriteAsync(one);
    }

    [Fact]
    public async Task Lead_GivenUp_IsTakenAtOnce()
    {
        var (one, two) = await StartTwoAsync();
        Assert.NotNull(await one.Get<IPeers>().LeadAsync(Cancellation));

        await one.Get<IPeers>().ResignAsync(Cancellation);

        Assert.NotNull(await two.Get<IPeers>().LeadAsync(Cancellation));
    }

    [Fact]
    public async Task Write_OfAPortalThatStandsStill_DoesNotHoldUpOthers()
    {
        var (one, two) = await StartTwoAsync();
        var isInside = new TaskCompletionSource();
        var goOn = new TaskCompletionSource();
        var standing = one.WriteAsync<bool>(async _ =>
        {
            isInside.SetResult();
            await goOn.Task;
            return true;
        });
        await isInside.Task.WaitAsync(Cancellation);

        // The server ends a transaction in which nothing happens before the others have waited too long.
        await WriteAsync(two);
        goOn.SetResult();

        await Assert.ThrowsAsync<DatabaseException>(() => standing);
    }

    private static async Task RunForAsync(TestCore core, Microsoft.Extensions.Time.Testing.FakeTimeProvider time, TimeSpan length)
    {
        for (var passed = TimeSpan.Zero; passed < length; passed += TimeSpan.FromHours(12))
        {
            time.Advance(TimeSpan.FromHours(12));
            await core.MaintainAsync();
        }
    }

    private static async Task ForwardAsync(TestCore core)
    {
        foreach (var forwarder in core.Get<ActivityForwarding>().Forwarders)
            await forwarder.ForwardAsync(Cancellation);
    }

    private sealed class Heard
    {
        private readonly Channel<IReadOnlySet<string>> _calls = Channel.CreateUnbounded<IReadOnlySet<string>>();

        public void Hear(IReadOnlySet<string> changed) => _calls.Writer.TryWrite(changed);

        public async Task<IReadOnlySet<string>> NextAsync() => await _calls.Reader.ReadAsync(Cancellation);
    }
}
