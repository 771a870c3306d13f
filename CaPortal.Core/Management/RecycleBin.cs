using CaPortal.Core.Activity;
using CaPortal.Core.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace CaPortal.Core.Management;

/// <summary>Deleted certificates, until their time is over.</summary>
internal sealed class RecycleBin(PortalDatabase database, ActivityLog activity, IOptions<CoreOptions> options, TimeProvider time)
{
    /// <summary>
    /// Removes what was deleted longer ago than the settings keep it, once it is known to be gone from the trust stores.
    /// </summary>
    /// <exception cref="DatabaseException">The database cannot be used now.</exception>
    public async Task EmptyAsync(CancellationToken cancellationToken)
    {
        var head = await database.RunAsync(
            async db =>
            {
                var until = time.GetUtcNow().UtcDateTime.AddDays(-options.Value.RecycleBinDays);
                var applied = db.Nodes.Where(n => n.InstanceId == PortalDb.DefaultInstanceId).Min(n => n.AppliedRevision);
                var over = db.Certificates.Where(c => c.RemovedAt < until && c.RemovedRevision <= applied);
                if (!await over.AnyAsync(cancellationToken))
                    return null;

                await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
                var rows = await over.ToListAsync(cancellationToken);
                var hashes = rows.Select(r => r.Sha256).ToList();
                db.RemoveRange(rows);
                var draft = new ActivityDraft(
                    Actor.Portal.Name, Actor.Portal.Role.ToString(), Actor.Portal.Source, "EmptyRecycleBin", null, null, null, rows.Select(r => new { r.Store, r.Sha256 }));
                var entry = await activity.AppendAsync(db, draft, cancellationToken);
                await db.SaveChangesAsync(cancellationToken);
                await db.Blobs.Where(b => hashes.Contains(b.Sha256) && !db.Certificates.Any(c => c.Sha256 == b.Sha256)).ExecuteDeleteAsync(cancellationToken);
                await transaction.CommitAsync(CancellationToken.None);
                return entry;
            },
            cancellationToken);
        if (head is not null)
            activity.Anchor(head);
    }
}
