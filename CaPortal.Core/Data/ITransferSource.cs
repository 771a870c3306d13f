using Microsoft.EntityFrameworkCore.Metadata;

namespace CaPortal.Core.Data;

/// <summary>The engine that a list moves away from. Nothing uses the database meanwhile.</summary>
internal interface ITransferSource
{
    /// <summary>Where the database is, for people.</summary>
    string Location { get; }

    /// <summary>Refuses a database that is not there.</summary>
    /// <exception cref="DatabaseException">It is not there.</exception>
    void RequireThere();

    /// <summary>
    /// Works with a copy of the database, which is sound and of this version. The database itself is not opened:
    /// not a byte of it or of the engine's files beside it changes.
    /// </summary>
    /// <exception cref="DatabaseException">It cannot be copied or read, or this version cannot use it.</exception>
    Task<T> WithCopyAsync<T>(Func<PortalDb, Task<T>> work, CancellationToken cancellationToken);

    /// <summary>The rows of a table as entities, one after the other.</summary>
    /// <param name="copy">The copy.</param>
    /// <param name="table">The table, of the model of any engine.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="DatabaseException">A row cannot be read.</exception>
    IAsyncEnumerable<object> ReadAsync(PortalDb copy, IEntityType table, CancellationToken cancellationToken);

    /// <summary>The last key that was given in each table that gives keys, by the table's name: none is given twice, also where its row is gone.</summary>
    Task<IReadOnlyDictionary<string, long>> LastKeysAsync(PortalDb copy, CancellationToken cancellationToken);
}
