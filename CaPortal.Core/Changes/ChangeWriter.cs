using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.Inspection;
using CaPortal.Core.Inventory;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Core.Changes;

/// <summary>The one write path of the desired state: a single transaction with its activity entry.</summary>
internal sealed class ChangeWriter(
    DatabaseWriter writer, Snapshots snapshots, ListProof proof, SteadyClock clock, TimeProvider time)
{
    /// <summary>Records the change at the revision that the plan was made for.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="actor">Who makes it.</param>
    /// <param name="reason">Why.</param>
    /// <param name="approval">The approval of a proposed change, which is recorded with it or not at all; null if it needs none.</param>
    /// <param name="cancellationToken">Cancels what has not been recorded yet.</param>
    /// <returns>The new revision; null if the plan is stale or the approval comes too late, and then nothing was written.</returns>
    /// <exception cref="DatabaseException">The database cannot be used now, or its list is not proved; nothing was written.</exception>
    public async Task<long?> WriteAsync(ChangePlan plan, Actor actor, string? reason, Approval? approval, CancellationToken cancellationToken)
    {
        var before = await snapshots.ReadAsync(cancellationToken);
        await writer.CatchUpAsync(cancellationToken);
        return await writer.WriteAsync<long?>(
            async db =>
            {
                var instance = await db.OwnInstance.SingleAsync(cancellationToken);
                var now = time.GetUtcNow().UtcDateTime;
                if (instance.Revision != plan.Revision || (approval is not null && !await approval.SettleAsync(db, plan.Revision + 1, now, cancellationToken)))
                    return new(null);

                await proof.RequireAsync(db, cancellationToken);

                // A proposed change belongs to the person who proposed it; the activity log names both persons.
                var by = approval?.ProposedBy ?? actor.Name;
                await snapshots.KeepAsync(db, before, plan, by, cancellationToken);
                instance.Revision++;
                var change = new ChangeContext(db, instance.Revision, by, reason, now, await clock.NowAsync(db, cancellationToken));
                await AddAsync(change, plan.Additions, cancellationToken);
                await RemoveAsync(change, plan.Removals, cancellationToken);
                var hashes = await ListProof.HashesAsync(
                    db,
                    plan.Additions.Select(a => a.Key).ToList(),
                    plan.Removals.Select(r => r.Key).ToList(),
                    cancellationToken);
                instance.DesiredHash = hashes.Set;
                db.Add(RevisionOf(plan, instance, change));
                return new(instance.Revision, DraftOf(plan, instance.Revision, actor, reason, approval, hashes));
            },
            cancellationToken);
    }

    private static async Task<IReadOnlyList<ManagedCertificate>> AddAsync(
        ChangeContext change, IReadOnlyList<PlannedAddition> additions, CancellationToken cancellationToken)
    {
        var rows = new List<ManagedCertificate>(additions.Count);
        var hashes = additions.Select(a => a.Key.Sha256).Distinct().ToList();
        var known = (await change.Db.Blobs.Where(b => hashes.Contains(b.Sha256)).Select(b => b.Sha256).ToListAsync(cancellationToken)).ToHashSet();
        var deleted = await change.Db.OwnCertificates
            .Where(c => hashes.Contains(c.Sha256))
            .ToDictionaryAsync(c => new CaCertificateKey(c.Store, c.Sha256), cancellationToken);

        foreach (var addition in additions)
        {
            if (known.Add(addition.Key.Sha256))
                change.Db.Add(BlobOf(addition));
            if (!deleted.TryGetValue(addition.Key, out var row))
            {
                row = new ManagedCertificate
                {
                    InstanceId = change.Db.InstanceId,
                    Store = addition.Key.Store,
                    Sha256 = addition.Key.Sha256,
                    AddedBy = "",
                    Findings = [],
                    SearchText = "",
                };
                change.Db.Add(row);
            }

            row.AddedRevision = change.Revision;
            row.AddedBy = change.By;
            row.AddedAt = change.At;
            row.Description = addition.Description ?? change.Reason;
            row.Findings = addition.Findings.Where(f => !f.IsPassing).ToList();
            row.BreaksReaders = addition.BreaksReaders;
            row.SearchText = CertificateSearch.TextOf(addition.Facts, row.AddedBy, row.Description);
            (row.RemovedRevision, row.RemovedBy, row.RemovedAt, row.RemovedSteadyAt, row.RemovalReason) = (null, null, null, null, null);
            rows.Add(row);
        }

        return rows;
    }

    private static CaBlob BlobOf(PlannedAddition addition) => new()
    {
        Sha256 = addition.Key.Sha256,
        Der = addition.Der.ToArray(),
        Facts = addition.Facts,
        NameOrder = addition.Facts.Name.ToUpperInvariant(),
        IssuerOrder = addition.Facts.IssuerName.ToUpperInvariant(),
    };

    private static async Task RemoveAsync(ChangeContext change, IReadOnlyList<PlannedRemoval> removals, CancellationToken cancellationToken)
    {
        var hashes = removals.Select(r => r.Key.Sha256).Distinct().ToList();
        var keys = removals.Select(r => r.Key).ToHashSet();
        var rows = await change.Db.OwnCertificates
            .Where(c => c.RemovedRevision == null && hashes.Contains(c.Sha256))
            .ToListAsync(cancellationToken);

        // What was never under management is recorded as if it had been, so that it is withdrawn, proved to be gone, and can be restored.
        var found = await AddAsync(change, [.. removals.Select(r => r.Found).OfType<UnmanagedCertificate>().Select(RecordOf)], cancellationToken);
        foreach (var row in rows.Where(r => keys.Contains(r.Key)).Concat(found))
            (row.RemovedRevision, row.RemovedBy, row.RemovedAt, row.RemovedSteadyAt, row.RemovalReason) = (
                change.Revision,
                change.By,
                change.At,
                change.SteadyAt,
                change.Reason);
    }

    private static PlannedAddition RecordOf(UnmanagedCertificate found) => new()
    {
        Key = found.Key,
        Facts = found.Facts,
        Der = found.Der,
        Findings = found.Findings,
        Accepted = new HashSet<FindingCode>(),
        Description = $"Found in {string.Join(" and ", found.Places.Select(p => p.Title).Distinct())}",
    };

    private static DesiredRevision RevisionOf(ChangePlan plan, ServiceInstance instance, ChangeContext change)
    {
        var revision = new DesiredRevision
        {
            InstanceId = instance.Id,
            Revision = instance.Revision,
            Kind = plan.Kind.ToString(),
            By = change.By,
            At = change.At,
            Reason = change.Reason,
            DesiredHash = instance.DesiredHash,
        };
        foreach (var (key, name, isAddition) in Changes(plan))
            revision.Changes.Add(new DesiredRevisionChange { Store = key.Store, Sha256 = key.Sha256, Name = name, IsAddition = isAddition });
        return revision;
    }

    private static ActivityDraft DraftOf(ChangePlan plan, long revision, Actor actor, string? reason, Approval? approval, ListHashes hashes) => new(
        actor.Name,
        actor.Role.ToString(),
        actor.Source,
        plan.Kind.ToString(),
        reason,
        plan.Revision,
        revision,
        ChangeDetails.Of(plan) with { Approval = approval?.Details, Set = hashes.Set, Withdrawn = hashes.Withdrawn });

    private static IEnumerable<(CaCertificateKey Key, string Name, bool IsAddition)> Changes(ChangePlan plan) =>
        plan.Removals.Select(r => (r.Key, r.Name, false)).Concat(plan.Additions.Select(a => (a.Key, a.Facts.Name, true)));

    private sealed record ChangeContext(PortalDb Db, long Revision, string By, string? Reason, DateTime At, DateTime SteadyAt);
}
