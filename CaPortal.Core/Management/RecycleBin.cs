using CaPortal.Core.Activity;
using CaPortal.Core.Data;
using CaPortal.Core.Management.Auditing;
using CaPortal.Core.TrustStores;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace CaPortal.Core.Management;

/// <summary>Deleted certificates, until their time is over.</summary>
internal sealed class RecycleBin(PortalDatabase database, ActivityLog activity, ListProof proof, IOptions<CoreOptions> options, SteadyClock clock)
{
    /// <summary>
    /// Removes what was deleted longer ago than the settings keep it, by a clock that does not jump, once it is known to be gone from the
    /// trust stores.
    /// </summary>
    /// <exception cref="DatabaseException">The database cannot be used now.</exception>
    public Task<bool> EmptyAsync(CancellationToken cancellationToken) =>
        database.RunAsync(
            async db =>
            {
                var until = (await clock.SeenAsync(db, cancellationToken)).AddDays(-options.Value.RecycleBinDays);
                var over = db.Certificates.Where(c => c.InstanceId == PortalDb.DefaultInstanceId && c.RemovedSteadyAt < until);
                if (!await over.AnyAsync(cancellationToken))
                    return false;

                await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
                if (await proof.JudgeAsync(db, cancellationToken) is not { Problem: null, IsUnrecorded: false })
                    return false;
                var free = await FreeRevisionAsync(db, cancellationToken);
                var rows = await over.Where(c => c.RemovedRevision <= free).ToListAsync(cancellationToken);
                if (rows.Count == 0)
                    return false;
                var hashes = rows.Select(r => r.Sha256).ToList();
                db.RemoveRange(rows);
                await db.SaveChangesAsync(cancellationToken);
                var (set, withdrawn) = await ListProof.HashesAsync(db, cancellationToken);
                var draft = new ActivityDraft(
                    Actor.Portal.Name,
                    Actor.Portal.Role.ToString(),
                    Actor.Portal.Source,
                    ActivityActions.EmptyRecycleBin,
                    null,
                    null,
                    await CertificateQueries.RevisionAsync(db, cancellationToken),
                    new { Certificates = rows.Select(r => new { r.Store, r.Sha256 }), Set = set, Withdrawn = withdrawn });
                var head = await activity.AppendAsync(db, draft, cancellationToken);
                await db.SaveChangesAsync(cancellationToken);
                await Snapshots.TakeOverAsync(db, hashes, cancellationToken);
                await db.Blobs.Where(b => hashes.Contains(b.Sha256) && !db.Certificates.Any(c => c.Sha256 == b.Sha256)).ExecuteDeleteAsync(cancellationToken);
                await transaction.CommitAsync(CancellationToken.None);
                activity.Anchor(head);
                return true;
            },
            cancellationToken);

    /// <summary>
    /// The newest revision whose deleted certificates are in no trust store any more. What is forgotten too early would
    /// be trusted for ever, because nobody would know that it is CaPortal's to remove.
    /// </summary>
    private static async Task<long> FreeRevisionAsync(PortalDb db, CancellationToken cancellationToken)
    {
        var statuses = await db.NodeStatuses.AsNoTracking().Where(s => s.NodeId == PortalDb.DefaultNodeId).ToListAsync(cancellationToken);
        return statuses.Select(FreeRevision).DefaultIfEmpty(0).Min();

        static long FreeRevision(NodeStatus status) => status switch
        {
            { ExpectedHash: null, Result: TrustStoreResult.Absent or TrustStoreResult.Unusable } => long.MaxValue, // It never held anything of ours.
            { Result: TrustStoreResult.Absent or TrustStoreResult.Unusable } => status.VerifiedRevision,
            _ => status.ObservedHash is { } hash && hash == status.ExpectedHash ? status.VerifiedRevision : 0,
        };
    }
}
