using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.Formats;
using CaPortal.Core.Inspection;
using CaPortal.Core.Inventory;
using CaPortal.Core.Nodes;
using CaPortal.Core.TrustStores;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Core.Changes;

/// <summary>Makes plans that go back: to a snapshot, or behind a change. Never changes anything.</summary>
internal sealed class HistoryPlanner(PlanBuilder builder, Inspector inspector, Snapshots snapshots, RemainingTrust remainingTrust, PortalDatabase database)
{
    /// <summary>
    /// What going back to a snapshot would do. The list becomes what it was. Certificates that others had put into a trust
    /// store, and that are in none any more, are added to the list. Null if there is no such snapshot.
    /// </summary>
    public async Task<ChangePlan?> RestoreSnapshotAsync(long id, CancellationToken cancellationToken)
    {
        if (await snapshots.LoadAsync(id, cancellationToken) is not var (snapshot, others))
            return null;

        var (revision, desired, then) = await HistoryAsync(snapshot.Revision, cancellationToken);

        // What was in a trust store already stays there, though it came under management only later.
        var held = snapshot.Stores.SelectMany(s => PackedKeys.Unpack(s.Content));
        var (_, surplus) = await builder.LoadAsync([.. desired.Except(then).Except(held)], deleted: false, cancellationToken);
        var (_, deleted) = await builder.LoadAsync([.. then.Except(desired)], deleted: true, cancellationToken);
        var additions = await builder.AdditionsOfAsync(deleted, cancellationToken);
        additions.AddRange(await AdditionsOfAsync(others.Where(o => !desired.Contains(o.Key) && additions.All(a => a.Key != o.Key)), cancellationToken));
        var plan = builder.Plan(ChangeKind.RestoreSnapshot, revision, additions, [.. surplus.Select(PlanBuilder.RemovalOf)]);
        return await builder.WithFilesAsync(plan, cancellationToken);
    }

    /// <summary>
    /// What taking back the change that made a revision would do. What it added is deleted if it is still there. What it
    /// removed comes back if the recycle bin still has it. Null if no change made that revision.
    /// </summary>
    public async Task<ChangePlan?> UndoAsync(long revision, CancellationToken cancellationToken)
    {
        var (entry, changes) = await database.RunAsync(
            async db =>
            {
                var kinds = Enum.GetNames<ChangeKind>();
                return (
                    await db.Activity.Where(a => a.RevisionAfter == revision && kinds.Contains(a.Action))
                        .Select(a => (long?)a.Sequence).FirstOrDefaultAsync(cancellationToken),
                    await db.OwnRevisionChanges.AsNoTracking().Where(c => c.Revision == revision).OrderBy(c => c.Id).ToListAsync(cancellationToken));
            },
            cancellationToken);
        if (changes.Count == 0)
            return null;

        var keys = changes.Select(c => new CaCertificateKey(c.Store, c.Sha256)).ToList();
        var (now, present) = await builder.LoadAsync(keys, deleted: false, cancellationToken);
        var (_, deleted) = await builder.LoadAsync(keys, deleted: true, cancellationToken);
        var (there, inBin) = (present.ToDictionary(r => r.Key), deleted.ToDictionary(r => r.Key));
        var (returning, removals, passedOver) = (new List<ManagedCertificate>(), new List<PlannedRemoval>(), new List<PassedOver>());
        foreach (var (change, key) in changes.Zip(keys))
        {
            if (change.IsAddition && there.TryGetValue(key, out var added))
                removals.Add(PlanBuilder.RemovalOf(added));
            else if (!change.IsAddition && inBin.TryGetValue(key, out var removed))
                returning.Add(removed);
            else
                passedOver.Add(new PassedOver(key, change.Name, WhyNot(change.IsAddition, there.ContainsKey(key))));
        }

        var plan = builder.Plan(ChangeKind.Undo, now, await builder.AdditionsOfAsync(returning, cancellationToken), removals);
        return await builder.WithFilesAsync(plan, cancellationToken) with
        {
            Undoes = entry,
            PassedOver = passedOver,
            StillTrusted = await remainingTrust.FindAsync([.. removals.Select(r => (r.Key, r.Name))], cancellationToken),
        };

        static string WhyNot(bool wasAdded, bool isThere) =>
            wasAdded ? "It is not in the list any more." : isThere ? "It is in the list again." : "It is not in the recycle bin any more.";
    }

    private async Task<IReadOnlyList<PlannedAddition>> AdditionsOfAsync(
        IEnumerable<(CaCertificateKey Key, byte[] Der)> certificates, CancellationToken cancellationToken)
    {
        var read = certificates.Select(c => (c.Key, c.Der, CertificateFactsReader.Read(c.Der).Facts)).Where(c => c.Facts is not null).ToList();
        var judged = await inspector.JudgeAsync([.. read.Select(c => (c.Facts!, c.Der))], cancellationToken);
        return
        [
            .. read.Zip(judged, (c, findings) => new PlannedAddition
            {
                Key = c.Key,
                Facts = c.Facts!,
                Der = c.Der,
                Findings = Inspector.FindingsNow([], findings, c.Key.Store),
                Accepted = new HashSet<FindingCode>(),
            }),
        ];
    }

    /// <summary>The list now, and as it was at an earlier revision.</summary>
    private Task<(long Revision, HashSet<CaCertificateKey> Now, HashSet<CaCertificateKey> Then)> HistoryAsync(
        long then, CancellationToken cancellationToken) => database.RunAsync(
        async db =>
        {
            var revision = await CertificateList.RevisionAsync(db, cancellationToken);
            var now = (await db.OwnCertificates.Where(c => c.RemovedRevision == null)
                .Select(c => new { c.Store, c.Sha256 }).ToListAsync(cancellationToken)).Select(c => new CaCertificateKey(c.Store, c.Sha256)).ToHashSet();
            var undone = now.ToHashSet();
            foreach (var change in await db.OwnRevisionChanges.AsNoTracking()
                .Where(c => c.Revision > then).OrderByDescending(c => c.Id).ToListAsync(cancellationToken))
            {
                var key = new CaCertificateKey(change.Store, change.Sha256);
                if (change.IsAddition)
                    undone.Remove(key);
                else
                    undone.Add(key);
            }

            return (revision, now, undone);
        },
        cancellationToken);
}
