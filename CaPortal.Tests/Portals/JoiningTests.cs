using CaPortal.Core.Activity;
using CaPortal.Core.Data;
using CaPortal.Core.Portals;
using CaPortal.Tests.Testing;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Tests.Portals;

/// <summary>Portals that join others on a database: their keys, and what the database keeps of them.</summary>
public sealed class JoiningTests : PeersTest
{
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
        Assert.Contains($"encrypted with another key file than {Folder["two"]}", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Copy the key file of a portal that runs on this database", refusal.Advice, StringComparison.Ordinal);
        await first.AddAsync(TestCertificates.Root());
    }

    [Fact]
    public async Task Start_OfADirectoryOfAnotherDatabase_IsRefused()
    {
        await EndAsync(await StartAsync("one"));
        var other = await StartAsync("two", await TestCore.NewPostgresDatabaseAsync());
        await EndAsync(other);
        File.Copy(Path.Combine(Folder["one"], "database.key"), Path.Combine(Folder["two"], "database.key"), overwrite: true);

        var refusal = await Assert.ThrowsAsync<DatabaseException>(() => StartAsync("two"));

        Assert.Contains("belongs to another database", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task KeyFile_WithANewKeyFirst_OpensWhatTheOldOneSealedAndSealsItAnew()
    {
        await EndAsync(await StartAsync("one"));
        var file = Path.Combine(Folder["one"], "database.key");
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
        await ExecuteAsync(change);

        Assert.Empty(await peers.ListAsync("test", Cancellation));
        Assert.False(await peers.TakeAsync("test", Cancellation));
    }

    [Fact]
    public async Task SharedItem_ThatAnotherProgramAdded_StopsNothing()
    {
        var core = await StartAsync("one");
        await ExecuteAsync(
            "INSERT INTO shared_entry (name, sealed, count) VALUES ('file/keys/x.xml', '\\x00', 0), ('file/../../x', '\\x00', 0)");

        await core.Get<SharedFiles>().ExchangeAsync(Cancellation);
        await EndAsync(core);
        core = await StartAsync("one");

        Assert.False(File.Exists(Path.Combine(core.DataDirectory, "keys", "x.xml")));
    }

    [Fact]
    public async Task Start_KeyAndEndOfTheLogTakenAway_RecordsTheLoss()
    {
        var core = await StartAsync("one");
        await core.AddAsync(TestCertificates.Root());
        await EndAsync(core);
        File.Delete(Path.Combine(Folder["one"], "activity.key"));
        File.Delete(Path.Combine(Folder["one"], "activity.anchor"));

        core = await StartAsync("one");

        Assert.Contains("was missing", (await core.Get<ActivityService>().VerifyAsync(Cancellation)).Damage?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_RefusedForItsKeyFile_LeavesTheFirstMachineItsRow()
    {
        var core = await StartAsync("one");
        var node = core.Get<PortalIdentity>().NodeId;
        await core.AddAsync(TestCertificates.Root());
        await ExecuteAsync("UPDATE node SET key = NULL");
        await EndAsync(core);
        File.Delete(Path.Combine(Folder["one"], "node.id"));

        await Assert.ThrowsAsync<DatabaseException>(() => StartAsync("two"));

        Assert.Equal(node, (await StartAsync("one")).Get<PortalIdentity>().NodeId);
    }

    [Fact]
    public async Task Take_ByManyAtOnce_OneGetsIt()
    {
        var (one, two) = await StartTwoAsync();
        await one.Get<IPeers>().PutAsync("test", ReadOnlyMemory<byte>.Empty, DateTime.UnixEpoch.AddYears(100), Cancellation);

        var got = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => (i % 2 == 0 ? one : two).Get<IPeers>().TakeAsync("test", Cancellation)));

        Assert.Single(got, g => g);
    }
}
