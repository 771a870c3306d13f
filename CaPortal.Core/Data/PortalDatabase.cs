using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using CaPortal.Core.Files;

namespace CaPortal.Core.Data;

/// <summary>The door to the database: prepares it at start, and puts its errors in plain words.</summary>
public sealed partial class PortalDatabase(
    IDbContextFactory<PortalDb> contexts,
    IOptions<CoreOptions> options,
    TimeProvider time,
    ILogger<PortalDatabase> logger)
{
    private const string PutBackAdvice = "Stop the portal and put the file back, or restore a backup with its command restore; the folder backups in the data directory has those that it took itself.";

    private const UnixFileMode OwnerOnlyFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private DatabaseException? _loss;
    private DatabaseException? _notStarted;

    /// <summary>Raised when <see cref="Loss"/> has changed. Handlers return at once and never throw.</summary>
    public event Action? LossChanged;

    /// <summary>Why what was in the database does not come back by trying again; null where that is not so.</summary>
    public DatabaseException? Loss => Volatile.Read(ref _loss);

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

    /// <summary>
    /// Runs one operation with a context of its own. SQLite has no asynchronous calls and waits for locks, so that it
    /// runs away from the caller's thread, which may draw a page.
    /// </summary>
    /// <exception cref="DatabaseException">The database cannot be used now.</exception>
    public async Task<T> RunAsync<T>(Func<PortalDb, Task<T>> operation, CancellationToken cancellationToken)
    {
        if (_notStarted is { } failure)
            throw new DatabaseException(failure.Message, failure.Advice, failure) { IsLoss = failure.IsLoss };
        return await RunStartedAsync(operation, cancellationToken);
    }

    private async Task<T> RunStartedAsync<T>(Func<PortalDb, Task<T>> operation, CancellationToken cancellationToken)
    {
        // Only what begins after the loss, on a database that is ready, proves that the loss is over.
        var known = Loss;

        // Open connections go on working on a file that was deleted, and what they write is lost with them.
        if (!File.Exists(DatabaseFile))
            throw Lost(Gone);

        try
        {
            var result = await Task.Run(
                async () =>
                {
                    await using var db = await contexts.CreateDbContextAsync(cancellationToken);
                    return await operation(db);
                },
                cancellationToken);
            if (known is not null && _notStarted is null && Interlocked.CompareExchange(ref _loss, null, known) == known)
                LossChanged?.Invoke();
            return result;
        }
        catch (Exception e) when (DatabaseException.IsDatabaseError(e))
        {
            LogDatabaseError(logger, e);
            throw Lost(File.Exists(DatabaseFile) ? DatabaseException.From(e) : Gone);
        }
    }

    private DatabaseException Gone => new($"The database file {DatabaseFile} is gone.", PutBackAdvice) { IsLoss = true };

    private DatabaseException Lost(DatabaseException exception)
    {
        if (exception.IsLoss)
            Tell(exception);
        return exception;
    }

    private void Tell(DatabaseException? loss)
    {
        if (Interlocked.Exchange(ref _loss, loss)?.Message != loss?.Message)
            LossChanged?.Invoke();
    }

    /// <summary>
    /// Brings the database to the present model. Called once at start, before anything else uses it. A database that is
    /// lost is left as it is, and so is nothing written until <see cref="BeginAnewAsync"/> or another start.
    /// </summary>
    /// <exception cref="DatabaseException">It cannot be opened, upgraded or created.</exception>
    public async Task InitializeAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ExclusivelyAsync(
                async file =>
                {
                    RefuseToBeginAnew(file);
                    await StartAsync(file, cancellationToken);
                    return true;
                },
                cancellationToken);
        }
        catch (DatabaseException e) when (e.IsLoss)
        {
            _notStarted = Lost(e);
            throw;
        }
    }

    /// <summary>
    /// Sets a lost database aside, with all its files, and begins with an empty one. Nothing is done where it is not lost
    /// (any more).
    /// </summary>
    /// <returns>The folder in which the files of the lost one are now; null where nothing was done.</returns>
    /// <exception cref="DatabaseException">It cannot be set aside, or a new one cannot be created.</exception>
    public Task<string?> BeginAnewAsync(CancellationToken cancellationToken) => ExclusivelyAsync(
        async file =>
        {
            if (!await IsLostAsync(file, cancellationToken))
                return null;

            // Nobody else may look at the new database before it is ready.
            _notStarted ??= Loss ?? new DatabaseException("A new list is being begun.", "Try again in a moment.") { IsLoss = true };
            SqliteConnection.ClearAllPools();
            var aside = Path.Combine(Path.GetDirectoryName(file)!, "lost", $"{time.GetUtcNow():yyyyMMddTHHmmssfffZ}");
            PrivateDirectory.Create(aside);
            foreach (var lost in new[] { file, $"{file}-wal", $"{file}-shm", options.Value.ActivityAnchorFile }.Where(File.Exists))
                File.Move(lost, Path.Combine(aside, Path.GetFileName(lost)));
            AtomicFile.FlushFolder(aside);
            LogSetAside(logger, aside);

            await StartAsync(file, cancellationToken);
            _notStarted = null;
            Tell(null);
            return aside;
        },
        cancellationToken);

    // What was lost at the start may be back: put there by hand, or begun anew by another portal, and in use since.
    private async Task<bool> IsLostAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            RefuseToBeginAnew(file);
            await RunStartedAsync(db => RequireSoundAsync(db, cancellationToken), cancellationToken);
            if (_notStarted is not null)
            {
                await StartAsync(file, cancellationToken);
                _notStarted = null;
                Tell(null);
            }

            return false;
        }
        catch (DatabaseException e) when (e.IsLoss)
        {
            return true;
        }
    }

    private async Task<T> ExclusivelyAsync<T>(Func<string, Task<T>> work, CancellationToken cancellationToken)
    {
        var file = DatabaseFile;
        try
        {
            FolderGuard.Require(options.Value.ResolvedDataDirectory);
            FolderGuard.Require(Path.GetDirectoryName(file)!);
            PrivateDirectory.Create(options.Value.ResolvedDataDirectory);
            PrivateDirectory.Create(Path.GetDirectoryName(file)!);

            // Another process on the same database waits here until the first has finished its migrations.
            using var processLock = await FileLock.AcquireAsync($"{file}.lock", FileLock.Patience, cancellationToken);
            return await work(file);
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
                $"The database file {file} cannot be opened: {e.Message}",
                "Check that the data directory exists, is on a disk with free space, and that the portal's account may write to it.",
                e);
        }
    }

    private async Task StartAsync(string file, CancellationToken cancellationToken)
    {
        AtomicFile.Sweep(options.Value.ResolvedDataDirectory);
        CreateOwnerOnly(file);
        await RunStartedAsync(db => RequireSoundAsync(db, cancellationToken), cancellationToken);
        await RunStartedAsync(db => MigrateAsync(db, file, cancellationToken), cancellationToken);
    }

    /// <summary>Where the database is, for people; without what protects it.</summary>
    public string Location => DatabaseFile;

    private string DatabaseFile => Path.GetFullPath(new SqliteConnectionStringBuilder(ConnectionStringFor(options.Value)).DataSource);

    /// <summary>An empty list beside trust stores that were filled from another one would leave them trusted and unseen.</summary>
    private void RefuseToBeginAnew(string file)
    {
        if (new FileInfo(file) is { Exists: true, Length: > 0 } || !File.Exists(options.Value.ActivityAnchorFile))
            return;
        throw new DatabaseException(
            $"The database file {file} is missing, although this data directory has been in use.",
            $"Put the file back, or your backup of the data directory; to begin anew, choose another data directory, or remove {options.Value.ActivityAnchorFile} and {options.Value.ActivityKeyFile}.")
        {
            IsLoss = true,
        };
    }

    /// <summary>
    /// Refuses a file that is damaged anywhere, its indexes included: what is not read at once would go unseen, and changes
    /// would be written into it.
    /// </summary>
    /// <exception cref="DatabaseException">It is damaged.</exception>
    private async Task<bool> RequireSoundAsync(PortalDb db, CancellationToken cancellationToken)
    {
        if (await db.Database.SqlQueryRaw<string>("PRAGMA integrity_check(1)").ToListAsync(cancellationToken) is not ["ok"])
            throw DatabaseException.OfDamage();

        // Until SQLite moves it there, everything is in the write-ahead log: a copy of the file alone is sound and has nothing in it.
        if (!File.Exists(options.Value.ActivityAnchorFile) || await HasBeenUsedAsync(db, cancellationToken))
            return true;
        throw new DatabaseException($"The database file {DatabaseFile} has nothing in it, although this data directory has been in use: it is empty, or was copied without its write-ahead log, {DatabaseFile}-wal.", PutBackAdvice)
        {
            IsLoss = true,
        };
    }

    private static async Task<bool> HasBeenUsedAsync(PortalDb db, CancellationToken cancellationToken) =>
        await ActivityTriggers.HasTableAsync(db, cancellationToken)
        && (await db.Activity.AnyAsync(cancellationToken) || await db.Instances.AnyAsync(i => i.Revision > 0, cancellationToken));

    /// <summary>
    /// Moves what is in the write-ahead log into the database file, so that a copy of that file alone is whole. What others
    /// read or write at this moment is left for the next time.
    /// </summary>
    /// <exception cref="DatabaseException">The database cannot be used now.</exception>
    public Task CheckpointAsync(CancellationToken cancellationToken) => RunAsync(
        async db => await db.Database.ExecuteSqlRawAsync("PRAGMA wal_checkpoint(TRUNCATE)", cancellationToken),
        cancellationToken);

    private async Task<bool> MigrateAsync(PortalDb db, string file, CancellationToken cancellationToken)
    {
        // EF turns the write-ahead log on only in files that it creates itself.
        await db.Database.ExecuteSqlRawAsync("PRAGMA journal_mode=WAL", cancellationToken);

        // A process killed during a migration leaves EF's own lock behind, on which every later start would wait for
        // ever. We hold the process lock, so nobody can be using it.
        await db.Database.ExecuteSqlRawAsync("DROP TABLE IF EXISTS \"__EFMigrationsLock\"", cancellationToken);

        var applied = await RequireKnownMigrationsAsync(db, cancellationToken);
        if (applied.Count > 0 && applied.Count < db.Database.GetMigrations().Count())
        {
            var copy = Path.Combine(Path.GetDirectoryName(file)!, "backups", $"portal-{time.GetUtcNow():yyyyMMddTHHmmssZ}.db");
            await DatabaseCopy.WriteAsync(db, copy, cancellationToken);
            LogBackedUp(logger, copy);
        }

        // It compares the models first, which takes longer than the rest of a start.
        if (applied.Count < db.Database.GetMigrations().Count())
            await db.Database.MigrateAsync(cancellationToken);
        if (await ActivityTriggers.PutBackAsync(db, cancellationToken) is { Count: > 0 } missing)
            LogTriggersMissing(logger, string.Join(", ", missing));
        if (!await db.Instances.AnyAsync(cancellationToken))
        {
            db.Add(new ServiceInstance { Id = PortalDb.DefaultInstanceId, Name = "default", DesiredHash = TrustStores.SetHash.Of([]) });
            db.Add(new Node { Id = PortalDb.DefaultNodeId, InstanceId = PortalDb.DefaultInstanceId, Name = Environment.MachineName });
            await db.SaveChangesAsync(cancellationToken);
        }

        return true;
    }

    /// <returns>The migrations that it has.</returns>
    /// <exception cref="DatabaseException">It has others than this version knows.</exception>
    internal static async Task<IReadOnlyList<string>> RequireKnownMigrationsAsync(PortalDb db, CancellationToken cancellationToken)
    {
        var applied = (await db.Database.GetAppliedMigrationsAsync(cancellationToken)).ToList();
        return applied.Except(db.Database.GetMigrations()).Any()
            ? throw new DatabaseException(
                "The database was written by a newer version of CaPortal.", "Install that version, or put back a backup from before its upgrade.")
            : applied;
    }

    /// <summary>Creates the file where it does not exist, and shuts others out of it and of those that SQLite has beside it.</summary>
    internal static void CreateOwnerOnly(string file)
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

    [LoggerMessage(100, LogLevel.Error, "The database did not carry out an operation")]
    private static partial void LogDatabaseError(ILogger logger, Exception exception);

    [LoggerMessage(103, LogLevel.Error, "The database did not refuse to change the activity log any more: {Triggers} had been taken out of it and is put back. Verify the activity log")]
    private static partial void LogTriggersMissing(ILogger logger, string triggers);

    [LoggerMessage(102, LogLevel.Warning, "A lost database was set aside in {Folder}, and an empty one was begun")]
    private static partial void LogSetAside(ILogger logger, string folder);

    [LoggerMessage(101, LogLevel.Information, "The database was copied to {Path} before its upgrade")]
    private static partial void LogBackedUp(ILogger logger, string path);
}
