namespace CaPortal.Core.Data.Postgres;

/// <summary>
/// What guards the activity log in the database: triggers that refuse to change it, nothing else that could keep entries out of
/// it or out of sight, and the column that says which entries are shown. The owner of the table can change them, but that is
/// noticed.
/// </summary>
internal static class PostgresActivityGuards
{
    private const string FunctionBody = "BEGIN RAISE EXCEPTION 'activity is append-only'; END";

    // What can change what a table takes and shows.
    private const string Others =
        """
        SELECT 'TRIGGER' AS "Kind", tgname::text AS "Name", pg_get_triggerdef(oid, true) || ' ' || tgenabled::text AS "Definition"
        FROM pg_trigger WHERE tgrelid = 'activity'::regclass AND NOT tgisinternal
        UNION ALL SELECT 'RULE', rulename::text, '' FROM pg_rewrite WHERE ev_class = 'activity'::regclass
        UNION ALL SELECT 'POLICY', polname::text, '' FROM pg_policy WHERE polrelid = 'activity'::regclass
        """;

    // As PostgreSQL gives them back.
    private static readonly Dictionary<string, string> Triggers = new(StringComparer.Ordinal)
    {
        ["activity_no_change"] = "BEFORE DELETE OR UPDATE ON activity FOR EACH ROW EXECUTE FUNCTION activity_refuse()",
        ["activity_no_truncate"] = "BEFORE TRUNCATE ON activity FOR EACH STATEMENT EXECUTE FUNCTION activity_refuse()",
    };

    /// <summary>What makes the triggers, on a table that has none.</summary>
    public static IEnumerable<string> Creation => Triggers.Keys.SelectMany(Create).Prepend(CreateFunction);

    private static string CreateFunction => $"CREATE OR REPLACE FUNCTION activity_refuse() RETURNS trigger LANGUAGE plpgsql AS $${FunctionBody}$$";

    /// <summary>Whether the log's table is there.</summary>
    public static async Task<bool> HasTableAsync(PortalDb db, CancellationToken cancellationToken) =>
        await RawSql.QueryAsync<bool>(db, "SELECT to_regclass('activity') IS NOT NULL AS \"Value\"", cancellationToken) is [true];

    /// <summary>What is not as it should be.</summary>
    /// <param name="db">The database, with the log's table.</param>
    /// <param name="marks">The expression of the column.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async Task<ActivityGuardDamage> FindDamageAsync(PortalDb db, string marks, CancellationToken cancellationToken)
    {
        var found = await RawSql.QueryAsync<Found>(db, Others, cancellationToken);
        var isFunctionRight = await RawSql.QueryAsync<string>(
            db, "SELECT prosrc AS \"Value\" FROM pg_proc WHERE oid = to_regproc('activity_refuse')", cancellationToken) is [FunctionBody];
        return new ActivityGuardDamage(
            [.. Triggers.Keys.Where(name => !isFunctionRight || !found.Exists(f => f.Definition == DefinitionOf(name)))],
            [.. found.Where(IsForeign).Select(f => f.Name)],
            !await IsColumnRightAsync(db, marks, cancellationToken))
        {
            NeedsOwner = await RawSql.QueryAsync<bool>(
                db, "SELECT pg_has_role(relowner, 'USAGE') AS \"Value\" FROM pg_class WHERE oid = 'activity'::regclass", cancellationToken) is [false],
        };
    }

    /// <summary>Puts right what is not as it should be, unless only the owner of the table may.</summary>
    /// <returns>What that was.</returns>
    /// <inheritdoc cref="FindDamageAsync" path="/param"/>
    public static async Task<ActivityGuardDamage> PutRightAsync(PortalDb db, string marks, CancellationToken cancellationToken)
    {
        if (!await HasTableAsync(db, cancellationToken))
            return ActivityGuardDamage.None;
        var damage = await FindDamageAsync(db, marks, cancellationToken);
        if (damage.IsNone || damage.NeedsOwner)
            return damage;
        foreach (var foreign in (await RawSql.QueryAsync<Found>(db, Others, cancellationToken)).Where(IsForeign))
        {
            var name = foreign.Name.Replace("\"", "\"\"", StringComparison.Ordinal);
            await RawSql.ExecuteAsync(db, $"DROP {foreign.Kind} IF EXISTS \"{name}\" ON activity", cancellationToken);
        }

        if (damage.Missing.Count > 0)
        {
            await RawSql.ExecuteAsync(db, CreateFunction, cancellationToken);
            foreach (var sql in damage.Missing.SelectMany(Create))
                await RawSql.ExecuteAsync(db, sql, cancellationToken);
        }

        if (damage.IsColumnChanged)
        {
            await RawSql.ExecuteAsync(db, "ALTER TABLE activity DROP COLUMN IF EXISTS marks", cancellationToken);
            await RawSql.ExecuteAsync(db, $"ALTER TABLE activity ADD COLUMN marks integer NOT NULL GENERATED ALWAYS AS ({marks}) STORED", cancellationToken);
        }

        return damage;
    }

    // "Always" acts in a session too that says it is a replica.
    private static string[] Create(string name) =>
    [
        $"CREATE OR REPLACE TRIGGER {name} {Triggers[name]}",
        $"ALTER TABLE activity ENABLE ALWAYS TRIGGER {name}",
    ];

    private static string DefinitionOf(string name) => $"CREATE TRIGGER {name} {Triggers[name]} A";

    private static bool IsForeign(Found found) => found.Kind != "TRIGGER" || !Triggers.ContainsKey(found.Name);

    // By what it says of every entry: the text of its definition can be anything that says the same.
    private static async Task<bool> IsColumnRightAsync(PortalDb db, string marks, CancellationToken cancellationToken) =>
        await RawSql.QueryAsync<bool>(
            db,
            "SELECT attgenerated = 's' AS \"Value\" FROM pg_attribute WHERE attrelid = 'activity'::regclass AND attname = 'marks' AND NOT attisdropped",
            cancellationToken) is [true]
        && await RawSql.QueryAsync<bool>(
            db, $"SELECT EXISTS (SELECT 1 FROM activity WHERE marks IS DISTINCT FROM ({marks})) AS \"Value\"", cancellationToken) is [false];

    private sealed record Found(string Kind, string Name, string Definition);
}
