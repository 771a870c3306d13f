using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.TrustStores;
using CaPortal.Tests.Testing;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Tests.Changes;

public class SnapshotTests : IDisposable
{
    private readonly X509Certificate2 _first = TestCertificates.Root("First");
    private readonly X509Certificate2 _second = TestCertificates.Root("Second");
    private readonly X509Certificate2 _others = TestCertificates.Root("Of somebody else");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
        _others.Dispose();
    }

    [Fact]
    public async Task Change_AnyKind_KeepsWhatTheTrustStoresHeldBefore()
    {
        await using var core = await TestCore.StartAsync();

        await core.AddAsync(_first);
        await core.AddAsync(_second);
        await core.DeleteAsync(TestCore.KeyOf(_first));

        var snapshots = await core.Changes.SnapshotsAsync(Cancellation);
        Assert.Equal(
            [(ChangeKind.Delete, 2, 2), (ChangeKind.Add, 1, 1), (ChangeKind.Add, 0, 0)],
            snapshots.Select(s => (s.Before, (int)s.Revision, s.Certificates["pem-bundle"])));
        Assert.All(snapshots, s => Assert.Equal(TestCore.Anna.Name, s.By));
    }

    [Fact]
    public async Task Change_MoreThanTheSettingsKeep_ForgetsTheOldestWithWhatOnlyTheyHad()
    {
        await using var core = await TestCore.StartAsync(configure: o => o.Snapshots = 2);
        await PutByHandAsync(core, _others);
        await core.AddAsync(_first);
        await File.WriteAllTextAsync(core.RootsFile, "", Cancellation);
        await core.MaintainAsync();
        Assert.Equal(1, await core.QueryAsync(db => db.SnapshotCertificates.CountAsync(Cancellation)));

        await core.AddAsync(_second);
        await core.DeleteAsync(TestCore.KeyOf(_second));

        Assert.Equal([ChangeKind.Delete, ChangeKind.Add], (await core.Changes.SnapshotsAsync(Cancellation)).Select(s => s.Before));
        Assert.Equal(0, await core.QueryAsync(db => db.SnapshotCertificates.CountAsync(Cancellation)));
    }

    [Fact]
    public async Task Change_NoSnapshotsInTheSettings_KeepsNone()
    {
        await using var core = await TestCore.StartAsync(configure: o => o.Snapshots = 0);

        await core.AddAsync(_first);

        Assert.Empty(await core.Changes.SnapshotsAsync(Cancellation));
    }

    [Fact]
    public async Task Change_TrustStoreThatCannotBeRead_IsMadeAndItsSnapshotSaysSo()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "A link that leads to itself needs privileges there.");
        await using var core = await TestCore.StartAsync();
        Directory.CreateDirectory(Path.GetDirectoryName(core.RootsFile)!);
        File.CreateSymbolicLink(core.RootsFile, core.RootsFile);

        Assert.IsType<ChangeOutcome.Applied>(await core.AddAsync(_first));

        var snapshot = Assert.Single(await core.Changes.SnapshotsAsync(Cancellation));
        Assert.Empty(snapshot.Certificates);
        var difference = await core.Changes.CompareSnapshotAsync(snapshot.Id, Cancellation);
        Assert.NotNull(Assert.Single(difference!.TrustStores).Problem);
        Assert.False(difference.IsSame);
    }

    [Fact]
    public async Task Compare_CertificatesComeAndGone_NamesThemAndWhoseTheyAre()
    {
        await using var core = await TestCore.StartAsync();
        await core.AddAsync(_first);
        await core.AddAsync(_second);
        var before = (await core.Changes.SnapshotsAsync(Cancellation))[0];
        await core.DeleteAsync(TestCore.KeyOf(_first));
        await PutByHandAsync(core, _others);

        var difference = await core.Changes.CompareSnapshotAsync(before.Id, Cancellation);

        var store = Assert.Single(difference!.TrustStores);
        Assert.Equal([("Of somebody else", false), ("Second", true)], store.Appeared.Select(c => (c.Name, c.IsManaged)));
        Assert.Equal([("First", true)], store.Gone.Select(c => (c.Name, c.IsManaged)));
        Assert.False(difference.IsSame);
    }

    [Fact]
    public async Task Compare_UnknownSnapshot_IsNull()
    {
        await using var core = await TestCore.StartAsync();

        Assert.Null(await core.Changes.CompareSnapshotAsync(1, Cancellation));
        Assert.Null(await core.Changes.PlanRestoreSnapshotAsync(1, Cancellation));
    }

    [Fact]
    public async Task Restore_ListAndOthersCertificates_AreAsTheyWere()
    {
        await using var core = await TestCore.StartAsync();
        await PutByHandAsync(core, _others);
        await core.AddAsync(_first);
        await core.DeleteAsync(TestCore.KeyOf(_first));
        var withFirst = (await core.Changes.SnapshotsAsync(Cancellation))[0];
        await core.AddAsync(_second);
        await File.WriteAllTextAsync(core.RootsFile, "", Cancellation);
        await core.MaintainAsync();

        var plan = await core.Changes.PlanRestoreSnapshotAsync(withFirst.Id, Cancellation);
        Assert.Equal([TestCore.KeyOf(_first), TestCore.KeyOf(_others)], plan!.Additions.OrderBy(a => a.Facts.Name).Select(a => a.Key));
        Assert.Equal([TestCore.KeyOf(_second)], plan.Removals.Select(r => r.Key));
        Assert.True(Assert.IsType<ChangeOutcome.Applied>(await core.ApplyAsync(plan)).IsInstalled);

        Assert.True((await core.Changes.CompareSnapshotAsync(withFirst.Id, Cancellation))!.IsSame);
        Assert.Equal(["First", "Of somebody else"], (await core.ListAsync()).Select(c => c.Facts.Name));
        Assert.Equal(
            "RestoreSnapshot",
            (await core.QueryAsync(db => db.Activity.Where(a => a.Action != "Outcome").OrderBy(a => a.Sequence).LastAsync(Cancellation))).Action);
    }

    [Fact]
    public async Task Restore_CertificateThatLeftTheRecycleBin_IsBackAllTheSame()
    {
        var time = FakeTime.FromNow();
        await using var core = await TestCore.StartAsync(time: time);
        await core.AddAsync(_first);
        await core.DeleteAsync(TestCore.KeyOf(_first));
        var snapshot = (await core.Changes.SnapshotsAsync(Cancellation))[0];
        time.Advance(TimeSpan.FromDays(31));
        await core.MaintainAsync();
        Assert.Equal(0, await core.QueryAsync(db => db.Blobs.CountAsync(Cancellation)));

        Assert.True(
            Assert.IsType<ChangeOutcome.Applied>(await core.ApplyAsync((await core.Changes.PlanRestoreSnapshotAsync(snapshot.Id, Cancellation))!)).IsInstalled);

        Assert.Equal(TestCore.KeyOf(_first), Assert.Single(await core.ListAsync()).Key);
    }

    [Fact]
    public async Task Restore_CertificateAdoptedSince_StaysBecauseItWasThereThen()
    {
        await using var core = await TestCore.StartAsync();
        await PutByHandAsync(core, _others);
        await core.AddAsync(_others);
        await core.AddAsync(_first);
        var beforeAdoption = (await core.Changes.SnapshotsAsync(Cancellation))[^1];

        var plan = await core.Changes.PlanRestoreSnapshotAsync(beforeAdoption.Id, Cancellation);
        Assert.Equal([TestCore.KeyOf(_first)], plan!.Removals.Select(r => r.Key));
        await core.ApplyAsync(plan);

        Assert.True((await core.Changes.CompareSnapshotAsync(beforeAdoption.Id, Cancellation))!.IsSame);
    }

    [Fact]
    public async Task Restore_ListChangedMeanwhile_IsRefused()
    {
        await using var core = await TestCore.StartAsync();
        await core.AddAsync(_first);
        var plan = await core.Changes.PlanRestoreSnapshotAsync((await core.Changes.SnapshotsAsync(Cancellation))[0].Id, Cancellation);
        await core.AddAsync(_second);

        Assert.IsType<ChangeOutcome.Stale>(await core.ApplyAsync(plan!));
    }

    [Fact]
    public void PackedKeys_SetsInAnyOrder_ComeBackAndAreEqualBytes()
    {
        CaCertificateKey[] keys = [TestCore.KeyOf(_second), TestCore.KeyOf(_first), TestCore.KeyOf(_first, CaStore.CertificateAuthority)];

        var packed = PackedKeys.Pack(keys);

        Assert.Equal(packed, PackedKeys.Pack(keys.Reverse()));
        Assert.Equal(keys.ToHashSet(), PackedKeys.Unpack(packed));
        Assert.Empty(PackedKeys.Unpack(PackedKeys.Pack([])));
    }

    private static async Task PutByHandAsync(TestCore core, X509Certificate2 certificate)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(core.RootsFile)!);
        await File.AppendAllTextAsync(core.RootsFile, certificate.ExportCertificatePem() + "\n", Cancellation);
    }
}

/// <inheritdoc/>
[OnPostgres]
public sealed class SnapshotTestsOnPostgres : SnapshotTests;
