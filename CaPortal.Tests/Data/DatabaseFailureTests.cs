using System.Globalization;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using CaPortal.Core.Monitoring;
using CaPortal.Core.Nodes;
using CaPortal.Tests.Testing;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Tests.Data;

public sealed class DatabaseFailureTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Apply_DatabaseLockedByAnotherProgram_IsUnavailableAndChangesNothing()
    {
        await using var core = await TestCore.StartAsync();
        using var root = TestCertificates.Root();
        await core.MaintainAsync();
        var plan = core.PlanAll(await core.InspectAsync(TestFiles.Pem(root)));
        var steps = new List<ChangeStep>();
        ChangeOutcome outcome;
        await using (var other = await RawDatabase.OpenAsync(core.DatabaseFile))
        {
            await RawDatabase.ExecuteAsync(other, "BEGIN EXCLUSIVE");
            outcome = await core.ApplyAsync(plan, progress: new Progress(steps)).WaitAsync(Guard, TestContext.Current.CancellationToken);
        }

        var unavailable = Assert.IsType<ChangeOutcome.Unavailable>(outcome);
        Assert.Equal("The database is in use by another program.", unavailable.Message);
        Assert.Equal(("record", ChangeStepState.Failed), (steps[^1].Id, steps[^1].State));
        Assert.Empty(await core.ListAsync());
        Assert.DoesNotContain(
            "BEGIN CERTIFICATE",
            await File.ReadAllTextAsync(core.RootsFile, TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
        Assert.IsType<ChangeOutcome.Applied>(await core.ApplyAsync(plan));
    }

    [Fact]
    public async Task Apply_DatabaseFileDeletedMeanwhile_IsUnavailable()
    {
        await using var core = await TestCore.StartAsync();
        using var root = TestCertificates.Root();
        var plan = core.PlanAll(await core.InspectAsync(TestFiles.Pem(root)));
        File.Delete(core.DatabaseFile);

        var unavailable = Assert.IsType<ChangeOutcome.Unavailable>(await core.ApplyAsync(plan));
        Assert.Contains("is gone", unavailable.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<DatabaseException>(() => core.ListAsync());
    }

    [Fact]
    public async Task Start_DatabaseMissingInADirectoryThatWasInUse_IsRefusedAndCreatesNothing()
    {
        using var directory = new TemporaryDirectory();
        string file;
        await using (var core = await TestCore.StartAsync(directory.Path))
        {
            using var root = TestCertificates.Root();
            await core.AddAsync(root);
            file = core.DatabaseFile;
        }

        Array.ForEach(Directory.GetFiles(directory.Path, "portal.db*"), File.Delete);
        var refusal = await Assert.ThrowsAsync<DatabaseException>(() => TestCore.StartAsync(directory.Path));

        Assert.Contains("is missing", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("activity.anchor", refusal.Advice, StringComparison.Ordinal);
        Assert.False(File.Exists(file));
    }

    [Fact]
    public async Task Start_AfterAKill_SweepsWhatWasNotFinishedInTheDataDirectory()
    {
        using var directory = new TemporaryDirectory();
        var left = CaPortal.Core.Files.AtomicFile.TemporaryNameBeside(directory["activity.anchor"]);
        await File.WriteAllTextAsync(left, "half", TestContext.Current.CancellationToken);

        await using var core = await TestCore.StartAsync(directory.Path);

        Assert.False(File.Exists(left));
    }

    [Fact]
    public async Task Apply_DatabaseLockedOnceTheChangeIsRecorded_SaysThatItIsRecorded()
    {
        await using var core = await TestCore.StartAsync();
        using var root = TestCertificates.Root();
        var plan = core.PlanAll(await core.InspectAsync(TestFiles.Pem(root)));
        await using var other = await RawDatabase.OpenAsync(core.DatabaseFile);

        var lockWhenRecorded = new Progress([], s =>
        {
            if (s is not { Id: "record", State: ChangeStepState.Done })
                return;
            using var begin = other.CreateCommand();
            begin.CommandText = "BEGIN EXCLUSIVE";
            begin.ExecuteNonQuery();
        });
        var outcome = Assert.IsType<ChangeOutcome.Applied>(
            await core.ApplyAsync(plan, progress: lockWhenRecorded).WaitAsync(Guard, TestContext.Current.CancellationToken));
        await RawDatabase.ExecuteAsync(other, "ROLLBACK");

        Assert.False(outcome.IsInstalled);
        Assert.Contains("recorded", Assert.Single(outcome.TrustStores).Error, StringComparison.Ordinal);
        Assert.Equal(CaCertificateStatus.Pending, Assert.Single(await core.ListAsync()).Status);
        await core.MaintainAsync();
        Assert.Equal(CaCertificateStatus.Installed, Assert.Single(await core.ListAsync()).Status);
    }

    [Fact]
    public async Task Start_FileThatIsNoDatabase_SaysThatItIsDamaged()
    {
        using var folder = new TemporaryDirectory();
        await File.WriteAllTextAsync(folder["portal.db"], new string('x', 10_000), TestContext.Current.CancellationToken);

        var failure = await Assert.ThrowsAsync<DatabaseException>(() => TestCore.StartAsync(folder.Path));

        Assert.Equal("The database file is damaged.", failure.Message);
        Assert.Contains("backup", failure.Advice, StringComparison.Ordinal);
        Assert.Equal(10_000, new FileInfo(folder["portal.db"]).Length);
    }

    [Fact]
    public async Task List_PagesOverwrittenWithNoise_SaysThatTheDatabaseIsDamaged()
    {
        using var folder = new TemporaryDirectory();
        await (await TestCore.StartAsync(folder.Path)).DisposeAsync();
        await using (var file = File.OpenWrite(folder["portal.db"]))
        {
            file.Seek(4096, SeekOrigin.Begin);
            await file.WriteAsync(Enumerable.Repeat((byte)0xA5, (int)file.Length - 4096).ToArray(), TestContext.Current.CancellationToken);
        }

        var failure = await Assert.ThrowsAsync<DatabaseException>(() => TestCore.StartAsync(folder.Path));

        Assert.Equal("The database file is damaged.", failure.Message);
    }

    [Theory]
    [InlineData("UPDATE ca_certificate SET store = 'Elsewhere'")]
    [InlineData("UPDATE ca_certificate SET added_at = 'garbage'")]
    [InlineData("UPDATE ca_certificate SET findings = 'no json'")]
    [InlineData("UPDATE ca_blob SET facts_not_after = NULL")]
    public async Task List_ValueThatThePortalNeverWrites_SaysThatAnotherProgramHasChangedIt(string sql)
    {
        await using var core = await TestCore.StartAsync();
        using var root = TestCertificates.Root();
        await core.AddAsync(root);
        await core.ExecuteAsync(
            $"""
            PRAGMA writable_schema = 1;
            UPDATE sqlite_master SET sql = replace(sql, 'NOT NULL', '') WHERE name IN ('ca_blob', 'ca_certificate');
            PRAGMA writable_schema = RESET;
            {sql}
            """);

        var failure = await Assert.ThrowsAsync<DatabaseException>(() => core.ListAsync());

        Assert.Contains("another program has changed", failure.Message, StringComparison.Ordinal);
    }

    public static TheoryData<Exception> ErrorsOfOurOwn =>
        [new FormatException(), new InvalidCastException(), new OverflowException(), new InvalidOperationException("", new FormatException())];

    [Theory]
    [MemberData(nameof(ErrorsOfOurOwn), DisableDiscoveryEnumeration = true)]
    public async Task RunAsync_ErrorOfThePortalsOwnCode_IsNotTakenForDamage(Exception bug)
    {
        await using var core = await TestCore.StartAsync();

        Assert.Same(bug, await Assert.ThrowsAsync(bug.GetType(), () => core.Get<PortalDatabase>().RunAsync<int>(_ => throw bug, Cancellation)));
    }

    [Fact]
    public async Task Start_OneByteOfAnIndexFlipped_SaysThatTheDatabaseIsDamagedAndLeavesIt()
    {
        using var folder = new TemporaryDirectory();
        int page;
        await using (var core = await TestCore.StartAsync(folder.Path))
        {
            using var root = TestCertificates.Root();
            await core.AddAsync(root);
            page = int.Parse(
                (await RawDatabase.ScalarAsync(core.DatabaseFile, "SELECT rootpage FROM sqlite_schema WHERE name = 'IX_ca_certificate_sha256'"))!,
                CultureInfo.InvariantCulture);
            await core.ExecuteAsync("PRAGMA wal_checkpoint(TRUNCATE)");
        }

        // In the hash of the only certificate, which is at the end of the page.
        var damaged = await File.ReadAllBytesAsync(folder["portal.db"], TestContext.Current.CancellationToken);
        damaged[(page * 4096) - 30] ^= 1;
        await File.WriteAllBytesAsync(folder["portal.db"], damaged, TestContext.Current.CancellationToken);

        var failure = await Assert.ThrowsAsync<DatabaseException>(() => TestCore.StartAsync(folder.Path));

        Assert.True(failure.IsLoss);
        Assert.Equal("The database file is damaged.", failure.Message);
        Assert.Equal(damaged, await File.ReadAllBytesAsync(folder["portal.db"], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Start_DataDirectoryThatIsAFile_SaysWhichCannotBeOpened()
    {
        using var folder = new TemporaryDirectory();
        await File.WriteAllTextAsync(folder["data"], "", TestContext.Current.CancellationToken);

        var failure = await Assert.ThrowsAsync<DatabaseException>(() => TestCore.StartAsync(folder["data"]));

        Assert.Contains(folder["data"], failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_ReadOnlyDisk_SaysThatItCannotBeOpened()
    {
        await using var disk = await SmallDisk.MountAsync("size=4m");
        await disk.RemountAsync("ro");

        var failure = await Assert.ThrowsAsync<DatabaseException>(() => TestCore.StartAsync(disk.Path));

        Assert.Contains("may write", failure.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_FullDisk_IsUnavailableAndChangesNothing()
    {
        await using var disk = await SmallDisk.MountAsync("size=2m");
        await using var core = await TestCore.StartAsync(disk.Path);
        await core.MaintainAsync();
        using var root = TestCertificates.Root();
        var plan = core.PlanAll(await core.InspectAsync(TestFiles.Pem(root)));
        var filler = Path.Combine(disk.Path, "filler");
        SmallDisk.Fill(filler);

        var outcome = Assert.IsType<ChangeOutcome.Unavailable>(await core.ApplyAsync(plan));
        File.Delete(filler);

        Assert.Matches("disk", outcome.Message);
        Assert.Empty(await core.ListAsync());
        Assert.True(Assert.IsType<ChangeOutcome.Applied>(await core.ApplyAsync(plan)).IsInstalled);
    }

    [Fact]
    public async Task Maintain_FullDisk_HealsTellsTheTruthAndRecordsItLater()
    {
        await using var disk = await SmallDisk.MountAsync("size=4m");
        using var trust = new TemporaryDirectory();
        await using var core = await TestCore.StartAsync(disk.Path, configure: o => o.PemBundle.Directory = trust.Path);
        using var root = TestCertificates.Root();
        await core.AddAsync(root);
        await core.MaintainAsync();
        await core.Get<PortalDatabase>().CheckpointAsync(Cancellation);
        var filler = Path.Combine(disk.Path, "filler");
        SmallDisk.Fill(filler);
        File.Delete(trust["roots.pem"]);

        await core.MaintainAsync();

        Assert.Contains("BEGIN CERTIFICATE", await File.ReadAllTextAsync(trust["roots.pem"], Cancellation), StringComparison.Ordinal);
        Assert.Matches("disk", core.Machine.Unrecorded!.Message);
        Assert.Equal(new Dictionary<string, bool> { ["pem-bundle"] = true }, await core.Get<PortalFigures>().TrustStoresAsync(Cancellation));

        File.Delete(trust["roots.pem"]);
        Directory.CreateDirectory(trust["roots.pem"]);
        await core.MaintainAsync();
        Assert.Equal(new Dictionary<string, bool> { ["pem-bundle"] = false }, await core.Get<PortalFigures>().TrustStoresAsync(Cancellation));

        Directory.Delete(trust["roots.pem"]);
        File.Delete(filler);
        await core.MaintainAsync();
        Assert.Null(core.Machine.Unrecorded);
        await core.Machine.RepairAsync(TestCore.Anna, null, Cancellation);
        Assert.Equal(new Dictionary<string, bool> { ["pem-bundle"] = true }, await core.Get<PortalFigures>().TrustStoresAsync(Cancellation));
        var told = await core.QueryAsync(db =>
            db.Activity.Where(a => a.Action == "Outcome").OrderBy(a => a.Sequence).Select(a => a.Details).ToListAsync(Cancellation));
        Assert.Contains(told, d => d.Contains("\"Drifted\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_FullDisk_RecordsLaterWhatWasAddedAndForWhom()
    {
        await using var disk = await SmallDisk.MountAsync("size=4m");
        using var trust = new TemporaryDirectory();
        await using var core = await TestCore.StartAsync(disk.Path, configure: o => o.PemBundle.Directory = trust.Path);
        using var root = TestCertificates.Root();
        await core.AddAsync(root);
        await core.MaintainAsync();
        var before = await core.QueryAsync(db => db.Activity.MaxAsync(a => a.Sequence, Cancellation));
        await core.Get<PortalDatabase>().CheckpointAsync(Cancellation);
        var filler = Path.Combine(disk.Path, "filler");
        SmallDisk.Fill(filler);
        File.Delete(trust["roots.pem"]);

        await Assert.ThrowsAsync<DatabaseException>(() => core.Get<TrustStoreSync>().RunAsync(TestCore.Anna, null, Cancellation));
        File.Delete(filler);
        await core.MaintainAsync();

        Assert.Contains(
            await core.QueryAsync(db => db.Activity.Where(a => a.Action == "Outcome" && a.Actor == TestCore.Anna.Name).ToListAsync(Cancellation)),
            a => a.Sequence > before && a.Details.Contains("\"added\":[{", StringComparison.Ordinal));
    }

    private sealed class Progress(List<ChangeStep> steps, Action<ChangeStep>? report = null) : IProgress<ChangeStep>
    {
        public void Report(ChangeStep value)
        {
            steps.Add(value);
            report?.Invoke(value);
        }
    }
}
