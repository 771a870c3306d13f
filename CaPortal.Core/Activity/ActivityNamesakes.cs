using CaPortal.Core.Data;

namespace CaPortal.Core.Activity;

/// <summary>Tells which certificates of entries their names alone do not tell apart.</summary>
internal static class ActivityNamesakes
{
    /// <summary>The entries with their <see cref="ActivityRecord.Namesakes"/>: by the list, and by each other.</summary>
    public static async Task<IReadOnlyList<ActivityRecord>> MarkAsync(PortalDb db, IReadOnlyList<ActivityRecord> records, CancellationToken cancellationToken)
    {
        var named = records
            .SelectMany(r => r.Certificates.Select(c => (c.Key.Sha256, c.Name)).Concat(r.Names.Select(n => (Sha256: n.Key, Name: n.Value))))
            .Distinct()
            .ToList();
        var namesakes = await Namesakes.InListAsync(db, named, cancellationToken);

        // Also those that have left the list: of two that were deleted one may be meant as well as the other.
        namesakes.UnionWith(
            named.GroupBy(n => n.Name.ToUpperInvariant(), n => n.Sha256).Where(g => g.Distinct().Skip(1).Any()).SelectMany(g => g));
        return namesakes.Count == 0 ? records : [.. records.Select(r => r with { Namesakes = namesakes })];
    }
}
