using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CaPortal.Core.Data.Postgres;

/// <summary>Portals on one PostgreSQL database.</summary>
internal sealed class PostgresPeers(PortalDatabase database, PortalIdentity identity, IOptions<CoreOptions> options, TimeProvider time) : IPeers
{
    private const string Lead = "background";

    // In seconds. A network may swallow everything without an error: then no answer comes, and that is noticed by asking.
    private const int LongestSilence = 5;

    private static readonly IReadOnlySet<string> Anything = new HashSet<string>();

    /// <inheritdoc/>
    public bool MayExist => true;

    private DatabaseOptions Settings => options.Value.Database;

    private string KeyFile => options.Value.SharedKeyFilePath;

    /// <summary>Has every other portal look at what was changed, once the context's transaction is committed.</summary>
    public static Task CallAsync(PortalDb db, string process, IEnumerable<string> changed, CancellationToken cancellationToken) =>
        db.Database.ExecuteSqlAsync($"SELECT pg_notify('caportal', {$"{process} {string.Join(',', changed)}"})", cancellationToken);

    /// <summary>Refuses to write under a lead that is over.</summary>
    /// <exception cref="DatabaseException">It is.</exception>
    public static async Task RequireLeadAsync(PortalDb db, string process, long epoch, CancellationToken cancellationToken)
    {
        var isLeading = await db.Database
            .SqlQuery<bool>(
                $"""
                SELECT EXISTS (SELECT 1 FROM portal_lease
                    WHERE name = {Lead} AND owner = {process} AND epoch = {epoch} AND expires_at > clock_timestamp()) AS "Value"
                """)
            .SingleAsync(cancellationToken);
        if (!isLeading)
            throw new DatabaseException("Another portal does the background work now.", "Nothing needs to be done.");
    }

    /// <inheritdoc/>
    public Task<long?> LeadAsync(CancellationToken cancellationToken) => database.RunAsync(
        async db =>
        {
            var (process, term) = (identity.Process, IPeers.Term);
            var epochs = await db.Database
                .SqlQuery<long>(
                    $"""
                    INSERT INTO portal_lease AS l (name, owner, epoch, expires_at) VALUES ({Lead}, {process}, 1, clock_timestamp() + {term})
                    ON CONFLICT (name) DO UPDATE SET owner = {process}, expires_at = clock_timestamp() + {term}, epoch = l.epoch + (l.owner <> {process})::int
                    WHERE l.owner = {process} OR l.expires_at < clock_timestamp() RETURNING l.epoch AS "Value"
                    """)
                .ToListAsync(cancellationToken);
            return epochs.Count == 0 ? (long?)null : epochs[0];
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task ResignAsync(CancellationToken cancellationToken) => database.RunAsync(
        async db =>
        {
            var process = identity.Process;
            if (await db.Database.ExecuteSqlAsync(
                $"UPDATE portal_lease SET expires_at = clock_timestamp() WHERE name = {Lead} AND owner = {process}", cancellationToken) > 0)
                await CallAsync(db, process, [PeerChanges.NameOf(typeof(PortalLease))], cancellationToken);
            return true;
        },
        cancellationToken);

    /// <inheritdoc/>
    public async Task ListenAsync(Action<IReadOnlySet<string>> heard, CancellationToken cancellationToken)
    {
        var settings = new NpgsqlConnectionStringBuilder(PostgresEngine.ConnectionStringFor(options.Value)) { Pooling = false, CancellationTimeout = -1 };
        settings.Timeout = PostgresEngine.AtMost(LongestSilence, settings.Timeout);
        settings.CommandTimeout = PostgresEngine.AtMost(LongestSilence, settings.CommandTimeout);

        // The wait itself asks each time that it has heard nothing for so long, and breaks the connection where no answer comes.
        settings.KeepAlive = PostgresEngine.AtMost(LongestSilence, settings.KeepAlive);
        try
        {
            await using var connection = new NpgsqlConnection(settings.ToString());
            connection.Notification += (_, called) => Hear(called.Payload, heard);
            await connection.OpenAsync(cancellationToken);
            await using (var command = new NpgsqlCommand("LISTEN caportal", connection))
                await command.ExecuteNonQueryAsync(cancellationToken);

            // What was changed before is not called out again.
            heard(Anything);
            while (true)
                await connection.WaitAsync(cancellationToken);
        }
        catch (Exception e) when (PostgresErrors.Is(e))
        {
            throw PostgresErrors.Explain(e, PostgresEngine.LocationOf(options.Value));
        }
    }

    /// <inheritdoc/>
    public Task PutAsync(string name, ReadOnlyMemory<byte> value, DateTime? expires, CancellationToken cancellationToken) => database.RunAsync(
        async db =>
        {
            var until = Stored(expires);
            var key = await KeyAsync(db, cancellationToken);
            await ForgetAsync(db, cancellationToken);
            await StoreAsync(db, name, key.Seal(name, until, value.Span), until, cancellationToken);
            await CallAsync(db, identity.Process, [PeerChanges.NameOf(typeof(SharedEntry))], cancellationToken);
            return true;
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task RequireKeyAsync(string prefix, CancellationToken cancellationToken) => database.RunAsync(
        async db =>
        {
            var rows = await RowsAsync(db, prefix, cancellationToken);
            var key = await KeyAsync(db, cancellationToken);
            return rows.Count == 0 || rows.Exists(r => key.Open(r.Name, r.ExpiresAt, r.Sealed) is not null) ? true : throw OtherKey();
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<SharedItem>> ListAsync(string prefix, CancellationToken cancellationToken) => database.RunAsync<IReadOnlyList<SharedItem>>(
        async db =>
        {
            var rows = await RowsAsync(db, prefix, cancellationToken);
            if (rows.Count == 0)
                return [];
            var key = await KeyAsync(db, cancellationToken);
            var items = new List<SharedItem>();
            foreach (var row in rows)
            {
                if (key.Open(row.Name, row.ExpiresAt, row.Sealed) is not { } value)
                    continue;
                if (!key.IsNewest(row.Sealed))
                    await SealAnewAsync(db, row, key.Seal(row.Name, row.ExpiresAt, value), cancellationToken);
                items.Add(new SharedItem(row.Name, value, row.ExpiresAt));
            }

            return items;
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task<bool> TakeAsync(string name, CancellationToken cancellationToken) => database.RunAsync(
        async db =>
        {
            var now = time.GetUtcNow().UtcDateTime;
            var rows = await db.Database
                .SqlQuery<Taken>(
                    $"DELETE FROM shared_entry WHERE name = {name} AND expires_at > {now} RETURNING sealed AS \"Sealed\", expires_at AS \"ExpiresAt\"")
                .ToListAsync(cancellationToken);
            var key = await KeyAsync(db, cancellationToken);
            return rows is [{ Sealed: { } value } row] && key.Open(name, row.ExpiresAt, value) is not null;
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task<int> CountAsync(string name, int more, DateTime expires, CancellationToken cancellationToken) => database.RunAsync(
        async db =>
        {
            var (now, until) = (time.GetUtcNow().UtcDateTime, Stored(expires));
            if (more == 0)
                return await db.Set<SharedEntry>().Where(e => e.Name == name && e.ExpiresAt > now).SumAsync(e => e.Count, cancellationToken);
            await ForgetAsync(db, cancellationToken);
            return (await db.Database
                .SqlQuery<int>(
                    $"""
                    INSERT INTO shared_entry AS e (name, count, expires_at) VALUES ({name}, {more}, {until})
                    ON CONFLICT (name) DO UPDATE SET count = e.count + {more} RETURNING e.count AS "Value"
                    """)
                .ToListAsync(cancellationToken))[0];
        },
        cancellationToken);

    private static Task<int> StoreAsync(PortalDb db, string name, byte[] value, DateTime? expires, CancellationToken cancellationToken) =>
        db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO shared_entry (name, sealed, count, expires_at) VALUES ({name}, {value}, 0, {expires})
            ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed, expires_at = excluded.expires_at
            """,
            cancellationToken);

    // Somebody may have taken it meanwhile.
    private static Task<int> SealAnewAsync(PortalDb db, SharedEntry row, byte[] value, CancellationToken cancellationToken) =>
        db.Set<SharedEntry>().Where(e => e.Name == row.Name && e.Sealed == row.Sealed)
            .ExecuteUpdateAsync(e => e.SetProperty(x => x.Sealed, value), cancellationToken);

    private Task<List<SharedEntry>> RowsAsync(PortalDb db, string prefix, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return db.Set<SharedEntry>().AsNoTracking()
            .Where(e => e.Sealed != null && e.Name.StartsWith(prefix) && (e.ExpiresAt == null || e.ExpiresAt > now))
            .ToListAsync(cancellationToken);
    }

    private Task<int> ForgetAsync(PortalDb db, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return db.Set<SharedEntry>().Where(e => e.ExpiresAt <= now).ExecuteDeleteAsync(cancellationToken);
    }

    private void Hear(string payload, Action<IReadOnlySet<string>> heard)
    {
        var parts = payload.Split(' ', 2);
        if (parts[0] != identity.Process)
            heard(parts is [_, { Length: > 0 } changed] ? changed.Split(',').ToHashSet(StringComparer.Ordinal) : Anything);
    }

    // PostgreSQL keeps microseconds, and the seal is over what it gives back.
    private static DateTime? Stored(DateTime? time) => time is { } at ? at.AddTicks(-(at.Ticks % TimeSpan.TicksPerMicrosecond)) : null;

    /// <summary>The first portal makes the file. Another has it from there: its own would open nothing.</summary>
    private async Task<SharedKey> KeyAsync(PortalDb db, CancellationToken cancellationToken)
    {
        if (SharedKey.Read(KeyFile) is { } key)
            return key;
        if (Settings.KeyFile.Length > 0)
        {
            throw new DatabaseException(
                $"The key file {KeyFile} is not there.",
                "Put the file of the other portals there; for the first portal, make one with: openssl rand -base64 32.");
        }

        return await db.Set<SharedEntry>().AnyAsync(e => e.Sealed != null, cancellationToken) ? throw OtherKey() : SharedKey.Create(KeyFile);
    }

    private DatabaseException OtherKey() => new(
        $"The keys in the database {database.Location} are encrypted with another key file than {KeyFile}.",
        string.Create(
            CultureInfo.InvariantCulture,
            $"Copy the key file of a portal that runs on this database to {KeyFile}, or name it in {CoreOptions.Section}:Database:KeyFile."));

    private sealed record Taken(byte[]? Sealed, DateTime? ExpiresAt);
}
