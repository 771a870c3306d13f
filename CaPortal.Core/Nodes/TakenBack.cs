using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Core.Nodes;

/// <summary>
/// What was taken out of a trust store of this machine again, because a program could not open it any more. It is kept in the
/// database, since the next start would else add it again.
/// </summary>
internal static class TakenBack
{
    public static async Task<int> AddAsync(PortalDb db, string trustStore, IReadOnlyCollection<CaCertificateKey> keys)
    {
        var missing = await db.OwnMissing.Where(m => m.TrustStore == trustStore).ToListAsync();
        var known = missing.ToDictionary(m => new CaCertificateKey(m.Store, m.Sha256));
        foreach (var key in keys)
        {
            if (known.TryGetValue(key, out var row))
                row.Reason = MissingReason.TakenBack;
            else
                db.Add(
                    new NodeMissing
                    {
                        NodeId = db.NodeId,
                        TrustStore = trustStore,
                        Store = key.Store,
                        Sha256 = key.Sha256,
                        Reason = MissingReason.TakenBack,
                    });
        }

        return keys.Count;
    }

    public static async Task<int> RemoveAsync(PortalDb db, string trustStore, IReadOnlyCollection<CaCertificateKey> keys)
    {
        var rows = await Rows(db).Where(m => m.TrustStore == trustStore).ToListAsync();
        db.RemoveRange(rows.Where(m => keys.Contains(new CaCertificateKey(m.Store, m.Sha256))));
        return keys.Count;
    }

    public static Task<int> RemoveAllAsync(PortalDb db) => Rows(db).ExecuteDeleteAsync();

    private static IQueryable<NodeMissing> Rows(PortalDb db) =>
        db.OwnMissing.Where(m => m.Reason == MissingReason.TakenBack);
}
