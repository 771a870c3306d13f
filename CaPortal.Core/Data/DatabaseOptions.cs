namespace CaPortal.Core.Data;

/// <summary>Database engines.</summary>
public enum DatabaseProvider
{
    /// <summary>A file of its own; the embedded default.</summary>
    Sqlite,

    /// <summary>A PostgreSQL server, version 15 or later.</summary>
    PostgreSql,
}

/// <summary>Settings of the database: the section <c>CaPortal:Database</c>.</summary>
public sealed class DatabaseOptions
{
    /// <summary>The engine.</summary>
    public DatabaseProvider Provider { get; set; } = DatabaseProvider.Sqlite;

    /// <summary>The connection, from <c>ConnectionStrings:CaPortal</c>; with SQLite, empty: <c>portal.db</c> in the data directory.</summary>
    public string ConnectionString { get; set; } = "";
}
