using CaPortal.Core.Data;
using CaPortal.Tests.Testing;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Tests.Data;

public sealed class PortalDatabaseTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly TemporaryDirectory _folder = new();

    private string DatabaseFile => Path.Combine(_folder["data"], "portal.db");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Start_NewDataDirectory_IsReadableByItsOwnerOnly()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes.");
        await using var core = await TestCore.StartAsync(_folder["data"]);
        using var root = TestCertificates.Root();
        await core.AddAsync(root);

        AssertMode(OwnerOnly | UnixFileMode.UserExecute, _folder["data"]);
        AssertMode(
            OwnerOnly,
            [
                DatabaseFile,
                $"{DatabaseFile}-wal",
                $"{DatabaseFile}-shm",
                Path.Combine(_folder["data"], "activity.key"),
                Path.Combine(_folder["data"], "activity.anchor"),
            ]);
    }

    [Fact]
    public async Task Start_FilesThatOthersMayRead_AreClosedToThem()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes.");
        await using var first = await TestCore.StartAsync(_folder["data"]);
        string[] files = [DatabaseFile, $"{DatabaseFile}-wal", $"{DatabaseFile}-shm"];
        foreach (var file in files)
        {
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(file, OwnerOnly | UnixFileMode.OtherRead);
        }

        await using var second = await TestCore.StartAsync(_folder["data"]);

        AssertMode(OwnerOnly, files);
    }

    [Fact]
    public async Task Start_EmptyFile_UsesTheWriteAheadLog()
    {
        Directory.CreateDirectory(_folder["data"]);
        await File.WriteAllBytesAsync(DatabaseFile, [], TestContext.Current.CancellationToken);

        await using var core = await TestCore.StartAsync(_folder["data"]);

        Assert.Equal("wal", await RawDatabase.ScalarAsync(DatabaseFile, "PRAGMA journal_mode"));
    }

    [Fact]
    public async Task Start_FileWithARollbackJournal_IsSwitchedToTheWriteAheadLog()
    {
        await (await TestCore.StartAsync(_folder["data"])).DisposeAsync();
        Assert.Equal("delete", await RawDatabase.ScalarAsync(DatabaseFile, "PRAGMA journal_mode=DELETE"));

        await using var core = await TestCore.StartAsync(_folder["data"]);

        Assert.Equal("wal", await RawDatabase.ScalarAsync(DatabaseFile, "PRAGMA journal_mode"));
    }

    [Fact]
    public async Task Start_LockLeftByAKilledMigration_DoesNotHang()
    {
        await (await TestCore.StartAsync(_folder["data"])).DisposeAsync();
        await RawDatabase.ExecuteAsync(DatabaseFile, """
            CREATE TABLE IF NOT EXISTS "__EFMigrationsLock" ("Id" INTEGER NOT NULL PRIMARY KEY, "Timestamp" TEXT NOT NULL);
            INSERT INTO "__EFMigrationsLock" VALUES (1, '2026-01-01 00:00:00+00:00');
            """);

        var start = TestCore.StartAsync(_folder["data"]);
        await using var core = await start.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

        Assert.Empty(await core.ListAsync());
    }

    [Fact]
    public async Task Start_SeveralAtOnceOnANewDataDirectory_AllStart()
    {
        var cores = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => TestCore.StartAsync(_folder["data"])));

        Assert.Equal("1", await RawDatabase.ScalarAsync(DatabaseFile, "SELECT count(*) FROM service_instance"));
        foreach (var core in cores)
        {
            using var root = TestCertificates.Root();
            Assert.IsType<CaPortal.Core.Changes.ChangeOutcome.Applied>(await core.AddAsync(root));
            await core.DisposeAsync();
        }
    }

    [Fact]
    public async Task Start_BeforeAnUpgrade_CopiesTheDatabaseWithWhatIsInTheWriteAheadLog()
    {
        await using var first = await TestCore.StartAsync(_folder["data"]);
        using var root = TestCertificates.Root();
        await first.AddAsync(root);

        // The first portal holds the database open, so that its log has not been brought into the file yet.
        await using var upgraded = await TestCore.StartAsync(_folder["data"], register: NextVersion.Register);

        var backup = Assert.Single(Directory.GetFiles(Path.Combine(_folder["data"], "backups")));
        Assert.Equal("1", await RawDatabase.ScalarAsync(backup, "SELECT count(*) FROM ca_certificate"));
        Assert.Equal("0", await RawDatabase.ScalarAsync(backup, "SELECT count(*) FROM sqlite_master WHERE name = 'next_version'"));
        Assert.Equal("1", await RawDatabase.ScalarAsync(DatabaseFile, "SELECT count(*) FROM sqlite_master WHERE name = 'next_version'"));
        AssertMode(OwnerOnly, backup);
    }

    [Fact]
    public async Task Start_DatabaseOfANewerVersion_IsRefused()
    {
        await (await TestCore.StartAsync(_folder["data"])).DisposeAsync();
        await RawDatabase.ExecuteAsync(DatabaseFile, """INSERT INTO "__EFMigrationsHistory" VALUES ('29990101000000_Later', '99.0')""");

        var refused = await Assert.ThrowsAsync<DatabaseException>(() => TestCore.StartAsync(_folder["data"]));

        Assert.Contains("newer version", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Model_HasNoChangeWithoutAMigration()
    {
        await using var core = await TestCore.StartAsync();

        Assert.False(await core.QueryAsync(db => Task.FromResult(db.Database.HasPendingModelChanges())));
    }

    [Fact]
    public async Task RunAsync_CalledFromAThreadThatDraws_LeavesIt()
    {
        await using var core = await TestCore.StartAsync();
        var drawing = new SynchronizationContext();
        SynchronizationContext? seen = drawing;
        SynchronizationContext.SetSynchronizationContext(drawing);

        await core.QueryAsync(db =>
        {
            seen = SynchronizationContext.Current;
            return Task.FromResult(true);
        });

        Assert.Null(seen);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(36_501)]
    public async Task Start_RecycleBinDaysOutOfRange_NamesTheSetting(int days)
    {
        var refused = await Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(
            () => TestCore.StartAsync(configure: o => o.RecycleBinDays = days));

        Assert.Contains("CaPortal:RecycleBinDays", refused.Message, StringComparison.Ordinal);
    }

    private static void AssertMode(UnixFileMode expected, params string[] paths)
    {
        foreach (var path in paths)
        {
            if (!OperatingSystem.IsWindows())
                Assert.Equal(expected, File.GetUnixFileMode(path));
        }
    }
}
