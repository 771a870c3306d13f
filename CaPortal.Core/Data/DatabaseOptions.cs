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

    /// <summary>
    /// With PostgreSQL, the file with the key that encrypts what portals keep there for each other, the same on all of them; empty:
    /// <c>database.key</c> in the data directory, which the first portal makes.
    /// </summary>
    public string KeyFile { get; set; } = "";
}
