using Microsoft.EntityFrameworkCore;

namespace CaPortal.Core.Data.Sqlite;

/// <summary>
/// The triggers with which the database itself refuses to change the log. Anyone who can write to the file can drop them, but
/// a missing trigger is noticed.
/// </summary>
internal static class ActivityTriggers
{
    // As the first migration made them; that stays as it is.
    private static readonly Dictionary<string, string> Wanted = new(StringComparer.Ordinal)
    {
        ["activity_no_update"] = "BEFORE UPDATE ON activity BEGIN SELECT RAISE(ABORT, 'activity is append-only'); END",
        ["activity_no_delete"] = "BEFORE DELETE ON activity BEGIN SELECT RAISE(ABORT, 'activity is append-only'); END",
        ["activity_no_replace"] =
            "BEFORE INSERT ON activity WHEN EXISTS (SELECT 1 FROM activity WHERE sequence = NEW.sequence) BEGIN SELECT RAISE(ABORT, "
                + "'activity is append-only'); END",
    };

    /// <summary>Those that are not there, or are others than they should be.</summary>
    public static async Task<IReadOnlyList<string>> MissingAsync(PortalDb db, CancellationToken cancellationToken)
    {
        var found = await db.Database.SqlQueryRaw<string>("SELECT sql AS \"Value\" FROM sqlite_master WHERE type = 'trigger'").ToListAsync(cancellationToken);
        return [.. Wanted.Keys.Where(name => !found.Contains(SqlOf(name)))];
    }

    /// <summary>Whether the log's table is there.</summary>
    public static async Task<bool> HasTableAsync(PortalDb db, CancellationToken cancellationToken) =>
        (
            await db
                .Database.SqlQueryRaw<int>("SELECT COUNT(*) AS \"Value\" FROM sqlite_master WHERE type = 'table' AND name = 'activity'")
                .ToListAsync(cancellationToken))
            is [1];

    /// <summary>Makes those that are missing.</summary>
    /// <returns>Their names.</returns>
    public static async Task<IReadOnlyList<string>> PutBackAsync(PortalDb db, CancellationToken cancellationToken)
    {
        if (!await HasTableAsync(db, cancellationToken))
            return [];
        var missing = await MissingAsync(db, cancellationToken);
        foreach (var name in missing)
        {
            await db.Database.ExecuteSqlRawAsync(RemovalOf(name), cancellationToken);
            await db.Database.ExecuteSqlRawAsync(SqlOf(name), cancellationToken);
        }

        return missing;
    }

    private static string RemovalOf(string name) => $"DROP TRIGGER IF EXISTS {name}";

    private static string SqlOf(string name) => $"CREATE TRIGGER {name} {Wanted[name]}";
}
