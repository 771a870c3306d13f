using System.Reflection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;

namespace CaPortal.Core.Data;

/// <summary>The tables of the model, with any content.</summary>
internal static class ModelTables
{
    private static readonly MethodInfo SetOf = typeof(DbContext).GetMethod(nameof(DbContext.Set), 1, [])!;

    /// <summary>All of them, each behind those that it refers to.</summary>
    public static IReadOnlyList<IEntityType> InOrder(IModel model)
    {
        var ordered = new List<IEntityType>();
        foreach (var table in model.GetEntityTypes())
            Add(table);
        return ordered;

        void Add(IEntityType table)
        {
            if (ordered.Contains(table))
                return;
            foreach (var key in table.GetForeignKeys().Where(k => k.PrincipalEntityType != table))
                Add(key.PrincipalEntityType);
            ordered.Add(table);
        }
    }

    /// <summary>Its rows as entities, read one after the other.</summary>
    public static IAsyncEnumerable<object> Rows(PortalDb db, IEntityType table)
    {
        db.ChangeTracker.QueryTrackingBehavior = QueryTrackingBehavior.NoTracking;
        return (IAsyncEnumerable<object>)SetOf.MakeGenericMethod(table.ClrType).Invoke(db, null)!;
    }

    /// <summary>How many rows each table has, by its name.</summary>
    public static async Task<IReadOnlyDictionary<string, long>> CountAsync(PortalDb db, CancellationToken cancellationToken)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var table in db.Model.GetEntityTypes())
            counts[table.GetTableName()!] = (await RawSql.QueryAsync<long>(db, $"SELECT COUNT(*) AS \"Value\" FROM {Quoted(db, table)}", cancellationToken))[0];
        return counts;
    }

    /// <summary>Its name as it is written in a statement.</summary>
    public static string Quoted(PortalDb db, IEntityType table) => Quoted(db, table.GetTableName()!);

    /// <summary>A name as it is written in a statement.</summary>
    public static string Quoted(PortalDb db, string name) => db.GetService<ISqlGenerationHelper>().DelimitIdentifier(name);
}
