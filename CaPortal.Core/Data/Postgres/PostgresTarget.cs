using CaPortal.Core.Certificates;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.Options;
using Npgsql;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

namespace CaPortal.Core.Data.Postgres;

/// <summary>A server that a list moves to. Tables and rows come in one transaction, so that a copy that fails leaves nothing.</summary>
internal sealed class PostgresTarget : ITransferTarget
{
    /// <summary>For one statement: some look at every row.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly CoreOptions _options;
    private readonly PostgresEngine _engine;

    private PostgresTarget(CoreOptions options, TimeProvider time) => (_options, _engine) = (options, new PostgresEngine(Options.Create(options), time));

    /// <inheritdoc/>
    public string Location => _engine.Location;

    /// <summary>The server of a connection string; null where that is none.</summary>
    public static PostgresTarget? Find(string connectionString, string dataDirectory, TimeProvider time)
    {
        var options = new CoreOptions
        {
            DataDirectory = dataDirectory,
            Database = new DatabaseOptions { Provider = DatabaseProvider.PostgreSql, ConnectionString = connectionString },
        };
        return PostgresEngine.HasConnectionString(options) ? new PostgresTarget(options, time) : null;
    }

    /// <inheritdoc/>
    public Task<T> ExclusivelyAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken) => _engine.ExclusivelyAsync(work, cancellationToken);

    /// <inheritdoc/>
    public bool Keeps(string text) => StorableText.Of(text) == text;

    /// <inheritdoc/>
    public PortalDb Open()
    {
        var options = new DbContextOptionsBuilder<PostgresPortalDb>();
        PostgresEngine.Configure(options, _options);

        // Entity Framework would lock out other migrations, which the engine does already.
        options.ConfigureWarnings(w => w.Ignore(RelationalEventId.MigrationsUserTransactionWarning));
        var db = new PostgresPortalDb(options.Options, new PortalIdentity());
        db.Database.SetCommandTimeout(Patience);
        return db;
    }

    /// <inheritdoc/>
    public async Task RequireEmptyAsync(PortalDb db, CancellationToken cancellationToken)
    {
        await _engine.RequireServerAsync(db, cancellationToken);

        // Nobody waits for this transaction, which is idle while the file is read.
        await RawSql.ExecuteAsync(db, "SET LOCAL idle_in_transaction_session_timeout = 0", cancellationToken);

        // In every schema in which the portal would find a table by its name alone.
        var found = await RawSql.QueryAsync<string>(
            db,
            """
            SELECT relname::text AS "Value" FROM pg_class
            WHERE relkind IN ('r', 'p', 'f') AND pg_table_is_visible(oid)
                AND relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
            ORDER BY 1
            """,
            cancellationToken);
        var own = db.Model.GetEntityTypes().Select(t => t.GetTableName()!).ToHashSet(StringComparer.Ordinal);
        if (found.Find(t => !own.Contains(t) && t != HistoryRepository.DefaultTableName) is { } foreign)
            throw NotEmpty($"it has the table {DisplayText.Shorten(foreign)}, which is none of the portal's");
        foreach (var table in found.Where(own.Contains))
        {
            if (await RawSql.QueryAsync<bool>(db, $"SELECT EXISTS (SELECT 1 FROM {ModelTables.Quoted(db, table)}) AS \"Value\"", cancellationToken) is [true])
                throw NotEmpty($"its table {table} has rows, so a portal has used it");
        }
    }

    /// <inheritdoc/>
    public async Task MakeTablesAsync(PortalDb db, CancellationToken cancellationToken)
    {
        await _engine.PrepareMigrationsAsync(db, cancellationToken);
        await PortalDatabase.RequireKnownMigrationsAsync(db, cancellationToken);
        await db.Database.MigrateAsync(cancellationToken);
        await db.PutGuardsRightAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<long> WriteAsync(PortalDb db, IEntityType table, IAsyncEnumerable<object> rows, CancellationToken cancellationToken)
    {
        var columns = table.GetTableMappings().Single().Table.Columns.Select(c => c.PropertyMappings.Single()).Where(IsWritten)
            .Select(c => new Column(c)).ToList();
        var names = string.Join(", ", columns.Select(c => ModelTables.Quoted(db, c.Name)));
        await using var import = await ((NpgsqlConnection)db.Database.GetDbConnection()).BeginBinaryImportAsync(
            $"COPY {ModelTables.Quoted(db, table)} ({names}) FROM STDIN (FORMAT BINARY)", cancellationToken);
        import.Timeout = Patience;
        await foreach (var row in rows.WithCancellation(cancellationToken))
        {
            await import.StartRowAsync(cancellationToken);
            foreach (var column in columns)
            {
                if (column.ValueOf(row) is { } value)
                    await import.WriteAsync(value, column.Type, cancellationToken);
                else
                    await import.WriteNullAsync(cancellationToken);
            }
        }

        return (long)await import.CompleteAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task GoOnBehindAsync(PortalDb db, IReadOnlyDictionary<string, long> lastKeys, CancellationToken cancellationToken)
    {
        foreach (var (table, key) in db.Model.GetEntityTypes().Select(t => (Table: t, Key: GivenKey(t))).Where(t => t.Key is not null))
        {
            if (!lastKeys.TryGetValue(table.GetTableName()!, out var last) || last <= 0)
                continue;
            await RawSql.ExecuteAsync(
                db, $"SELECT setval(pg_get_serial_sequence('{ModelTables.Quoted(db, table)}', '{key!.GetColumnName()}'), {last})", cancellationToken);
        }
    }

    // What the database computes itself is not written.
    private static bool IsWritten(IColumnMapping column) => column.Property.GetBeforeSaveBehavior() == PropertySaveBehavior.Save;

    private static IProperty? GivenKey(IEntityType table) => table.GetProperties().SingleOrDefault(
        p => NpgsqlPropertyExtensions.GetValueGenerationStrategy(p) == NpgsqlValueGenerationStrategy.IdentityByDefaultColumn);

    private DatabaseException NotEmpty(string how) => new(
        $"The database {Location} is not empty: {how}.", "Nothing was changed there. Create an empty database, and name that one.");

    /// <summary>A column, and how its value is taken from an entity.</summary>
    private sealed class Column(IColumnMapping mapping)
    {
        private readonly IClrPropertyGetter _getter = mapping.Property.GetGetter();
        private readonly IClrPropertyGetter? _owner = (mapping.Property.DeclaringType as IComplexType)?.ComplexProperty.GetGetter();

        public string Name => mapping.Column.Name;

        public string Type => mapping.TypeMapping.StoreTypeNameBase;

        public object? ValueOf(object row)
        {
            var value = _getter.GetClrValue(_owner is null ? row : _owner.GetClrValue(row)!);
            if (value is not null && mapping.TypeMapping.Converter is { } converter)
                value = converter.ConvertToProvider(value);
            return value is string text ? StorableText.Of(text) : value;
        }
    }
}
