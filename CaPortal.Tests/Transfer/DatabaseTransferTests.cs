using CaPortal.Core.Activity;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using CaPortal.Core.Inventory;
using CaPortal.Tests.Testing;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Tests.Transfer;

/// <summary>What a list is after it was copied to a server.</summary>
public sealed class DatabaseTransferTests : TransferTest
{
    [Fact]
    public async Task Copy_SomethingInEveryTable_IsTheSameOnTheServer()
    {
        List<string> before;
        await using (var core = await StartAsync())
        {
            await FillAsync(core);
            before = await RowsAsync(core);
        }

        var result = await CopyAsync();

        await using var moved = OnServer();
        Assert.Equal(before, await RowsAsync(moved));
        Assert.Equal(before.CountBy(r => r.Split(' ')[0]).ToDictionary(t => t.Key, t => (long)t.Value), result.Rows);
        Assert.Equal((2, DatabaseFile, $"127.0.0.1:{Server.Port}/{Database}"), (result.Revision, result.From, result.To));
    }

    [Fact]
    public async Task Copy_PortalStartedOnTheCopy_GoesOnFromThere()
    {
        using var root = TestCertificates.Root("Added later");
        await FillAsync();
        await CopyAsync();

        await using var moved = OnServer();
        await moved.Get<PortalDatabase>().InitializeAsync(Cancellation);
        Assert.Equal(["Root 😀 of \"tests\"", "Test Intermediate"], (await moved.ListAsync()).Select(c => c.Facts.Name).Order());
        Assert.True(Assert.IsType<ChangeOutcome.Applied>(await moved.AddAsync(root)).IsInstalled);

        Assert.Equal(3, (await moved.ListAsync()).Count);
        Assert.Null((await moved.Get<ActivityService>().VerifyAsync(Cancellation)).Damage);
        Assert.Null((await moved.QueryAsync(db => moved.Get<ListProof>().JudgeAsync(db, Cancellation))).Problem);
    }

    [Fact]
    public async Task Copy_KeyOfADeletedRow_IsNotGivenAgain()
    {
        await using (var core = await StartAsync())
        {
            await FillAsync(core);
            Assert.Equal(2, await AddAlertAsync(core, "two"));
            await core.WriteAsync(db => db.Alerts.Where(a => a.Identity == "two").ExecuteDeleteAsync(Cancellation));
        }

        await CopyAsync();

        await using var moved = OnServer();
        Assert.Equal(3, await AddAlertAsync(moved, "three"));
    }

    [Fact]
    public async Task Copy_WhatAKilledPortalLeft_HasAllAndLeavesEveryByte()
    {
        using var root = TestCertificates.Root();
        using var running = new TemporaryDirectory();
        await using (var core = await TestCore.StartAsync(running["data"]))
        {
            await core.AddAsync(root);
            Directory.CreateDirectory(DataDirectory);
            foreach (var file in Directory.EnumerateFiles(running["data"]))
                File.Copy(file, Path.Combine(DataDirectory, Path.GetFileName(file)));
        }

        var before = Files();
        Assert.True(new FileInfo($"{DatabaseFile}-wal").Length > new FileInfo(DatabaseFile).Length);

        await CopyAsync();

        Assert.Equal(before, Files());
        await using var moved = OnServer();
        Assert.Equal([TestCore.KeyOf(root)], (await moved.ListAsync()).Select(c => c.Key));
    }

    [Fact]
    public async Task Copy_EntriesOfEarlierVersions_AreStillProved()
    {
        await FillAsync();
        await RewriteLogAsync(e => e.At = e.At.AddTicks(1 + (e.Sequence % 9)));

        await CopyAsync();

        await using var moved = OnServer();
        await moved.Get<PortalDatabase>().InitializeAsync(Cancellation);
        var proof = await moved.Get<ActivityService>().VerifyAsync(Cancellation);
        Assert.Null(proof.Damage);
        Assert.True(proof.Entries > 3);
        Assert.All(await moved.QueryAsync(db => db.Activity.ToListAsync(Cancellation)), e => Assert.Equal(0, e.At.Ticks % 10));
    }

    [Fact]
    public async Task Copy_TextThatTheServerDoesNotTake_IsReplacedOutsideTheLog()
    {
        await using (var core = await StartAsync())
        {
            await FillAsync(core);
            await AddAlertAsync(core, "nul \0 end");
        }

        await CopyAsync();

        await using var moved = OnServer();
        Assert.Equal(["nul \ufffd end", "one"], await moved.QueryAsync(db => db.Alerts.Select(a => a.Identity).Order().ToListAsync(Cancellation)));
    }

    private static async Task<long> AddAlertAsync(TestCore core, string identity)
    {
        var alert = new Alert { Identity = identity, Title = "", Message = "" };
        await core.WriteAsync(async db =>
        {
            db.Add(alert);
            return await db.SaveChangesAsync(Cancellation);
        });
        return alert.Id;
    }
}
