using CaPortal.Core.Data;

namespace CaPortal.Core.Activity;

/// <summary>
/// The one way to write: what is changed in the database and what the activity log says of it are committed together or not at
/// all. Nothing else begins a transaction.
/// </summary>
public sealed class DatabaseWriter(PortalDatabase database, ActivityLog activity)
{
    /// <summary>Changes the database in one transaction, in which nobody else writes.</summary>
    /// <param name="work">Changes entities. Returns the outcome and what the activity log must say.</param>
    /// <param name="cancellationToken">Cancels what has not been saved yet.</param>
    /// <exception cref="DatabaseException">The database cannot be used now, or the key of the log is lost; nothing was written.</exception>
    internal async Task<T> WriteAsync<T>(Func<PortalDb, Task<Written<T>>> work, CancellationToken cancellationToken)
    {
        var (result, head) = await database.TransactAsync<(T, ActivityHead?)>(
            async db =>
            {
                var written = await work(db);
                var head = written.Entry is { } entry ? await activity.AppendAsync(db, entry, cancellationToken) : null;
                return ((written.Result, head), written.IsKept);
            },
            cancellationToken);
        if (head is not null)
            activity.KeepEnd(head);
        return result;
    }

    /// <summary>Keeps what the portal sees or does by itself. The activity log says nothing about it.</summary>
    /// <param name="work">Changes entities.</param>
    /// <param name="cancellationToken">Cancels what has not been saved yet.</param>
    /// <exception cref="DatabaseException">The database cannot be used now; nothing was written.</exception>
    internal Task<T> NoteAsync<T>(Func<PortalDb, Task<T>> work, CancellationToken cancellationToken) =>
        database.TransactAsync(async db => (await work(db), true), cancellationToken);

    /// <summary>Records what is no change of the database. Nobody cancels it: it has happened.</summary>
    /// <exception cref="DatabaseException">The database cannot be used now, or the key of the log is lost.</exception>
    internal Task RecordAsync(ActivityDraft entry) => WriteAsync(_ => Task.FromResult(new Written<bool>(true, entry)), CancellationToken.None);

    /// <summary>
    /// Records the head of the log if a crash came before that. If the end of the log cannot be proved, the log says so. Done
    /// before a change, because the first entry that follows becomes the head.
    /// </summary>
    /// <exception cref="DatabaseException" />
    internal async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        if (await database.RunAsync(activity.IsCaughtUpAsync, cancellationToken))
            return;
        var head = await database.TransactAsync(
            async db => (await activity.CatchUpAsync(db, CancellationToken.None), true), CancellationToken.None);
        if (head is not null)
            activity.KeepEnd(head);
    }
}

/// <summary>What came of a write.</summary>
/// <param name="Result">What the caller wants to know.</param>
/// <param name="Entry">What the activity log says of it; null if it says nothing, and then nothing is written.</param>
internal readonly record struct Written<T>(T Result, ActivityDraft? Entry = null)
{
    /// <summary>What was changed is kept without an entry too: the portal notes what it sees by itself.</summary>
    public bool NeedsNoEntry { get; init; }

    /// <summary>What was changed is kept. With an entry it always is: the entry becomes the head of the log.</summary>
    public bool IsKept => Entry is not null || NeedsNoEntry;
}
