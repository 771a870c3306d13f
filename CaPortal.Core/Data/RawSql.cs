using Microsoft.EntityFrameworkCore;

namespace CaPortal.Core.Data;

/// <summary>Statements in an engine's own words, without parameters.</summary>
internal static class RawSql
{
    /// <summary>The rows of a query, whose columns have the names of the members, or <c>Value</c>.</summary>
    public static Task<List<T>> QueryAsync<T>(PortalDb db, string sql, CancellationToken cancellationToken) =>
        db.Database.SqlQueryRaw<T>(Escaped(sql)).ToListAsync(cancellationToken);

    /// <summary>Carries out a statement.</summary>
    public static Task<int> ExecuteAsync(PortalDb db, string sql, CancellationToken cancellationToken) =>
        db.Database.ExecuteSqlRawAsync(Escaped(sql), cancellationToken);

    // EF Core takes braces for places of parameters.
    private static string Escaped(string sql) => sql.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal);
}
