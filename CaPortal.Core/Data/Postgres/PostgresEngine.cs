using CaPortal.Core.Files;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CaPortal.Core.Data.Postgres;

/// <summary>A PostgreSQL server, which an operations team runs, backs up and looks after.</summary>
internal sealed class PostgresEngine(IOptions<CoreOptions> options, TimeProvider time) : IDatabaseEngine
{
    private const int OldestVersion = 15;

    /// <inheritdoc/>
    public string Location => LocationOf(options.Value);

    /// <inheritdoc/>
    public bool IsOneFile => false;

    /// <inheritdoc/>
    public string NodeFile => options.Value.NodeFilePath;

    /// <inheritdoc/>
    public bool HasLogKey => File.Exists(options.Value.ActivityKeyFile);

    private string ActivityEndFile => options.Value.ActivityEndFilePath;

    /// <summary>
    /// The connection string of the settings, with times after which a server that does not answer is given up. What the
    /// settings say themselves is kept.
    /// </summary>
    /// <exception cref="ArgumentException">It is no connection string of PostgreSQL, or names no server.</exception>
    public static string ConnectionStringFor(CoreOptions options)
    {
        var connection = new NpgsqlConnectionStringBuilder(options.Database.ConnectionString)
        {
            // What the server says of a row would get into the log.
            IncludeErrorDetail = false,
        };
        if (string.IsNullOrEmpty(connection.Host))
            throw new ArgumentException("Host is missing.");
        Default("Application Name", () => connection.ApplicationName = "CaPortal");
        Default("Timeout", () => connection.Timeout = 5);
        Default("Command Timeout", () => connection.CommandTimeout = 20);

        // A server that does not answer a command does not answer its cancellation either.
        Default("Cancellation Timeout", () => connection.CancellationTimeout = -1);
        Default("Keepalive", () => connection.KeepAlive = 10);
        Default("Maximum Pool Size", () => connection.MaxPoolSize = 30);
        return connection.ToString();

        void Default(string keyword, Action set)
        {
            if (!connection.ShouldSerialize(keyword))
                set();
        }
    }

    /// <inheritdoc cref="Location"/>
    public static string LocationOf(CoreOptions options)
    {
        var connection = new NpgsqlConnectionStringBuilder(ConnectionStringFor(options));

        // Each of several has its port beside it.
        var server = connection.Host!.Contains(',') ? connection.Host : $"{connection.Host}:{connection.Port}";
        return $"{server}/{connection.Database ?? connection.Username}";
    }

    /// <summary>A time limit of the portal's own, or the shorter one of the connection string. In seconds; there 0 is none.</summary>
    public static int AtMost(int seconds, int setting) => setting > 0 ? Math.Min(seconds, setting) : seconds;

    /// <summary>Whether the settings have a connection string of PostgreSQL.</summary>
    public static bool HasConnectionString(CoreOptions options)
    {
        try
        {
            ConnectionStringFor(options);
            return true;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException or OverflowException)
        {
            // The message leaves out the string and the error of Npgsql, since both may hold a password.
            return false;
        }
    }

    /// <summary>Has a context use the database of the settings.</summary>
    public static void Configure(DbContextOptionsBuilder db, CoreOptions options) =>
        db.UseNpgsql(ConnectionStringFor(options)).AddInterceptors(new StorableText());

    /// <summary>Only the server itself knows.</summary>
    public DatabaseException? FindLoss() => null;

    /// <inheritdoc/>
    public bool IsError(Exception exception) => PostgresErrors.Is(exception);

    /// <inheritdoc/>
    public DatabaseException Explain(Exception exception) => PostgresErrors.Explain(exception, Location);

    /// <inheritdoc/>
    public async Task<T> ExclusivelyAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            FolderGuard.Require(options.Value.ResolvedDataDirectory);
            PrivateDirectory.Create(options.Value.ResolvedDataDirectory);

            // The lock ends with its connection, so that a portal that is killed holds up no other.
            await using var connection = new NpgsqlConnection(
                new NpgsqlConnectionStringBuilder(ConnectionStringFor(options.Value)) { Pooling = false }.ToString());
            await connection.OpenAsync(cancellationToken);
            await using (var command = new NpgsqlCommand(PostgresLocks.Prepare, connection) { CommandTimeout = PostgresLocks.PrepareTimeout })
                await command.ExecuteNonQueryAsync(cancellationToken);
            return await work();
        }
        catch (UntrustedFolderException e)
        {
            throw new DatabaseException(e.Message, e.Advice, e);
        }
        catch (Exception e) when (IsError(e))
        {
            throw Explain(e);
        }
        catch (Exception e) when (e is UnauthorizedAccessException || (e is IOException and not DatabaseException))
        {
            throw new DatabaseException(
                $"The data directory {options.Value.ResolvedDataDirectory} cannot be used: {e.Message}",
                "Check that it exists, is on a disk with free space, and that the portal's account may write to it.",
                e);
        }
    }

    /// <summary>Only the server itself knows: see <see cref="RequireSoundAsync"/>.</summary>
    public void RequireKept()
    {
    }

    /// <inheritdoc/>
    public void Create() => AtomicFile.Sweep(options.Value.ResolvedDataDirectory);

    /// <summary>The server looks after its files itself. A database that the portal cannot use is refused, and so is one that has lost its data.</summary>
    public async Task RequireSoundAsync(PortalDb db, CancellationToken cancellationToken)
    {
        await RequireServerAsync(db, cancellationToken);
        if (!File.Exists(ActivityEndFile) || await HasBeenUsedAsync(db, cancellationToken))
            return;
        throw new DatabaseException(
            $"The database {Location} has nothing in it, although this data directory has been in use.",
            "Name the right database in ConnectionStrings:CaPortal, or restore a dump of it; see Backup in docs/operations.md.")
        {
            IsLoss = true,
        };
    }

    /// <summary>Refuses a server that the portal cannot use.</summary>
    /// <exception cref="DatabaseException">It is too old, keeps texts in another encoding, or is a replica.</exception>
    public async Task RequireServerAsync(PortalDb db, CancellationToken cancellationToken)
    {
        var (version, encoding, isReplica) = (await RawSql.QueryAsync<Server>(
            db,
            """
            SELECT current_setting('server_version_num')::int / 10000 AS "Version", current_setting('server_encoding') AS "Encoding",
                pg_is_in_recovery() AS "IsReplica"
            """,
            cancellationToken))[0];
        if (version < OldestVersion)
        {
            throw new DatabaseException(
                $"The database server is PostgreSQL {version}.", $"CaPortal needs PostgreSQL {OldestVersion} or later: upgrade the server.");
        }

        if (encoding != "UTF8")
            throw new DatabaseException($"The database keeps texts as {encoding}.", "Create it anew with ENCODING 'UTF8' and TEMPLATE template0.");
        if (isReplica)
            throw PostgresErrors.OfReplica(Location);
    }

    /// <summary>Has the list of migrations there: that it is missing would be logged as an error.</summary>
    public async Task PrepareMigrationsAsync(PortalDb db, CancellationToken cancellationToken)
    {
        // A user who may not make tables may not even ask to make one that is there.
        var isThere = await RawSql.QueryAsync<bool>(
            db, $"SELECT to_regclass('\"{HistoryRepository.DefaultTableName}\"') IS NOT NULL AS \"Value\"", cancellationToken) is [true];
        if (!isThere)
            await db.GetService<IHistoryRepository>().CreateIfNotExistsAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public Task<string?> BackUpAsync(PortalDb db, CancellationToken cancellationToken) => Task.FromResult<string?>(null);

    /// <inheritdoc/>
    public string SetAside()
    {
        var aside = Path.Combine(options.Value.ResolvedDataDirectory, "lost", $"{time.GetUtcNow():yyyyMMddTHHmmssfffZ}");
        PrivateDirectory.Create(aside);
        if (File.Exists(ActivityEndFile))
            File.Move(ActivityEndFile, Path.Combine(aside, Path.GetFileName(ActivityEndFile)));
        AtomicFile.FlushFolder(aside);
        return aside;
    }

    private static async Task<bool> HasBeenUsedAsync(PortalDb db, CancellationToken cancellationToken) =>
        await db.HasActivityTableAsync(cancellationToken)
        && (await db.Activity.AnyAsync(cancellationToken) || await db.Instances.AnyAsync(i => i.Revision > 0, cancellationToken));

    private sealed record Server(int Version, string Encoding, bool IsReplica);
}
