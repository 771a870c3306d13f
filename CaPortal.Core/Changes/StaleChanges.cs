using CaPortal.Core.Data;
using CaPortal.Core.Inventory;

namespace CaPortal.Core.Changes;

/// <summary>What comes of a plan for an earlier list.</summary>
internal static class StaleChanges
{
    /// <summary>What somebody else changed since a revision.</summary>
    /// <exception cref="DatabaseException" />
    public static async Task<ChangeOutcome.Stale> StaleAsync(this CertificateList queries, long revision, CancellationToken cancellationToken)
    {
        var changes = await queries.HistoryAsync(revision, null, cancellationToken);
        return new ChangeOutcome.Stale(changes.Count == 0 ? revision : changes[^1].Revision, changes);
    }
}
