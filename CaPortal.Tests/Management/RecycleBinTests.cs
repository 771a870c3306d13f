using CaPortal.Core.Certificates;
using CaPortal.Core.Management;
using CaPortal.Tests.Testing;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Tests.Management;

public sealed class RecycleBinTests
{
    private static readonly CaCertificateQuery Deleted = new() { Deleted = true };

    private readonly ManualTimeProvider _time = new();

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
        Assert.NotNull(await core.Service.DerAsync(TestCore.KeyOf(root).Sha256, TestContext.Current.CancellationToken));
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
        await core.Service.RepairAsync(TestCore.Anna, null, TestContext.Current.CancellationToken);
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
}
