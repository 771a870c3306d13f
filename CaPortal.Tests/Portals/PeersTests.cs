using System.Threading.Channels;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.Portals;
using CaPortal.Tests.Testing;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Tests.Portals;

/// <summary>Two portals on one PostgreSQL database, each with a data directory and trust stores of its own.</summary>
public sealed class PeersTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _folder = new();
    private readonly List<TestCore> _cores = [];
    private string _database = "";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _database = await TestCore.NewPostgresDatabaseAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var core in _cores)
            await core.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Start_Second_HasKeysOfTheFirstAndAMachineOfItsOwn()
    {
        var (one, two) = await StartTwoAsync();

        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(one.DataDirectory, "activity.key"), Cancellation),
            await File.ReadAllBytesAsync(Path.Combine(two.DataDirectory, "activity.key"), Cancellation));
        Assert.NotEqual(one.Get<PortalIdentity>().NodeId, two.Get<PortalIdentity>().NodeId);
        Assert.Equal(2, await one.QueryAsync(db => db.Nodes.CountAsync()));
    }

    [Fact]
    public async Task Start_Again_IsTheSameMachine()
    {
        var first = await StartAsync("one");
        var node = first.Get<PortalIdentity>().NodeId;
        await EndAsync(first);

        Assert.Equal(node, (await StartAsync("one")).Get<PortalIdentity>().NodeId);
    }

    [Fact]
    public async Task Start_WithAnotherKeyFile_IsRefusedAndSaysWhatToCopy()
    {
        var first = await StartAsync("one");

        var refusal = await Assert.ThrowsAsync<DatabaseException>(() => StartAsync("two"));

        Assert.StartsWith("The keys in the database 127.0.0.1:", refusal.Message, StringComparison.Ordinal);
        Assert.Contains($"encrypted with another key file than {_folder["two"]}", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Copy the key file of a portal that runs on this database", refusal.Advice, StringComparison.Ordinal);
        await first.AddAsync(TestCertificates.Root());
    }

    [Fact]
    public async Task Start_OfADirectoryOfAnotherDatabase_IsRefused()
    {
        await EndAsync(await StartAsync("one"));
        var other = await StartAsync("two", await TestCore.NewPostgresDatabaseAsync());
        await EndAsync(other);
        File.Copy(Path.Combine(_folder["one"], "database.key"), Path.Combine(_folder["two"], "database.key"), overwrite: true);

        var refusal = await Assert.ThrowsAsync<DatabaseException>(() => StartAsync("two"));

        Assert.Contains("belongs to another database", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task KeyFile_WithANewKeyFirst_OpensWhatTheOldOneSealedAndSealsItAnew()
    {
        await EndAsync(await StartAsync("one"));
        var file = Path.Combine(_folder["one"], "database.key");
        var old = await File.ReadAllTextAsync(file, Cancellation);
        var renewed = $"{Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32))}\n";
        await File.WriteAllTextAsync(file, renewed + old, Cancellation);
        await EndAsync(await StartAsync("one"));

        await File.WriteAllTextAsync(file, renewed, Cancellation);
        await StartAsync("one");
    }

    [Fact]
    public async Task Database_Stolen_HoldsNoKeyInTheClear()
    {
        var core = await StartAsync("one");
        await core.Get<IPeers>().PutAsync("test", "a secret of ours"u8.ToArray(), null, Cancellation);
        var key = await File.ReadAllBytesAsync(Path.Combine(core.DataDirectory, "activity.key"), Cancellation);

        var rows = await core.QueryAsync(db => db.Set<SharedEntry>().ToListAsync());

        Assert.Contains(rows, r => r.Name == "file/activity.key");
        Assert.All(rows, r => Assert.Equal(-1, r.Sealed.AsSpan().IndexOf(key)));
        Assert.All(rows, r => Assert.Equal(-1, r.Sealed.AsSpan().IndexOf("a secret"u8)));
    }

    [Theory]
    [InlineData("UPDATE shared_entry SET sealed = (SELECT sealed FROM shared_entry WHERE name = 'other') WHERE name = 'test'")]
    [InlineData("UPDATE shared_entry SET expires_at = expires_at + interval '1 day' WHERE name = 'test'")]
    [InlineData("UPDATE shared_entry SET sealed = set_byte(sealed, 40, get_byte(sealed, 40) # 1) WHERE name = 'test'")]
    public async Task SharedItem_ChangedByAnotherProgram_IsNotBelieved(string change)
    {
        var core = await StartAsync("one");
        var (peers, until) = (core.Get<IPeers>(), DateTime.UnixEpoch.AddYears(100));
        await peers.PutAsync("test", "value of ours"u8.ToArray(), until, Cancellation);
        await peers.PutAsync("other", "another value"u8.ToArray(), until, Cancellation);
        await new TestDatabase("", _database).ExecuteAsync(change);

        await Assert.ThrowsAsync<DatabaseException>(() => peers.ListAsync("test", Cancellation));
        Assert.False(await peers.TakeAsync("test", Cancellation));
    }

    [Fact]
    public async Task Take_ByManyAtOnce_OneGetsIt()
    {
        var (one, two) = await StartTwoAsync();
        await one.Get<IPeers>().PutAsync("test", ReadOnlyMemory<byte>.Empty, DateTime.UnixEpoch.AddYears(100), Cancellation);

        var got = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => (i % 2 == 0 ? one : two).Get<IPeers>().TakeAsync("test", Cancellation)));

        Assert.Single(got, g => g);
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

        foreach (var core in _cores.TakeLast(1).Append(one))
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
        await new TestDatabase("", _database).ExecuteAsync(
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

        await new TestDatabase("", _database).ExecuteAsync("UPDATE portal_lease SET expires_at = clock_timestamp() - interval '1 s'");
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

    private static Task<bool> WriteAsync(TestCore core) => core.WriteAsync(_ => Task.FromResult(true));

    private static async Task RunForAsync(TestCore core, Microsoft.Extensions.Time.Testing.FakeTimeProvider time, TimeSpan length)
    {
        for (var passed = TimeSpan.Zero; passed < length; passed += TimeSpan.FromHours(12))
        {
            time.Advance(TimeSpan.FromHours(12));
            await core.MaintainAsync();
        }
    }

    private async Task<(TestCore One, TestCore Two)> StartTwoAsync()
    {
        var one = await StartAsync("one");
        CopyKey();
        return (one, await StartAsync("two"));
    }

    private void CopyKey()
    {
        Directory.CreateDirectory(_folder["two"]);
        File.Copy(Path.Combine(_folder["one"], "database.key"), Path.Combine(_folder["two"], "database.key"));
    }

    private async Task<TestCore> StartAsync(string directory, string? database = null, TimeProvider? time = null)
    {
        var core = await TestCore.StartAsync(_folder[directory], time, options =>
            (options.Database.Provider, options.Database.ConnectionString) = (DatabaseProvider.PostgreSql, database ?? _database));
        _cores.Add(core);
        await core.Get<SharedFiles>().PrepareAsync(() => Task.CompletedTask, Cancellation);
        return core;
    }

    private async Task EndAsync(TestCore core)
    {
        _cores.Remove(core);
        await core.DisposeAsync();
    }

    private sealed class Heard
    {
        private readonly Channel<IReadOnlySet<string>> _calls = Channel.CreateUnbounded<IReadOnlySet<string>>();

        public void Hear(IReadOnlySet<string> changed) => _calls.Writer.TryWrite(changed);

        public async Task<IReadOnlySet<string>> NextAsync() => await _calls.Reader.ReadAsync(Cancellation);
    }
}
