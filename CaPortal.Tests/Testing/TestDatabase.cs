using System.Data.Common;
using CaPortal.Core;
using CaPortal.Core.Data.Postgres;
using CaPortal.Core.Data.Sqlite;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace CaPortal.Tests.Testing;

/// <summary>The database of one portal as other programs see it: the file in its data directory, or one on the shared server.</summary>
/// <param name="dataDirectory">The data directory.</param>
/// <param name="postgres">The connection to the server; null for the file.</param>
internal sealed class TestDatabase(string dataDirectory, string? postgres)
{
    private string File => Path.Combine(dataDirectory, "portal.db");

    /// <summary>The connection to the server; null for the file.</summary>
    public string? Postgres => postgres;

    /// <summary>The one that the test is about which runs now.</summary>
    public static async Task<TestDatabase> ForTestAsync(string dataDirectory) =>
        new(dataDirectory, OnPostgresAttribute.IsMeant ? await PostgresServer.Shared.ConnectionStringForAsync(dataDirectory, TestCore.PrepareAsync) : null);

    /// <summary>Changes it.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var connection = await OpenAsync();
        await ExecuteAsync(connection, sql);
    }

    /// <summary>Changes the activity log, whose guards are taken out first.</summary>
    public Task TamperAsync(string sql) => ExecuteAsync((postgres is null
        ? "DROP TRIGGER IF EXISTS activity_no_update; DROP TRIGGER IF EXISTS activity_no_delete; DROP TRIGGER IF EXISTS activity_no_replace; "
        : "DROP TRIGGER IF EXISTS activity_no_change ON activity; DROP TRIGGER IF EXISTS activity_no_truncate ON activity; ") + sql);

    /// <summary>Keeps the portal from writing, as another one that writes does, until the result is disposed of.</summary>
    public async Task<DbConnection> WriteElsewhereAsync()
    {
        var connection = await OpenAsync();
        await ExecuteAsync(connection, postgres is null ? "BEGIN IMMEDIATE" : $"BEGIN; {PostgresLocks.Write}");
        return connection;
    }

    /// <summary>Takes it away; disposing the result puts it back.</summary>
    public IDisposable TakeAway()
    {
        if (postgres is not null)
            return PostgresServer.Shared.Without(postgres);
        CloseConnections();
        return new MissingFile(File);
    }

    /// <summary>Closes the portal's connections: other tests are in the middle of using theirs.</summary>
    public void CloseConnections()
    {
        var options = new CoreOptions { DataDirectory = dataDirectory };
        using var file = new SqliteConnection(SqliteEngine.ConnectionStringFor(options));
        SqliteConnection.ClearPool(file);
        if (postgres is null)
            return;
        options.Database.ConnectionString = postgres;
        using var server = new NpgsqlConnection(PostgresEngine.ConnectionStringFor(options));
        NpgsqlConnection.ClearPool(server);
    }

    private async Task<DbConnection> OpenAsync()
    {
        if (postgres is null)
            return await RawDatabase.OpenAsync(File);
        var connection = new NpgsqlConnection($"{postgres};Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        return connection;
    }

    private static async Task ExecuteAsync(DbConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    private sealed class MissingFile : IDisposable
    {
        private readonly string _path;

        public MissingFile(string path)
        {
            _path = path;
            System.IO.File.Move(path, $"{path}.away");

            // A folder of that name, so that no new database is created in its place.
            Directory.CreateDirectory(path);
        }

        public void Dispose()
        {
            Directory.Delete(_path);
            System.IO.File.Move($"{_path}.away", _path);
        }
    }
}
