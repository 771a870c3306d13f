using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Data;
using CaPortal.Core.TrustStores;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace CaPortal.Core.Inventory;

/// <summary>Deleted certificates, until their time is over.</summary>
internal sealed class RecycleBin(PortalDatabase database, DatabaseWriter writer, ListProof proof, IOptions<CoreOptions> options, SteadyClock clock)
{
    /// <summary>
    /// Removes what was deleted longer ago than the settings keep it, by a clock that does not jump, once it is known to be gone from the
    /// trust stores.
    /// </summary>
    /// <exception cref="DatabaseException" />
    /// <returns>Whether anything was removed.</returns>
    public async Task<bool> EmptyAsync(CancellationToken cancellationToken)
    {
        // Nearly always there is nothing to write, and nobody is kept from writing meanwhile.
        if (!await database.RunAsync(async db => await (await OverAsync(db, cancellationToken)).AnyAsync(cancellationToken), cancellationToken))
            return false;
        return await writer.WriteAsync<bool>(
            async db =>
            {
                if (await proof.JudgeAsync(db, cancellationToken) is not { Problem: null, IsUnrecorded: false })
                    return new(false);
                var free = await FreeRevisionAsync(db, cancellationToken);
                var rows = await (await OverAsync(db, cancellationToken)).Where(c => c.RemovedRevision <= free).ToListAsync(cancellationToken);
                if (rows.Count == 0)
                    return new(false);
                var hashes = rows.Select(r => r.Sha256).ToList();
                db.RemoveRange(rows);
                await db.SaveChangesAsync(cancellationToken);
                await KeepForSnapshotsAsync(db, hashes, cancellationToken);
                await db.Blobs.Where(b => hashes.Contains(b.Sha256) && !db.Certificates.Any(c => c.Sha256 == b.Sha256)).ExecuteDeleteAsync(cancellationToken);
                var (set, withdrawn) = await ListProof.HashesAsync(db, cancellationToken);
                return new(true, new ActivityDraft(
                    Actor.Portal.Name,
                    Actor.Portal.Role.ToString(),
                    Actor.Portal.Source,
                    ActivityActions.EmptyRecycleBin,
                    null,
                    null,
                    await CertificateList.RevisionAsync(db, cancellationToken),
                    new { Certificates = rows.Select(r => new { r.Store, r.Sha256 }), Set = set, Withdrawn = withdrawn }));
            },
            cancellationToken);
    }

    /// <summary>What was deleted longer ago than it is kept.</summary>
    private async Task<IQueryable<ManagedCertificate>> OverAsync(PortalDb db, CancellationToken cancellationToken)
    {
        var until = (await clock.SeenAsync(db, cancellationToken)).AddDays(-options.Value.RecycleBinDays);
        return db.OwnCertificates.Where(c => c.RemovedSteadyAt < until);
    }

    /// <summary>Keeps the bytes of what is about to be forgotten, so that snapshots that have it can still be restored.</summary>
    private static async Task KeepForSnapshotsAsync(PortalDb db, IReadOnlyCollection<string> hashes, CancellationToken cancellationToken)
    {
        var newest = await db.Snapshots.OrderByDescending(s => s.Id).Select(s => s.Id).FirstOrDefaultAsync(cancellationToken);
        if (newest == 0)
            return;
        var kept = await db.SnapshotCertificates.Where(c => hashes.Contains(c.Sha256)).Select(c => c.Sha256).ToListAsync(cancellationToken);
        var blobs = await db
            .Blobs.Where(b => hashes.Contains(b.Sha256) && !kept.Contains(b.Sha256))
            .Select(b => new { b.Sha256, b.Der })
            .ToListAsync(cancellationToken);
        db.AddRange(
            blobs.Select(b => new SnapshotCertificate
            {
                Sha256 = b.Sha256,
                Der = b.Der,
                LastSnapshotId = newest,
            }));
        await db.SaveChangesAsync(cancellationToken);
    }

    /// <summary>
    /// The newest revision whose deleted certificates are in no trust store of any machine any more. A certificate that is forgotten too
    /// early would be trusted for ever, because nobody would know that CaPortal must remove it.
    /// </summary>
    private static async Task<long> FreeRevisionAsync(PortalDb db, CancellationToken cancellationToken)
    {
        var statuses = await db.NodeStatuses.AsNoTracking()
            .Where(s => db.Nodes.Any(n => n.Id == s.NodeId && n.InstanceId == db.InstanceId)).ToListAsync(cancellationToken);
        return statuses.Select(FreeRevision).DefaultIfEmpty(0).Min();

        static long FreeRevision(NodeStatus status) => status switch
        {
            { ExpectedHash: null, Result: TrustStoreResult.Absent or TrustStoreResult.Unusable } => long.MaxValue, // It never held anything of ours.
            { Result: TrustStoreResult.Absent or TrustStoreResult.Unusable } => status.VerifiedRevision,
            _ => status.ObservedHash is { } hash && hash == status.ExpectedHash ? status.VerifiedRevision : 0,
        };
    }
}
