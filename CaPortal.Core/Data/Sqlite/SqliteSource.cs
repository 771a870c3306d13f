using System.Runtime.CompilerServices;
using CaPortal.Core.Files;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.Extensions.Options;

namespace CaPortal.Core.Data.Sqlite;

/// <summary>A file whose list moves to another engine.</summary>
internal sealed class SqliteSource(SqliteEngine engine, IOptions<CoreOptions> options) : ITransferSource
{
    // The file, and what it has not taken in, or takes back, when it is opened next: a process that was killed leaves that.
    private static readonly string[] Parts = ["", "-wal", "-journal"];

    /// <inheritdoc/>
    public string Location => engine.Location;

    /// <inheritdoc/>
    public void RequireThere()
    {
        if (!File.Exists(Location))
        {
            throw new DatabaseException(
                $"There is no database file {Location}.",
                $"Name the portal's data directory, --{CoreOptions.Section}:{nameof(CoreOptions.DataDirectory)}=DIRECTORY, and its other settings.");
        }
    }

    /// <inheritdoc/>
    public async Task<T> WithCopyAsync<T>(Func<PortalDb, Task<T>> work, CancellationToken cancellationToken)
    {
        // In the data directory, which no other account may look into, and from which the next start removes it after a power cut.
        var copy = AtomicFile.TemporaryNameBeside(Path.Combine(options.Value.ResolvedDataDirectory, Path.GetFileName(Location)));
        try
        {
            await CopyAsync(copy, cancellationToken);
            await using var db = DatabaseCopy.Open(copy);
            await db.Database.OpenConnectionAsync(cancellationToken);
            await DatabaseCopy.RequireUsableAsync(db, cancellationToken);
            await RequireOfThisVersionAsync(db, cancellationToken);
            return await work(db);
        }
        catch (Exception e) when (SqliteErrors.Is(e))
        {
            throw SqliteErrors.Explain(e);
        }
        finally
        {
            foreach (var ending in Parts.Append("-shm"))
                File.Delete(copy + ending);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<object> ReadAsync(PortalDb copy, IEntityType table, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var rows = ModelTables.Rows(copy, table).GetAsyncEnumerator(cancellationToken);
        while (await NextAsync(rows))
            yield return rows.Current;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<string, long>> LastKeysAsync(PortalDb copy, CancellationToken cancellationToken) =>
        (await RawSql.QueryAsync<LastKey>(copy, "SELECT name AS \"Table\", seq AS \"Key\" FROM sqlite_sequence", cancellationToken))
            .ToDictionary(l => l.Table, l => l.Key, StringComparer.Ordinal);

    private static async Task<bool> NextAsync(IAsyncEnumerator<object> rows)
    {
        try
        {
            return await rows.MoveNextAsync();
        }
        catch (Exception e) when (SqliteErrors.Is(e))
        {
            throw SqliteErrors.Explain(e);
        }
    }

    private async Task RequireOfThisVersionAsync(PortalDb copy, CancellationToken cancellationToken)
    {
        if (!await copy.HasActivityTableAsync(cancellationToken) || !await copy.OwnInstance.AnyAsync(cancellationToken))
        {
            throw new DatabaseException(
                $"The database file {Location} has nothing in it.",
                "Name the file that the portal has used. If there is none, start it with the new settings.");
        }

        if ((await copy.Database.GetPendingMigrationsAsync(cancellationToken)).Any())
        {
            throw new DatabaseException(
                "The database was written by an earlier version of CaPortal.",
                "Start the portal once with the settings that it has had, which upgrades the database, then stop it and try again.");
        }
    }

    private async Task CopyAsync(string copy, CancellationToken cancellationToken)
    {
        try
        {
            var before = State();
            foreach (var part in Parts.Where(p => File.Exists(Location + p)))
            {
                SqliteEngine.CreateOwnerOnly(copy + part);
                await using var from = new FileStream(Location + part, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                await using var to = new FileStream(copy + part, FileMode.Open, FileAccess.Write);
                await from.CopyToAsync(to, cancellationToken);
            }

            if (!before.SequenceEqual(State()))
            {
                throw new DatabaseException(
                    $"The database file {Location} was changed while it was read.", "Find the program that writes to it, end it, and try again.");
            }
        }
        catch (Exception e) when (e is UnauthorizedAccessException || (e is IOException and not DatabaseException))
        {
            throw new DatabaseException(
                $"The database file {Location} cannot be copied: {e.Message}",
                "Check that the data directory has free space for one more, and that this account may read the file.",
                e);
        }
    }

    private FileIdentity?[] State() => [.. Parts.Select(p => FileIdentity.Of(Location + p, followLinks: true))];

    private sealed record LastKey(string Table, long Key);
}
