using System.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace CaPortal.Core.Data.Postgres;

/// <summary>The model on PostgreSQL, for more than one portal or a database on another machine.</summary>
public sealed class PostgresPortalDb(DbContextOptions<PostgresPortalDb> options, PortalIdentity identity) : PortalDb(options, identity)
{
    // Texts sort in the same way on every engine, and on servers of every language.
    private const string ByteOrder = "C";

    // In seconds.
    private const int LongestSilence = 5;

    /// <inheritdoc/>
    protected override bool AreMarksStored => true;

    /// <summary>A connection that was kept open may have died with its server: then all of them have, and a new one is tried.</summary>
    internal override async Task ConnectAsync(CancellationToken cancellationToken)
    {
        var connection = (NpgsqlConnection)Database.GetDbConnection();
        await Database.OpenConnectionAsync(cancellationToken);
        try
        {
            await using var ping = new NpgsqlCommand("SELECT 1", connection)
            {
                CommandTimeout = PostgresEngine.AtMost(LongestSilence, connection.CommandTimeout),
            };
            await ping.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (NpgsqlException)
        {
            await Database.CloseConnectionAsync();
            NpgsqlConnection.ClearPool(connection);
            await Database.OpenConnectionAsync(cancellationToken);
        }
    }

#pragma warning disable RS0030 // Transactions begin here alone, so that nothing else needs to know the engine.
    /// <summary>
    /// All portals write one after the other, as on SQLite: so none meets a conflict, and the activity log has one tail. The
    /// lock ends with the transaction.
    /// </summary>
    internal override async Task<IDbContextTransaction> BeginWriteAsync(CancellationToken cancellationToken)
    {
        // Each statement sees what was committed before it: the first after the lock sees all that others have written.
        var transaction = await Database.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken);
        try
        {
            await using var command = new NpgsqlCommand(PostgresLocks.Write, (NpgsqlConnection)Database.GetDbConnection());
            if (await command.ExecuteScalarAsync(cancellationToken) is "on")
                throw new PostgresException("This server takes no changes.", "ERROR", "ERROR", PostgresErrorCodes.ReadOnlySqlTransaction);
            return transaction;
        }
        catch
        {
            await transaction.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    internal override async Task<IAsyncDisposable> BeginReadAsync(CancellationToken cancellationToken) =>
        await Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
#pragma warning restore RS0030

    /// <inheritdoc/>
    internal override Task<bool> HasActivityTableAsync(CancellationToken cancellationToken) => PostgresActivityGuards.HasTableAsync(this, cancellationToken);

    /// <inheritdoc/>
    internal override Task<ActivityGuardDamage> FindGuardDamageAsync(CancellationToken cancellationToken) =>
        PostgresActivityGuards.FindDamageAsync(this, ActivityMarksColumn.Sql(DetailsHave), cancellationToken);

    /// <inheritdoc/>
    internal override Task<ActivityGuardDamage> PutGuardsRightAsync(CancellationToken cancellationToken) =>
        PostgresActivityGuards.PutRightAsync(this, ActivityMarksColumn.Sql(DetailsHave), cancellationToken);

    /// <inheritdoc/>
    internal override Task CallPeersAsync(IReadOnlyCollection<string> entities, CancellationToken cancellationToken) =>
        PostgresPeers.CallAsync(this, Process, entities, cancellationToken);

    /// <inheritdoc/>
    internal override Task RequireLeadAsync(long epoch, CancellationToken cancellationToken) =>
        PostgresPeers.RequireLeadAsync(this, Process, epoch, cancellationToken);

    /// <summary>Nothing to do: nobody copies the files of a server.</summary>
    internal override Task CheckpointAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    protected override string DetailsHave(string text) => $"strpos(details, '{text}') > 0";

    /// <inheritdoc/>
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<SharedEntry>().ToTable("shared_entry").HasKey(e => e.Name);
        modelBuilder.Entity<PortalLease>().ToTable("portal_lease").HasKey(l => l.Name);
        base.OnModelCreating(modelBuilder);
        foreach (var property in modelBuilder.Model.GetEntityTypes().SelectMany(Properties).Where(IsText))
            property.SetCollation(ByteOrder);
    }

    private static IEnumerable<IMutableProperty> Properties(IMutableEntityType entity) =>
        entity.GetProperties().Concat(entity.GetComplexProperties().SelectMany(c => c.ComplexType.GetProperties()));

    private static bool IsText(IMutableProperty property) =>
        (property.GetValueConverter()?.ProviderClrType ?? property.GetProviderClrType() ?? property.ClrType) == typeof(string);

    /// <summary>For <c>dotnet ef migrations add</c>.</summary>
    internal sealed class DesignTimeFactory : IDesignTimeDbContextFactory<PostgresPortalDb>
    {
        public PostgresPortalDb CreateDbContext(string[] args) =>
            new(new DbContextOptionsBuilder<PostgresPortalDb>().UseNpgsql("Host=localhost").Options, new PortalIdentity());
    }
}

/// <summary>Lets all other code ask for the model without knowing the engine.</summary>
internal sealed class PostgresPortalDbFactory(IDbContextFactory<PostgresPortalDb> contexts) : IDbContextFactory<PortalDb>
{
    public PortalDb CreateDbContext() => contexts.CreateDbContext();
}
