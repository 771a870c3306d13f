using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Inventory;
using CaPortal.Tests.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CaPortal.Tests.Inventory;

public class RecycleBinTests
{
    private static readonly CaCertificateQuery Deleted = new() { Deleted = true };

    private readonly SettableTime _time = new();

    [Fact]
    public async Task Maintain_TimeIsOver_EmptiesTheRecycleBinAndRecordsIt()
    {
        await using var core = await TestCore.StartAsync(time: _time, configure: o => o.RecycleBinDays = 5);
        using var root = TestCertificates.Root();
        await core.AddAsync(root);
        await core.DeleteAsync(TestCore.KeyOf(root));
        var until = Assert.Single(await core.ListAsync(Deleted)).Removal!.RestorableUntil;
        Assert.Equal(_time.GetUtcNow().UtcDateTime.AddDays(5), until);

        _time.Advance(TimeSpan.FromDays(5));
        await core.MaintainAsync();
        Assert.Single(await core.ListAsync(Deleted));

        _time.Advance(TimeSpan.FromSeconds(1));
        await core.MaintainAsync();
        Assert.Empty(await core.ListAsync(Deleted));
        Assert.Equal((0, 1), await core.QueryAsync(async db => (
            await db.Blobs.CountAsync(TestContext.Current.CancellationToken),
            await db.Activity.CountAsync(a => a.Action == "EmptyRecycleBin", TestContext.Current.CancellationToken))));
        Assert.IsType<ChangeOutcome.Unchanged>(await core.RestoreAsync(TestCore.KeyOf(root)));
        Assert.IsType<ChangeOutcome.Applied>(await core.AddAsync(root));
    }

    [Fact]
    public async Task Maintain_BlobOfAnotherStore_Stays()
    {
        await using var core = await TestCore.StartAsync(time: _time);
        using var root = TestCertificates.Root();
        await core.AddAsync(root);
        await core.MoveAsync(TestCore.KeyOf(root));

        _time.Advance(TimeSpan.FromDays(31));
        await core.MaintainAsync();

        Assert.Empty(await core.ListAsync(Deleted));
        Assert.NotNull(await core.List.DerAsync(TestCore.KeyOf(root).Sha256, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Maintain_TrustStoreStillHoldsIt_KeepsItUntilItIsGone()
    {
        await using var core = await TestCore.StartAsync(time: _time);
        using var root = TestCertificates.Root();
        await core.AddAsync(root);
        var obstacle = Path.Combine(core.DataDirectory, "trust", ".caportal.lock");
        File.Delete(obstacle);
        Directory.CreateDirectory(obstacle);
        Assert.False(Assert.IsType<ChangeOutcome.Applied>(await core.DeleteAsync(TestCore.KeyOf(root))).IsInstalled);

        _time.Advance(TimeSpan.FromDays(31));
        await core.MaintainAsync();
        Assert.Equal(CaCertificateStatus.Pending, Assert.Single(await core.ListAsync(Deleted)).Status);

        Directory.Delete(obstacle);
        await core.Machine.RepairAsync(TestCore.Anna, null, TestContext.Current.CancellationToken);
        await core.MaintainAsync();
        Assert.Empty(await core.ListAsync(Deleted));
        Assert.DoesNotContain("BEGIN", await File.ReadAllTextAsync(core.RootsFile, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Maintain_TrustStoreCannotBeUsedAnyMore_KeepsWhatItMayHold()
    {
        await using var core = await TestCore.StartAsync(time: _time);
        using var root = TestCertificates.Root();
        await core.AddAsync(root);
        var trust = Path.GetDirectoryName(core.RootsFile)!;
        var aside = $"{trust}-aside";
        Directory.Move(trust, aside);
        await File.WriteAllTextAsync(trust, "", TestContext.Current.CancellationToken);
        await core.DeleteAsync(TestCore.KeyOf(root));

        _time.Advance(TimeSpan.FromDays(31));
        await core.MaintainAsync();
        Assert.Single(await core.ListAsync(Deleted));

        File.Delete(trust);
        Directory.Move(aside, trust);
        await core.MaintainAsync();
        Assert.Empty(await core.ListAsync(Deleted));
    }

    [Fact]
    public async Task Maintain_ClockJumpsAheadWhileItRuns_ForgetsNothingUntilItHasRunForADay()
    {
        var log = new LogLines();
        await using var core = await TestCore.StartAsync(time: _time, register: s => s.AddSingleton<ILoggerProvider>(log));
        using var root = TestCertificates.Root();
        await core.AddAsync(root);
        await core.DeleteAsync(TestCore.KeyOf(root));
        await core.MaintainAsync();

        _time.Set(TimeSpan.FromDays(40));
        for (var i = 0; i < 23; i++)
        {
            await core.MaintainAsync();
            _time.Advance(TimeSpan.FromHours(1));
        }

        await core.MaintainAsync();
        Assert.Single(await core.ListAsync(Deleted));
        Assert.Single(
            log.All,
            l => l.StartsWith("CaPortal", StringComparison.Ordinal)
                && l.Contains("clock", StringComparison.Ordinal) && l.Contains("ahead", StringComparison.Ordinal));
        Assert.Equal(1, await CountAsync(core, "ClockSet"));

        _time.Advance(TimeSpan.FromHours(1));
        await core.MaintainAsync();
        Assert.Empty(await core.ListAsync(Deleted));
    }

    [Fact]
    public async Task Maintain_ClockJumpsAheadAndComesBack_ForgetsAfterTheTimeThatHasPassed()
    {
        await using var core = await TestCore.StartAsync(time: _time);
        using var before = TestCertificates.Root("Before");
        using var meanwhile = TestCertificates.Root("Meanwhile");
        await core.AddAsync(before, meanwhile);
        await core.DeleteAsync(TestCore.KeyOf(before));
        await core.MaintainAsync();

        _time.Set(TimeSpan.FromDays(4000));
        await core.MaintainAsync();
        await core.DeleteAsync(TestCore.KeyOf(meanwhile));
        _time.Advance(TimeSpan.FromHours(20));
        await core.MaintainAsync();
        _time.Set(TimeSpan.FromDays(-4000));
        await core.MaintainAsync();
        _time.Advance(TimeSpan.FromDays(29));
        await core.MaintainAsync();
        Assert.Equal(2, (await core.ListAsync(Deleted)).Count);

        _time.Advance(TimeSpan.FromDays(2));
        await core.MaintainAsync();
        Assert.Empty(await core.ListAsync(Deleted));
    }

    [Fact]
    public async Task Maintain_ClockFallsBackAndComesAgain_ForgetsNothingThatWasDeletedMeanwhile()
    {
        await using var core = await TestCore.StartAsync(time: _time);
        using var root = TestCertificates.Root();
        await core.AddAsync(root);
        await core.MaintainAsync();

        _time.Set(TimeSpan.FromDays(-10_000));
        await core.MaintainAsync();
        await core.DeleteAsync(TestCore.KeyOf(root));
        _time.Set(TimeSpan.FromDays(10_000));
        await core.MaintainAsync();
        _time.Advance(TimeSpan.FromDays(3));
        await core.MaintainAsync();

        Assert.Single(await core.ListAsync(Deleted));
        _time.Advance(TimeSpan.FromDays(28));
        await core.MaintainAsync();
        Assert.Empty(await core.ListAsync(Deleted));
    }

    [Fact]
    public async Task Maintain_StartsFortyDaysLater_ForgetsAfterADayOfRunningAndNotAtOnce()
    {
        using var folder = new TemporaryDirectory();
        using var root = TestCertificates.Root();
        await using (var before = await TestCore.StartAsync(folder["data"], _time))
        {
            await before.AddAsync(root);
            await before.DeleteAsync(TestCore.KeyOf(root));
            await before.MaintainAsync();
        }

        _time.Set(TimeSpan.FromDays(40));
        await using (var second = await TestCore.StartAsync(folder["data"], _time))
        {
            await second.MaintainAsync();
            _time.Advance(TimeSpan.FromHours(23));
            await second.MaintainAsync();
            Assert.Single(await second.ListAsync(Deleted));
        }

        // A short stop takes nothing from what it has run already.
        _time.Set(TimeSpan.FromMinutes(1));
        await using var third = await TestCore.StartAsync(folder["data"], _time);
        await third.MaintainAsync();
        Assert.Single(await third.ListAsync(Deleted));
        _time.Advance(TimeSpan.FromHours(1));
        await third.MaintainAsync();
        Assert.Empty(await third.ListAsync(Deleted));
    }

    private static Task<int> CountAsync(TestCore core, string action) =>
        core.QueryAsync(db => db.Activity.CountAsync(a => a.Action == action, TestContext.Current.CancellationToken));
}

/// <inheritdoc/>
[OnPostgres]
public sealed class RecycleBinTestsOnPostgres : RecycleBinTests;
