using Microsoft.Data.Sqlite;

namespace CaPortal.Core.Data.Sqlite;

/// <summary>
/// What guards the activity log in the database: triggers that refuse to change it, no others that could keep entries out of it,
/// and the column that says which entries are shown. Anyone who can write to the file can change them, but that is noticed.
/// </summary>
internal static class ActivityGuards
{
    private const string Column = "marks";

    // How SQLite describes a column that is computed when it is read.
    private const int Computed = 2;

    // As the first migration made them; that stays as it is.
    private static readonly Dictionary<string, string> Triggers = new(StringComparer.Ordinal)
    {
        ["activity_no_update"] = "BEFORE UPDATE ON activity BEGIN SELECT RAISE(ABORT, 'activity is append-only'); END",
        ["activity_no_delete"] = "BEFORE DELETE ON activity BEGIN SELECT RAISE(ABORT, 'activity is append-only'); END",
        ["activity_no_replace"] =
            "BEFORE INSERT ON activity WHEN EXISTS (SELECT 1 FROM activity WHERE sequence = NEW.sequence) BEGIN SELECT RAISE(ABORT, "
                + "'activity is append-only'); END",
    };

    /// <summary>Whether the log's table is there.</summary>
    public static async Task<bool> HasTableAsync(PortalDb db, CancellationToken cancellationToken) =>
        await RawSql.QueryAsync<int>(
            db, "SELECT COUNT(*) AS \"Value\" FROM sqlite_master WHERE type = 'table' AND name = 'activity'", cancellationToken) is [1];

    /// <summary>What is not as it should be.</summary>
    /// <param name="db">The database, with the log's table.</param>
    /// <param name="marks">The expression of the column.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async Task<ActivityGuardDamage> FindDamageAsync(PortalDb db, string marks, CancellationToken cancellationToken)
    {
        var found = await RawSql.QueryAsync<string>(db, "SELECT sql AS \"Value\" FROM sqlite_master WHERE type = 'trigger'", cancellationToken);
        var names = await RawSql.QueryAsync<string>(
            db, "SELECT name AS \"Value\" FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'activity' COLLATE NOCASE", cancellationToken);
        return new ActivityGuardDamage(
            [.. Triggers.Keys.Where(name => !found.Contains(SqlOf(name)))],
            [.. names.Where(name => !Triggers.ContainsKey(name))],
            !await IsColumnRightAsync(db, marks, cancellationToken));
    }

    /// <summary>Puts right what is not as it should be.</summary>
    /// <returns>What that was.</returns>
    /// <inheritdoc cref="FindDamageAsync" path="/param"/>
    public static async Task<ActivityGuardDamage> PutRightAsync(PortalDb db, string marks, CancellationToken cancellationToken)
    {
        if (!await HasTableAsync(db, cancellationToken))
            return ActivityGuardDamage.None;
        var damage = await FindDamageAsync(db, marks, cancellationToken);
        foreach (var name in damage.Missing.Concat(damage.Foreign))
            await RawSql.ExecuteAsync(db, $"DROP TRIGGER IF EXISTS \"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"", cancellationToken);
        foreach (var name in damage.Missing)
            await RawSql.ExecuteAsync(db, SqlOf(name), cancellationToken);
        if (damage.IsColumnChanged)
        {
            if (await KindAsync(db, cancellationToken) is not null)
                await RawSql.ExecuteAsync(db, $"ALTER TABLE activity DROP COLUMN {Column}", cancellationToken);
            await RawSql.ExecuteAsync(db, $"ALTER TABLE activity ADD COLUMN \"{Column}\" AS ({marks})", cancellationToken);
        }

        return damage;
    }

    // By what it says of every entry: the text of its definition can be anything that says the same.
    private static async Task<bool> IsColumnRightAsync(PortalDb db, string marks, CancellationToken cancellationToken)
    {
        try
        {
            return await KindAsync(db, cancellationToken) == Computed
                && await RawSql.QueryAsync<int>(
                    db, $"SELECT EXISTS (SELECT 1 FROM activity WHERE {Column} IS NOT ({marks})) AS \"Value\"", cancellationToken) is [0];
        }
        catch (SqliteException e) when (e.SqliteErrorCode is SQLitePCL.raw.SQLITE_ERROR or SQLitePCL.raw.SQLITE_TOOBIG)
        {
            // It cannot even be computed.
            return false;
        }
    }

    private static async Task<int?> KindAsync(PortalDb db, CancellationToken cancellationToken) =>
        await RawSql.QueryAsync<int>(
            db, $"SELECT hidden AS \"Value\" FROM pragma_table_xinfo('activity') WHERE name = '{Column}'", cancellationToken) is [var kind] ? kind : null;

    private static string SqlOf(string name) => $"CREATE TRIGGER {name} {Triggers[name]}";
}
