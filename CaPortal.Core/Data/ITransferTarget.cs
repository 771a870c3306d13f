using Microsoft.EntityFrameworkCore.Metadata;

namespace CaPortal.Core.Data;

/// <summary>The engine that a list moves to.</summary>
internal interface ITransferTarget
{
    /// <inheritdoc cref="IDatabaseEngine.Location"/>
    string Location { get; }

    /// <inheritdoc cref="IDatabaseEngine.ExclusivelyAsync"/>
    Task<T> ExclusivelyAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken);

    /// <summary>Whether it gives a text back as it was written. What it does not give back has a replacement character in its place.</summary>
    bool Keeps(string text);

    /// <summary>A context whose commands may take as long as a whole list needs.</summary>
    PortalDb Open();

    /// <summary>Refuses a database that the portal cannot use, or that holds anything.</summary>
    /// <exception cref="DatabaseException">It cannot be used, or is not empty.</exception>
    Task RequireEmptyAsync(PortalDb db, CancellationToken cancellationToken);

    /// <summary>Makes the tables, in the context's open transaction.</summary>
    Task MakeTablesAsync(PortalDb db, CancellationToken cancellationToken);

    /// <summary>Writes rows, in the context's open transaction.</summary>
    /// <param name="db">The context.</param>
    /// <param name="table">The table, of the context's model.</param>
    /// <param name="rows">Its entities.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>How many there were.</returns>
    Task<long> WriteAsync(PortalDb db, IEntityType table, IAsyncEnumerable<object> rows, CancellationToken cancellationToken);

    /// <summary>Has tables that give keys go on behind those that were given.</summary>
    /// <param name="db">The context, with an open transaction.</param>
    /// <param name="lastKeys">The last key by the table's name.</param>
    /// <param name="cancellationToken">Cancels.</param>
    Task GoOnBehindAsync(PortalDb db, IReadOnlyDictionary<string, long> lastKeys, CancellationToken cancellationToken);
}
