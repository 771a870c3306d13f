using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Storage;

namespace CaPortal.Core.Data.Sqlite;

/// <summary>The model on SQLite, the embedded default.</summary>
public sealed class SqlitePortalDb(DbContextOptions<SqlitePortalDb> options, PortalIdentity identity) : PortalDb(options, identity)
{
    /// <inheritdoc/>
    protected override bool AreMarksStored => false;

    /// <summary>Whether the whole file is in order, its indexes included.</summary>
    internal static async Task<bool> IsSoundAsync(PortalDb db, CancellationToken cancellationToken) =>
        await db.Database.SqlQueryRaw<string>("PRAGMA integrity_check(1)").ToListAsync(cancellationToken) is ["ok"];

    /// <summary>Nothing to do: a file does not go away and come back.</summary>
    internal override Task ConnectAsync(CancellationToken cancellationToken) => Task.CompletedTask;

#pragma warning disable RS0030 // Transactions begin here alone, so that nothing else needs to know the engine.
    /// <summary>SQLite's usual transaction takes the lock for writing at once: one that reads first fails where somebody has written meanwhile.</summary>
    internal override Task<IDbContextTransaction> BeginWriteAsync(CancellationToken cancellationToken) => Database.BeginTransactionAsync(cancellationToken);

    /// <inheritdoc/>
    internal override async Task<IAsyncDisposable> BeginReadAsync(CancellationToken cancellationToken)
    {
        await Database.OpenConnectionAsync(cancellationToken);

        // Deferred: it waits for nobody, and keeps nobody from writing.
        var transaction = ((SqliteConnection)Database.GetDbConnection()).BeginTransaction(deferred: true);
        await Database.UseTransactionAsync(transaction, cancellationToken);
        return new ReadTransaction(this, transaction);
    }

#pragma warning restore RS0030

    /// <summary>There are none.</summary>
    internal override Task CallPeersAsync(IReadOnlyCollection<string> entities, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The one portal leads always.</summary>
    internal override Task RequireLeadAsync(long epoch, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    internal override Task<bool> HasActivityTableAsync(CancellationToken cancellationToken) => ActivityGuards.HasTableAsync(this, cancellationToken);

    /// <inheritdoc/>
    internal override Task<ActivityGuardDamage> FindGuardDamageAsync(CancellationToken cancellationToken) =>
        ActivityGuards.FindDamageAsync(this, ActivityMarksColumn.Sql(DetailsHave), cancellationToken);

    /// <inheritdoc/>
    internal override Task<ActivityGuardDamage> PutGuardsRightAsync(CancellationToken cancellationToken) =>
        ActivityGuards.PutRightAsync(this, ActivityMarksColumn.Sql(DetailsHave), cancellationToken);

    /// <inheritdoc/>
    internal override Task CheckpointAsync(CancellationToken cancellationToken) =>
        Database.ExecuteSqlRawAsync("PRAGMA wal_checkpoint(TRUNCATE)", cancellationToken);

    /// <inheritdoc/>
    protected override string DetailsHave(string text) => $"instr(details, '{text}') > 0";

    /// <summary>For <c>dotnet ef migrations add</c>.</summary>
    internal sealed class DesignTimeFactory : IDesignTimeDbContextFactory<SqlitePortalDb>
    {
        public SqlitePortalDb CreateDbContext(string[] args) =>
            new(new DbContextOptionsBuilder<SqlitePortalDb>().UseSqlite("Data Source=:memory:").Options, new PortalIdentity());
    }

    private sealed class ReadTransaction(SqlitePortalDb db, DbTransaction transaction) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
#pragma warning disable RS0030 // Takes the transaction off the context again.
            await db.Database.UseTransactionAsync(null);
#pragma warning restore RS0030
            await transaction.DisposeAsync();
            await db.Database.CloseConnectionAsync();
        }
    }
}

/// <summary>Lets all other code ask for the model without knowing the engine.</summary>
internal sealed class SqlitePortalDbFactory(IDbContextFactory<SqlitePortalDb> contexts) : IDbContextFactory<PortalDb>
{
    public PortalDb CreateDbContext() => contexts.CreateDbContext();
}
