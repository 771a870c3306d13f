using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core;
using CaPortal.Core.Activity;
using CaPortal.Core.Backups;
using CaPortal.Core.TrustStores;
using CaPortal.Tests.Data;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Backups;

/// <summary>Backups are taken and put back, by real files.</summary>
public sealed class BackupTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly X509Certificate2 _root = TestCertificates.Root("First Root");
    private readonly X509Certificate2 _later = TestCertificates.Root("Later Root");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Backup => _directory["caportal.tar.gz"];

    private string Data => _directory["restored"];

    public void Dispose()
    {
        _directory.Dispose();
        _root.Dispose();
        _later.Dispose();
    }

    [Fact]
    public async Task Backup_PutBackIntoAnEmptyFolder_BringsListLogAndKeysBack()
    {
        await using (var core = await TestCore.StartAsync())
        {
            await core.AddAsync(_root);
            await WriteKeysAsync(core.DataDirectory, ("key-1.xml", "first"));
            var taken = await core.Get<BackupWriter>().WriteAsync(Backup, null, Cancellation);

            Assert.Equal((1, 1), (taken.Revision, taken.Certificates));
            Assert.Equal(await core.QueryAsync(db => Task.FromResult(db.Activity.Max(a => a.Sequence))), taken.Entries);
            Assert.Empty(Directory.GetFiles(core.DataDirectory, "*.tmp"));
            await core.AddAsync(_later);
        }

        await RestoreAsync(Backup, Data);

        await using var restored = await TestCore.StartAsync(Data);
        Assert.Equal(TestCore.KeyOf(_root), Assert.Single(await restored.ListAsync()).Key);
        Assert.Null((await restored.Get<ActivityService>().VerifyAsync(Cancellation)).Damage);
        Assert.Equal("first", await File.ReadAllTextAsync(Path.Combine(Data, "keys", "key-1.xml"), Cancellation));
        Assert.NotNull(await restored.Get<Restoration>().RecordAsync());
        Assert.Null(await restored.Get<Restoration>().RecordAsync());
        Assert.Equal("RestoreBackup", await restored.QueryAsync(db => Task.FromResult(db.Activity.OrderBy(a => a.Sequence).Last().Action)));
        Assert.All(await restored.MaintainAsync(), o => Assert.Equal(TrustStoreResult.Installed, o.Result));
    }

    [Fact]
    public async Task Backup_DuringChanges_IsProvedToItsEnd()
    {
        await using (var core = await TestCore.StartAsync())
        {
            using var ended = new CancellationTokenSource();
            var changes = Task.Run(
                async () =>
                {
                    while (!ended.IsCancellationRequested)
                    {
                        await core.AddAsync(_root);
                        await core.DeleteAsync(TestCore.KeyOf(_root));
                    }
                },
                Cancellation);
            for (var i = 0; i < 5; i++)
                await core.Get<BackupWriter>().WriteAsync(_directory[$"{i}.tar.gz"], null, Cancellation);
            await ended.CancelAsync();
            await changes;
        }

        for (var i = 0; i < 5; i++)
            Assert.Null((await PrepareAsync(_directory[$"{i}.tar.gz"], _directory[$"data-{i}"])).Unproved);
    }

    [Fact]
    public async Task Backup_OfALogThatWasCutOff_DoesNotHideIt()
    {
        await using (var core = await TestCore.StartAsync())
        {
            await core.AddAsync(_root);
            await core.ExecuteAsync("DROP TRIGGER activity_no_delete; DELETE FROM activity WHERE sequence = (SELECT MAX(sequence) FROM activity)");
            await core.Get<BackupWriter>().WriteAsync(Backup, null, Cancellation);
        }

        Assert.Contains("had been written", (await PrepareAsync(Backup, Data)).Unproved, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Backup_FileOrFolderThatDoesNotDo_IsRefusedAndLeavesNothing()
    {
        await using var core = await TestCore.StartAsync();
        var writer = core.Get<BackupWriter>();
        await File.WriteAllTextAsync(Backup, "mine", Cancellation);

        var there = await Assert.ThrowsAsync<BackupException>(() => writer.WriteAsync(Backup, null, Cancellation));
        var noFolder = await Assert.ThrowsAsync<BackupException>(() => writer.WriteAsync(Path.Combine(Backup, "below", "b.tar.gz"), null, Cancellation));
        await Assert.ThrowsAsync<BackupException>(() => writer.WriteAsync(_directory["short.p7m"], "too short", Cancellation));

        Assert.Equal($"There is a file '{Backup}' already.", there.Message);
        Assert.StartsWith($"The backup '{Path.Combine(Backup, "below", "b.tar.gz")}' cannot be written: ", noFolder.Message, StringComparison.Ordinal);
        Assert.Equal("mine", await File.ReadAllTextAsync(Backup, Cancellation));
        Assert.Equal([Backup], Directory.GetFileSystemEntries(_directory.Path));
        Assert.Empty(Directory.GetFiles(core.DataDirectory, "*.tmp"));
    }

    [Fact]
    public async Task Backup_OnADiskThatIsFull_SaysSoAndLeavesNothing()
    {
        await using var disk = await SmallDisk.MountAsync("size=64k");
        await using var core = await TestCore.StartAsync();
        await core.AddAsync(_root);
        SmallDisk.Fill(Path.Combine(disk.Path, "full"));

        var refusal = await Assert.ThrowsAsync<BackupException>(() =>
            core.Get<BackupWriter>().WriteAsync(Path.Combine(disk.Path, "b.tar.gz"), null, Cancellation));

        Assert.Contains("No space left", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(["full"], Directory.GetFiles(disk.Path).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Backup_AndItsParts_AreForTheOwnerAlone()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Other systems have no such modes, or another command for them.");
        await BackUpAsync();
        await PrepareAsync(Backup, Data);

        var files = (await Tool.RunAsync(_directory.Path, "find", Backup, Data, "-type", "f", "-printf", "%m ")).Trim().Split(' ');
        Assert.True(files.Length > 4);
        Assert.All(files, mode => Assert.Equal("600", mode));
        Assert.Equal("700 700 ", await Tool.RunAsync(_directory.Path, "find", Data, "-type", "d", "-printf", "%m "));
    }

    [Fact]
    public async Task Restore_OverADataDirectoryInUse_KeepsWhatWasThereAndEndedSessions()
    {
        await using (var core = await TestCore.StartAsync(Data))
        {
            await core.AddAsync(_root);
            await WriteKeysAsync(Data, ("key-1.xml", "first"), ("ended-sessions/aa", "1"));
            await core.Get<BackupWriter>().WriteAsync(Backup, null, Cancellation);
            await core.AddAsync(_later);
            await WriteKeysAsync(Data, ("key-2.xml", "second"), ("ended-sessions/bb", "2"));
        }

        var ready = await PrepareAsync(Backup, Data);
        Assert.Equal(2, await RestoringAsync(Data, async core =>
        {
            await core.Get<Core.Data.PortalDatabase>().InitializeAsync(Cancellation);
            return (await core.ListAsync()).Count;
        }));
        await RestoringAsync(Data, core => Task.FromResult(core.Get<Restoration>().PutInPlace()));

        await using var restored = await TestCore.StartAsync(Data);
        Assert.Equal(TestCore.KeyOf(_root), Assert.Single(await restored.ListAsync()).Key);
        Assert.Null((await restored.Get<ActivityService>().VerifyAsync(Cancellation)).Damage);
        Assert.Equal(
            ["ended-sessions/aa", "ended-sessions/bb", "key-1.xml", "key-2.xml"],
            Directory
                .GetFiles(Path.Combine(Data, "keys"), "*", SearchOption.AllDirectories)
                .Select(f => Path.GetRelativePath(Path.Combine(Data, "keys"), f))
                .Order(StringComparer.Ordinal));
        var aside = restored.Get<Restoration>().AsideOf(ready);
        Assert.Superset(
            new HashSet<string?> { "portal.db", "activity.key", "activity.anchor" },
            Directory.GetFiles(aside).Select(Path.GetFileName).ToHashSet());

        // The list went back: nothing is written before somebody decides.
        Assert.Contains("earlier one, of revision 1", Assert.Single(await restored.MaintainAsync()).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("portal.db")]
    [InlineData("activity.anchor")]
    [InlineData("activity.key")]
    public async Task Restore_InterruptedWhileItIsPutInPlace_IsDoneToItsEndAtTheNextStart(string last)
    {
        await BackUpAsync();
        await using (var core = await TestCore.StartAsync(Data))
            await core.AddAsync(_later);
        var ready = await PrepareAsync(Backup, Data);

        // As far as the process came: the file was moved aside, and the new one was not there yet.
        var aside = await RestoringAsync(Data, core => Task.FromResult(core.Get<Restoration>().AsideOf(ready)));
        Directory.CreateDirectory(aside);
        foreach (var name in ready.Manifest.Files.Select(f => f.Name).TakeWhile(n => n != last))
        {
            File.Move(Path.Combine(Data, name), Path.Combine(aside, name));
            File.Move(Path.Combine(Data, "restore", name), Path.Combine(Data, name));
        }

        File.Move(Path.Combine(Data, last), Path.Combine(aside, last));
        Assert.NotNull(await RestoringAsync(Data, core => Task.FromResult(core.Get<Restoration>().PutInPlace())));
        Assert.Null(await RestoringAsync(Data, core => Task.FromResult(core.Get<Restoration>().PutInPlace())));

        await using var restored = await TestCore.StartAsync(Data);
        Assert.Equal(TestCore.KeyOf(_root), Assert.Single(await restored.ListAsync()).Key);
        Assert.Null((await restored.Get<ActivityService>().VerifyAsync(Cancellation)).Damage);
        Assert.False(Directory.Exists(Path.Combine(Data, "restore")));
        Assert.True(File.Exists(Path.Combine(aside, "portal.db")));
    }

    [Fact]
    public async Task Restore_DatabaseOnAnotherDiskThatIsTooSmall_LosesNothingAndGoesOnOnceThereIsRoom()
    {
        await using (var core = await TestCore.StartAsync())
        {
            await core.AddAsync(_root);
            await core.ExecuteAsync("CREATE TABLE large AS SELECT randomblob(600000) AS content");
            await core.Get<BackupWriter>().WriteAsync(Backup, null, Cancellation);
        }

        await using var disk = await SmallDisk.MountAsync("size=4m");
        var database = Path.Combine(disk.Path, "own.db");
        void Configure(CoreOptions options) => options.Database.ConnectionString = $"Data Source={database}";
        await using (var core = await TestCore.StartAsync(Data, configure: Configure))
            await core.Get<Core.Data.PortalDatabase>().CheckpointAsync(Cancellation);
        var before = SHA256.HashData(await File.ReadAllBytesAsync(database, Cancellation));
        var ready = await PrepareAsync(Backup, Data, Configure);
        SmallDisk.Fill(Path.Combine(disk.Path, "full"));

        for (var i = 0; i < 2; i++)
            await Assert.ThrowsAsync<BackupException>(() => RestoringAsync(Data, core => Task.FromResult(core.Get<Restoration>().PutInPlace()), Configure));
        var aside = await RestoringAsync(Data, core => Task.FromResult(core.Get<Restoration>().AsideOf(ready)), Configure);
        Assert.Equal(before, SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(aside, "own.db"), Cancellation)));

        File.Delete(Path.Combine(disk.Path, "full"));
        Assert.NotNull(await RestoringAsync(Data, core => Task.FromResult(core.Get<Restoration>().PutInPlace()), Configure));
        Assert.Equal(before, SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(aside, "own.db"), Cancellation)));
        await using var restored = await TestCore.StartAsync(Data, configure: Configure);
        Assert.Equal(TestCore.KeyOf(_root), Assert.Single(await restored.ListAsync()).Key);
    }

    [Fact]
    public async Task Restore_ThatWasKilledWhileItWasRead_LeavesNothingAfterTheNextStart()
    {
        Directory.CreateDirectory(Path.Combine(Data, "restore", "keys"));
        await File.WriteAllTextAsync(Path.Combine(Data, "restore", "activity.key"), "half", Cancellation);

        Assert.Null(await RestoringAsync(Data, core => Task.FromResult(core.Get<Restoration>().PutInPlace())));
        Assert.Empty(Directory.GetFileSystemEntries(Data));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"by\":\"a\",\"manifest\":{\"machine\":\"m\",\"files\":null}}")]
    [InlineData("{\"by\":\"a\",\"manifest\":{\"machine\":\"m\",\"files\":[{\"name\":\"../../escaped\"}]}}")]
    public async Task PutInPlace_MarkerThatIsNone_IsForgotten(string marker)
    {
        Directory.CreateDirectory(Path.Combine(Data, "restore"));
        await File.WriteAllTextAsync(Path.Combine(Data, "restore", "restore.json"), marker, Cancellation);

        Assert.Null(await RestoringAsync(Data, core => Task.FromResult(core.Get<Restoration>().PutInPlace())));
        Assert.Empty(Directory.GetFileSystemEntries(Data));
    }

    [Fact]
    public async Task Backup_TakenBeforeTheFirstEntryWasAnchored_IsProved()
    {
        await using (var core = await TestCore.StartAsync())
        {
            using var started = new SemaphoreSlim(0);
            var changes = Task.Run(
                async () =>
                {
                    started.Release();
                    for (var i = 0; i < 4; i++)
                    {
                        await core.AddAsync(_root);
                        await core.DeleteAsync(TestCore.KeyOf(_root));
                    }
                },
                Cancellation);
            await started.WaitAsync(Cancellation);
            for (var i = 0; i < 4; i++)
                await core.Get<BackupWriter>().WriteAsync(_directory[$"{i}.tar.gz"], null, Cancellation);
            await changes;
        }

        for (var i = 0; i < 4; i++)
            Assert.Null((await PrepareAsync(_directory[$"{i}.tar.gz"], _directory[$"data-{i}"])).Unproved);
    }

    [Fact]
    public async Task Restore_OfAnotherPortal_IsSaid()
    {
        await BackUpAsync();
        await using (var core = await TestCore.StartAsync(Data))
            await core.AddAsync(_later);

        Assert.True((await PrepareAsync(Backup, Data)).IsOfAnotherPortal);
        Assert.False((await PrepareAsync(Backup, _directory["empty"])).IsOfAnotherPortal);
    }

    [Fact]
    public async Task Restore_BackupOfANewerVersion_IsRefusedBeforeAnythingChanges()
    {
        await using (var core = await TestCore.StartAsync(register: NextVersion.Register))
            await core.Get<BackupWriter>().WriteAsync(Backup, null, Cancellation);

        var refusal = await Assert.ThrowsAsync<BackupException>(() => PrepareAsync(Backup, Data));

        Assert.Equal("The database in the backup cannot be used. The database was written by a newer version of CaPortal.", refusal.Message);
        Assert.Empty(Directory.GetFileSystemEntries(Data));
    }

    [Fact]
    public async Task Cancel_OfABackupThatIsReady_LeavesNothingOfIt()
    {
        await BackUpAsync();
        await PrepareAsync(Backup, Data);

        Assert.True(await RestoringAsync(Data, core => core.Get<Restoration>().CancelAsync(Cancellation)));
        Assert.False(await RestoringAsync(Data, core => core.Get<Restoration>().CancelAsync(Cancellation)));
        Assert.Null(await RestoringAsync(Data, core => Task.FromResult(core.Get<Restoration>().PutInPlace())));
        Assert.Empty(Directory.GetFileSystemEntries(Data));
    }

    private async Task BackUpAsync()
    {
        await using var core = await TestCore.StartAsync();
        await core.AddAsync(_root);
        await core.Get<BackupWriter>().WriteAsync(Backup, null, Cancellation);
    }

    private static Task<RestoreReady> PrepareAsync(string backup, string data, Action<CoreOptions>? configure = null) =>
        RestoringAsync(data, core => core.Get<Restoration>().PrepareAsync(backup, BackupSecrets.FromSettings, "root", Cancellation), configure);

    private static async Task RestoreAsync(string backup, string data)
    {
        await PrepareAsync(backup, data);
        Assert.NotNull(await RestoringAsync(data, core => Task.FromResult(core.Get<Restoration>().PutInPlace())));
    }

    /// <summary>A portal that has not started.</summary>
    private static async Task<T> RestoringAsync<T>(string data, Func<TestCore, Task<T>> work, Action<CoreOptions>? configure = null)
    {
        await using var core = TestCore.NotStarted(data, configure);
        return await work(core);
    }

    private static async Task WriteKeysAsync(string data, params (string Name, string Content)[] files)
    {
        Directory.CreateDirectory(Path.Combine(data, "keys", "ended-sessions"));
        foreach (var (name, content) in files)
            await File.WriteAllTextAsync(Path.Combine(data, "keys", name), content, Cancellation);
    }
}
