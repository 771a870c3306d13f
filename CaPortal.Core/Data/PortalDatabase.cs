using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace CaPortal.Core.Data;

/// <summary>The door to the database: prepares it at start, begins every transaction, and puts errors in plain words.</summary>
public sealed partial class PortalDatabase(
    IDbContextFactory<PortalDb> contexts, IDatabaseEngine engine, PortalIdentity identity, ILogger<PortalDatabase> logger)
{
    private DatabaseException? _loss;
    private DatabaseException? _notStarted;
    private string? _lastError;

    /// <summary>Raised when <see cref="Loss"/> has changed. Handlers return at once and never throw.</summary>
    public event Action? LossChanged;

    /// <summary>Why trying again does not bring back what was in the database; null if it may.</summary>
    public DatabaseException? Loss => Volatile.Read(ref _loss);

    /// <summary>Where the database is, for people; without what protects it.</summary>
    public string Location => engine.Location;

    /// <inheritdoc cref="IDatabaseEngine.IsOneFile"/>
    public bool IsOneFile => engine.IsOneFile;

    /// <summary>
    /// Runs one operation with a context of its own. SQLite has no asynchronous calls and waits for locks, so that it
    /// runs away from the caller's thread, which may draw a page.
    /// </summary>
    /// <exception cref="DatabaseException" />
    public async Task<T> RunAsync<T>(Func<PortalDb, Task<T>> operation, CancellationToken cancellationToken)
    {
        if (_notStarted is { } failure)
            throw new DatabaseException(failure.Message, failure.Advice, failure) { IsLoss = failure.IsLoss };
        return await RunStartedAsync(operation, cancellationToken);
    }

    /// <summary>As <see cref="RunAsync"/>, and all that is read is of one moment. Nobody is kept from writing meanwhile.</summary>
    /// <exception cref="DatabaseException" />
    public Task<T> ReadAsync<T>(Func<PortalDb, Task<T>> operation, CancellationToken cancellationToken) => RunAsync(
        async db =>
        {
            await using var transaction = await db.BeginReadAsync(cancellationToken);
            return await operation(db);
        },
        cancellationToken);

    /// <summary>
    /// Moves what the engine keeps beside its data into it, so that a copy of the database file alone is whole. What others
    /// read or write at this moment is left for the next time.
    /// </summary>
    /// <exception cref="DatabaseException" />
    public Task CheckpointAsync(CancellationToken cancellationToken) => RunAsync(
        async db =>
        {
            await db.CheckpointAsync(cancellationToken);
            return true;
        },
        cancellationToken);

    /// <summary>
    /// Writes in one transaction, in which nobody else writes: what <paramref name="work"/> changes is saved and committed, or
    /// nothing is. To be used by the one way to write alone, which records what was done in the activity log.
    /// </summary>
    /// <param name="work">Changes entities, and says whether to keep that.</param>
    /// <param name="cancellationToken">Cancels what has not been saved yet: from then on it must not be left half-way.</param>
    /// <exception cref="DatabaseException">The database cannot be used now; nothing was written.</exception>
    internal Task<T> TransactAsync<T>(Func<PortalDb, Task<(T Result, bool IsKept)>> work, CancellationToken cancellationToken) => RunAsync(
        async db =>
        {
            await using var transaction = await db.BeginWriteAsync(cancellationToken);
            if (Lead.Epoch is { } epoch)
                await db.RequireLeadAsync(epoch, cancellationToken);
            var changed = new HashSet<string>(StringComparer.Ordinal);
            db.SavingChanges += (_, _) => changed.UnionWith(ChangedIn(db));
            var (result, isKept) = await work(db);
            if (!isKept)
                return result;
            await db.SaveChangesAsync(CancellationToken.None);
            changed.UnionWith(db.Touched.Select(PeerChanges.NameOf));
            if (changed.Count > 0)
                await db.CallPeersAsync(changed, CancellationToken.None);
            await transaction.CommitAsync(CancellationToken.None);
            return result;
        },
        cancellationToken);

    private async Task<T> RunStartedAsync<T>(Func<PortalDb, Task<T>> operation, CancellationToken cancellationToken)
    {
        // Only what begins after the loss, on a database that is ready, proves that the loss is over.
        var known = Loss;
        if (engine.FindLoss() is { } loss)
            throw Lost(loss);

        try
        {
            var result = await Task.Run(
                async () =>
                {
                    await using var db = await contexts.CreateDbContextAsync(cancellationToken);
                    await db.ConnectAsync(cancellationToken);
                    return await operation(db);
                },
                cancellationToken);
            Volatile.Write(ref _lastError, null);
            if (known is not null && _notStarted is null && Interlocked.CompareExchange(ref _loss, null, known) == known)
                LossChanged?.Invoke();
            return result;
        }
        catch (Exception e) when (engine.IsError(e))
        {
            // Open pages try again every few seconds: the log has an error once, until something has succeeded.
            var cause = e.GetBaseException().Message;
            if (Interlocked.Exchange(ref _lastError, cause) != cause)
                LogDatabaseError(logger, e);
            throw Lost(engine.FindLoss() ?? engine.Explain(e));
        }
    }

    private static IEnumerable<string> ChangedIn(PortalDb db) => db.ChangeTracker.Entries()
        .Where(e => e.State is EntityState.Added or EntityState.Modified or EntityState.Deleted)
        .Select(e => PeerChanges.NameOf(e.Metadata.ClrType));

    private DatabaseException Lost(DatabaseException exception)
    {
        if (exception.IsLoss)
            Report(exception);
        return exception;
    }

    private void Report(DatabaseException? loss)
    {
        if (Interlocked.Exchange(ref _loss, loss)?.Message != loss?.Message)
            LossChanged?.Invoke();
    }

    [LoggerMessage(100, LogLevel.Error, "The database did not carry out an operation")]
    private static partial void LogDatabaseError(ILogger logger, Exception exception);
}
