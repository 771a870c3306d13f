using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Core.Data;

/// <summary>Reads several tables as they are at one moment, and keeps nobody from writing, until it is disposed of.</summary>
internal sealed class ReadTransaction : IAsyncDisposable
{
    private readonly PortalDb _db;
    private readonly DbTransaction _transaction;

    private ReadTransaction(PortalDb db, DbTransaction transaction) => (_db, _transaction) = (db, transaction);

    /// <summary>Begins it.</summary>
    public static async Task<ReadTransaction> BeginAsync(PortalDb db, CancellationToken cancellationToken)
    {
        await db.Database.OpenConnectionAsync(cancellationToken);
        var connection = db.Database.GetDbConnection();

        // The usual transaction of SQLite waits until it may write, and then keeps others from it.
        var transaction = connection is SqliteConnection sqlite
            ? sqlite.BeginTransaction(deferred: true)
            : await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        await db.Database.UseTransactionAsync(transaction, cancellationToken);
        return new ReadTransaction(db, transaction);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _db.Database.UseTransactionAsync(null);
        await _transaction.DisposeAsync();
        await _db.Database.CloseConnectionAsync();
    }
}
