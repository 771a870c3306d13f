using CaPortal.Core.Files;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace CaPortal.Core.Data.Sqlite;

/// <summary>The embedded default: one file, with what SQLite has beside it, on this machine.</summary>
internal sealed class SqliteEngine(IOptions<CoreOptions> options, TimeProvider time) : IDatabaseEngine
{
    private const UnixFileMode OwnerOnlyFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <inheritdoc/>
    public string Location => Path.GetFullPath(new SqliteConnectionStringBuilder(ConnectionStringFor(options.Value)).DataSource);

    /// <inheritdoc/>
    public bool IsOneFile => true;

    /// <inheritdoc/>
    public string? NodeFile => null;

    /// <inheritdoc/>
    public bool HasLogKey => File.Exists(options.Value.ActivityKeyFile);

    private string Folder => Path.GetDirectoryName(Location)!;

    private string ActivityEndFile => options.Value.ActivityEndFilePath;

    /// <summary>The connection string for the settings: the file in the data directory unless they name another.</summary>
    public static string ConnectionStringFor(CoreOptions options)
    {
        var connection = new SqliteConnectionStringBuilder(options.Database.ConnectionString) { DefaultTimeout = 10 };

        // SQLite would put an empty file in place of one that is lost; the start creates it where there has been none.
        if (connection.Mode == SqliteOpenMode.ReadWriteCreate)
            connection.Mode = SqliteOpenMode.ReadWrite;
        if (connection.DataSource.Length == 0)
            connection.DataSource = Path.Combine(options.ResolvedDataDirectory, "portal.db");
        return connection.ToString();
    }

    /// <summary>Creates the file where it does not exist, and shuts others out of it and of those that SQLite has beside it.</summary>
    public static void CreateOwnerOnly(string file)
    {
        // SQLite gives its -wal and -shm files the mode of the database file when it creates them.
        var creation = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite | FileShare.Delete };
        if (!OperatingSystem.IsWindows())
            creation.UnixCreateMode = OwnerOnlyFile;
        new FileStream(file, creation).Dispose();
        if (OperatingSystem.IsWindows())
            return;
        foreach (var existing in new[] { file, $"{file}-wal", $"{file}-shm" }.Where(File.Exists))
            File.SetUnixFileMode(existing, OwnerOnlyFile);
    }

    /// <summary>Open connections go on working on a file that was deleted, and what they write is lost with them.</summary>
    public DatabaseException? FindLoss() => File.Exists(Location) ? null : SqliteErrors.OfAbsence(Location);

    /// <inheritdoc/>
    public bool IsError(Exception exception) => SqliteErrors.Is(exception);

    /// <inheritdoc/>
    public DatabaseException Explain(Exception exception) => SqliteErrors.Explain(exception);

    /// <inheritdoc/>
    public async Task<T> ExclusivelyAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            FolderGuard.Require(options.Value.ResolvedDataDirectory);
            FolderGuard.Require(Folder);
            PrivateDirectory.Create(options.Value.ResolvedDataDirectory);
            PrivateDirectory.Create(Folder);

            // Another process on the same database waits here until the first has finished its migrations.
            using var processLock = await FileLock.AcquireAsync($"{Location}.lock", FileLock.DefaultTimeout, cancellationToken);
            return await work();
        }
        catch (FileBusyException e)
        {
            throw new DatabaseException(e.Message, e.Advice, e);
        }
        catch (UntrustedFolderException e)
        {
            throw new DatabaseException(e.Message, e.Advice, e);
        }
        catch (Exception e) when (e is UnauthorizedAccessException || (e is IOException and not DatabaseException))
        {
            throw new DatabaseException(
                $"The database file {Location} cannot be opened: {e.Message}",
                "Check that the data directory exists, is on a disk with free space, and that the portal's account may write to it.",
                e);
        }
    }

    /// <summary>An empty list beside trust stores that were filled from another one would leave them trusted and unseen.</summary>
    public void RequireKept()
    {
        if (new FileInfo(Location) is { Exists: true, Length: > 0 } || !File.Exists(ActivityEndFile))
            return;
        throw new DatabaseException(
            $"The database file {Location} is missing, although this data directory has been in use.",
            "Put the file back, or your backup of the data directory; to begin anew, choose another data directory, or remove "
            + $"{ActivityEndFile} and {options.Value.ActivityKeyFile}.")
        {
            IsLoss = true,
        };
    }

    /// <inheritdoc/>
    public void Create()
    {
        AtomicFile.Sweep(options.Value.ResolvedDataDirectory);
        CreateOwnerOnly(Location);
    }

    /// <summary>
    /// Refuses a file that is damaged anywhere, its indexes included: what is not read at once would go unseen, and changes
    /// would be written into it.
    /// </summary>
    public async Task RequireSoundAsync(PortalDb db, CancellationToken cancellationToken)
    {
        if (!await SqlitePortalDb.IsSoundAsync(db, cancellationToken))
            throw SqliteErrors.OfDamage();

        // Until SQLite moves it there, everything is in the write-ahead log: a copy of the file alone is sound and has nothing in it.
        if (!File.Exists(ActivityEndFile) || await HasBeenUsedAsync(db, cancellationToken))
            return;
        throw new DatabaseException(
            $"The database file {Location} has nothing in it, although this data directory has been in use: "
            + $"it is empty, or was copied without its write-ahead log, {Location}-wal.",
            SqliteErrors.RestoreAdvice)
        {
            IsLoss = true,
        };
    }

    /// <inheritdoc/>
    public async Task PrepareMigrationsAsync(PortalDb db, CancellationToken cancellationToken)
    {
        // EF turns the write-ahead log on only in files that it creates itself.
        await db.Database.ExecuteSqlRawAsync("PRAGMA journal_mode=WAL", cancellationToken);

        // A process killed during a migration leaves EF's own lock behind, on which every later start would wait for
        // ever. We hold the process lock, so nobody can be using it.
        await db.Database.ExecuteSqlRawAsync("DROP TABLE IF EXISTS \"__EFMigrationsLock\"", cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<string?> BackUpAsync(PortalDb db, CancellationToken cancellationToken)
    {
        var copy = Path.Combine(Folder, "backups", $"portal-{time.GetUtcNow():yyyyMMddTHHmmssZ}.db");
        await DatabaseCopy.WriteAsync(db, copy, cancellationToken);
        return copy;
    }

    /// <inheritdoc/>
    public string SetAside()
    {
        SqliteConnection.ClearAllPools();
        var aside = Path.Combine(Folder, "lost", $"{time.GetUtcNow():yyyyMMddTHHmmssfffZ}");
        PrivateDirectory.Create(aside);
        foreach (var lost in new[] { Location, $"{Location}-wal", $"{Location}-shm", ActivityEndFile }.Where(File.Exists))
            File.Move(lost, Path.Combine(aside, Path.GetFileName(lost)));
        AtomicFile.FlushFolder(aside);
        return aside;
    }

    private static async Task<bool> HasBeenUsedAsync(PortalDb db, CancellationToken cancellationToken) =>
        await db.HasActivityTableAsync(cancellationToken)
        && (await db.Activity.AnyAsync(cancellationToken) || await db.Instances.AnyAsync(i => i.Revision > 0, cancellationToken));
}
