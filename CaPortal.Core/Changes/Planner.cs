using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Checks;
using CaPortal.Core.Data;
using CaPortal.Core.Formats;
using CaPortal.Core.Inspection;
using CaPortal.Core.Inventory;
using CaPortal.Core.Nodes;
using CaPortal.Core.TrustStores;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Core.Changes;

/// <summary>Makes plans. Never changes anything.</summary>
internal sealed class Planner(
    Inspector inspector,
    FoundCertificateQueries foundCertificates,
    RemainingTrust remainingTrust,
    Snapshots snapshots,
    TrustStoreSelection trustStores,
    PortalDatabase database)
{
    /// <summary>What adding the selected items would do. Items that were not selected are passed over.</summary>
    public ChangePlan Add(InspectionResult inspection, IReadOnlyList<AddSelection> selections) => Add(ChangeKind.Add, inspection, selections);

    /// <summary>What taking the selected items of an inspection of found certificates under management would do.</summary>
    public ChangePlan Adopt(InspectionResult inspection, IReadOnlyList<AddSelection> selections) => Add(ChangeKind.Adopt, inspection, selections);

    /// <summary>What taking found certificates under management where they are would do; those that are not there are passed over.</summary>
    public async Task<ChangePlan> AdoptAsync(
        IReadOnlyCollection<CaCertificateKey> keys, IReadOnlySet<FindingCode> accepted, CancellationToken cancellationToken)
    {
        var inspection = await InspectFoundAsync(keys, cancellationToken);
        return Adopt(inspection, [.. inspection.Items.Select(i => new AddSelection(i, i.Found!.Key.Store, accepted))]);
    }

    /// <summary>Found certificates with everything that there is to say about them; those that are not there are passed over.</summary>
    public async Task<InspectionResult> InspectFoundAsync(IReadOnlyCollection<CaCertificateKey> keys, CancellationToken cancellationToken)
    {
        var (revision, found) = await foundCertificates.FindAsync(keys, cancellationToken);

        // The older of the two, so that a change in between makes the plan stale and not wrong.
        return await inspector.InspectFoundAsync(found, cancellationToken) with { Revision = revision };
    }

    /// <summary>What taking found certificates out of the trust stores would do; those that are not there are passed over.</summary>
    public async Task<ChangePlan> RemoveFoundAsync(IReadOnlyCollection<CaCertificateKey> keys, CancellationToken cancellationToken)
    {
        var (revision, found) = await foundCertificates.FindAsync(keys, cancellationToken);
        PlannedRemoval[] removals = [.. found.Where(f => f.Fixed is null).Select(f => new PlannedRemoval(f.Key, f.Facts.Name) { Found = f })];
        return await WithFilesAsync(Plan(ChangeKind.RemoveFound, revision, [], removals), cancellationToken) with
        {
            RefusedRemovals = [.. found.Where(f => f.Fixed is not null).Select(f => new RefusedRemoval(f.Key, f.Facts.Name, f.Fixed!))],
            StillTrusted = await remainingTrust.FindAsync([.. removals.Select(r => (r.Key, r.Name))], cancellationToken),
        };
    }

    private ChangePlan Add(ChangeKind kind, InspectionResult inspection, IReadOnlyList<AddSelection> selections)
    {
        var chosen = selections.ToDictionary<AddSelection, InspectedItem>(s => s.Item, ReferenceEqualityComparer.Instance);
        var canAccept = CanAccept();
        var items = new List<PlannedItem>();
        var additions = new List<PlannedAddition>();
        foreach (var item in inspection.Items)
        {
            if (item.Facts is not { } facts || !chosen.TryGetValue(item, out var selection))
            {
                items.Add(new PlannedItem(item, null, ItemResult.Skipped));
                continue;
            }

            var store = selection.Store;
            var result = item.IsDuplicateIn(store) ? ItemResult.Duplicate
                : item.ErrorsFor(store).All(e => selection.Accepted.Contains(e.Code) && canAccept(e, store)) ? ItemResult.Added
                : ItemResult.Refused;
            items.Add(new PlannedItem(item, store, result));
            if (result != ItemResult.Added)
                continue;
            additions.Add(new PlannedAddition
            {
                Key = new CaCertificateKey(store, facts.Sha256),
                Facts = facts,
                Der = item.Item.Der,
                Findings = [.. item.FindingsFor(store)],
                Accepted = item.ErrorsFor(store).Select(f => f.Code).ToHashSet(),
                FileSha256 = item.FileSha256,
                Found = item.Found,
            });
        }

        return Plan(kind, inspection.Revision, additions, []) with { Items = items };
    }

    /// <summary>The plan with Errors of what it puts into stores overridden. Those that cannot be stay as they are.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="acceptedOf">The Errors that are overridden for a certificate.</param>
    public ChangePlan Accept(ChangePlan plan, Func<CaCertificateKey, IReadOnlySet<FindingCode>> acceptedOf)
    {
        var canAccept = CanAccept();
        return plan with
        {
            Additions =
            [
                .. plan.Additions.Select(a => a with
                {
                    Accepted = a.Findings.Where(f => acceptedOf(a.Key).Contains(f.Code) && canAccept(f, a.Key.Store)).Select(f => f.Code).ToHashSet(),
                }),
            ],
        };
    }

    /// <summary>Which Errors may be overridden: one that would stop other programs only where a trust store takes the certificate after all.</summary>
    private Func<Finding, CaStore, bool> CanAccept()
    {
        var usable = trustStores.Enabled.Where(t => !t.IsShared && t.GetState().IsEnabled).ToList();
        return (error, store) => error.CanOverride && (!Finding.KeptOutOfSharedFiles.Contains(error.Code) || usable.Exists(t => t.Holds(store)));
    }

    /// <summary>What moving the certificates to the recycle bin would do; those that are not there are passed over.</summary>
    public async Task<ChangePlan> DeleteAsync(IReadOnlyCollection<CaCertificateKey> keys, CancellationToken cancellationToken)
    {
        var (revision, rows) = await LoadAsync(keys, deleted: false, cancellationToken);
        PlannedRemoval[] removals = [.. rows.Select(RemovalOf)];
        return await WithFilesAsync(Plan(ChangeKind.Delete, revision, [], removals), cancellationToken) with { StillTrusted = await remainingTrust.FindAsync([.. removals.Select(r => (r.Key, r.Name))], cancellationToken) };
    }

    /// <summary>What bringing the certificates back from the recycle bin would do; those that are not there are passed over.</summary>
    public async Task<ChangePlan> RestoreAsync(IReadOnlyCollection<CaCertificateKey> keys, CancellationToken cancellationToken)
    {
        var (revision, rows) = await LoadAsync(keys, deleted: true, cancellationToken);
        return Plan(ChangeKind.Restore, revision, await AdditionsOfAsync(rows, cancellationToken), []);
    }

    /// <summary>What moving each certificate to its other store would do; those that are not there are passed over.</summary>
    public async Task<ChangePlan> MoveAsync(IReadOnlyCollection<CaCertificateKey> keys, CancellationToken cancellationToken)
    {
        var (revision, found) = await LoadAsync(keys, deleted: false, cancellationToken);

        // Of a certificate that is in both stores, both entries would only change places.
        var rows = found.GroupBy(r => r.Sha256).Where(g => g.Count() == 1).Select(g => g.Single()).ToList();
        var judged = await inspector.JudgeAsync([.. rows.Select(r => (r.Blob.Facts, r.Blob.Der))], cancellationToken);
        var additions = rows.Zip(judged)
            .Where(m => m.Second.All(f => f.Code != FindingCode.Duplicate || !f.AppliesTo(m.First.Store.Other)))
            .Select(m => AdditionOf(m.First, new CaCertificateKey(m.First.Store.Other, m.First.Sha256), m.Second));
        return await WithFilesAsync(Plan(ChangeKind.Move, revision, [.. additions], [.. rows.Select(RemovalOf)]), cancellationToken);
    }

    /// <summary>
    /// What going back to a snapshot would do: the list becomes what it was, and certificates that others had put into a
    /// trust store and that are in none any more are added to it. Null where there is no such snapshot.
    /// </summary>
    public async Task<ChangePlan?> RestoreSnapshotAsync(long id, CancellationToken cancellationToken)
    {
        if (await snapshots.LoadAsync(id, cancellationToken) is not var (snapshot, others))
            return null;

        var (revision, desired, then) = await HistoryAsync(snapshot.Revision, cancellationToken);

        // What was in a trust store already stays there, though it came under management only later.
        var held = snapshot.Stores.SelectMany(s => PackedKeys.Unpack(s.Content));
        var (_, surplus) = await LoadAsync([.. desired.Except(then).Except(held)], deleted: false, cancellationToken);
        var (_, deleted) = await LoadAsync([.. then.Except(desired)], deleted: true, cancellationToken);
        var additions = await AdditionsOfAsync(deleted, cancellationToken);
        additions.AddRange(await AdditionsOfAsync(others.Where(o => !desired.Contains(o.Key) && additions.All(a => a.Key != o.Key)), cancellationToken));
        return await WithFilesAsync(Plan(ChangeKind.RestoreSnapshot, revision, additions, [.. surplus.Select(RemovalOf)]), cancellationToken);
    }

    /// <summary>
    /// What taking back the change that made a revision would do: what it added is deleted where it is still there, and
    /// what it removed comes back where the recycle bin still has it. Null where no change made that revision.
    /// </summary>
    public async Task<ChangePlan?> UndoAsync(long revision, CancellationToken cancellationToken)
    {
        var (entry, changes) = await database.RunAsync(
            async db =>
            {
                var kinds = Enum.GetNames<ChangeKind>();
                return (
                    await db.Activity.Where(a => a.RevisionAfter == revision && kinds.Contains(a.Action)).Select(a => (long?)a.Sequence).FirstOrDefaultAsync(cancellationToken),
                    await db.OwnRevisionChanges.AsNoTracking().Where(c => c.Revision == revision).OrderBy(c => c.Id).ToListAsync(cancellationToken));
            },
            cancellationToken);
        if (changes.Count == 0)
            return null;

        var keys = changes.Select(c => new CaCertificateKey(c.Store, c.Sha256)).ToList();
        var (now, present) = await LoadAsync(keys, deleted: false, cancellationToken);
        var (_, deleted) = await LoadAsync(keys, deleted: true, cancellationToken);
        var (there, inBin) = (present.ToDictionary(r => r.Key), deleted.ToDictionary(r => r.Key));
        var (returning, removals, passedOver) = (new List<ManagedCertificate>(), new List<PlannedRemoval>(), new List<PassedOver>());
        foreach (var (change, key) in changes.Zip(keys))
        {
            if (change.IsAddition && there.TryGetValue(key, out var added))
                removals.Add(RemovalOf(added));
            else if (!change.IsAddition && inBin.TryGetValue(key, out var removed))
                returning.Add(removed);
            else
                passedOver.Add(new PassedOver(key, change.Name, WhyNot(change.IsAddition, there.ContainsKey(key))));
        }

        return await WithFilesAsync(Plan(ChangeKind.Undo, now, await AdditionsOfAsync(returning, cancellationToken), removals), cancellationToken) with
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
    private Task<(long Revision, HashSet<CaCertificateKey> Now, HashSet<CaCertificateKey> Then)> HistoryAsync(long then, CancellationToken cancellationToken) => database.RunAsync(
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

    /// <summary>A plan that puts these into stores and takes those out of them.</summary>
    public ChangePlan Plan(ChangeKind kind, long revision, IReadOnlyList<PlannedAddition> additions, IReadOnlyList<PlannedRemoval> removals) => new()
    {
        Kind = kind,
        Revision = revision,
        Additions = additions,
        Removals = removals,
        Effects = [.. trustStores.Enabled.Select(t => EffectOn(t, additions, removals))],
    };

    /// <summary>The plan with the files of others that it takes away, because a certificate that it takes out is in them.</summary>
    private async Task<ChangePlan> WithFilesAsync(ChangePlan plan, CancellationToken cancellationToken) =>
        plan with { Effects = await Task.WhenAll(plan.Effects.Zip(trustStores.Enabled, (e, t) => WithFilesAsync(e, t, plan.Removals, cancellationToken))) };

    private static async Task<TrustStoreEffect> WithFilesAsync(
        TrustStoreEffect effect, ITrustStore store, IReadOnlyList<PlannedRemoval> removals, CancellationToken cancellationToken)
    {
        if (effect is { Removes: 0 } or { Unusable: not null })
            return effect;
        try
        {
            var found = await store.ReadAsync(cancellationToken);
            return effect with { RemovesFiles = [.. removals.SelectMany(r => found.FilesOfOthers[r.Key])] };
        }
        catch (TrustStoreException)
        {
            return effect; // The change itself says that it cannot be read.
        }
    }

    private static TrustStoreEffect EffectOn(ITrustStore store, IReadOnlyList<PlannedAddition> additions, IReadOnlyList<PlannedRemoval> removals)
    {
        var state = store.GetState();
        var held = additions.Where(a => store.Holds(a.Key.Store)).ToList();
        var (leftOut, taken) = (held.Count(LeavesOut), held.Count(a => !LeavesOut(a)));
        var present = held.Count(a => !LeavesOut(a) && a.Found is { } found && found.Key == a.Key && found.IsIn(store));
        var removed = removals.Count(r => r.Found is { } found ? found.IsIn(store) : store.Holds(r.Key.Store));
        return new TrustStoreEffect(store.Name, store.Title, taken - present, removed, leftOut, state.IsEnabled ? null : state.Reason);

        bool LeavesOut(PlannedAddition addition) => DesiredContent.LeavesOut(store.IsShared, addition.BreaksReaders);
    }

    private Task<(long Revision, IReadOnlyList<ManagedCertificate> Rows)> LoadAsync(
        IReadOnlyCollection<CaCertificateKey> keys, bool deleted, CancellationToken cancellationToken) => database.RunAsync(
        async db =>
        {
            // First, so that a change in between makes the plan stale and not wrong.
            var revision = await CertificateList.RevisionAsync(db, cancellationToken);
            var wanted = keys.ToHashSet();
            var hashes = keys.Select(k => k.Sha256).Distinct().ToList();
            var rows = await db.OwnCertificates.AsNoTracking().Include(c => c.Blob)
                .Where(c => (c.RemovedRevision != null) == deleted && hashes.Contains(c.Sha256))
                .ToListAsync(cancellationToken);
            return (revision, (IReadOnlyList<ManagedCertificate>)[.. rows.Where(r => wanted.Contains(r.Key))]);
        },
        cancellationToken);

    /// <summary>Those that come back to the store that they were in, as they are to be judged now.</summary>
    private async Task<List<PlannedAddition>> AdditionsOfAsync(IReadOnlyCollection<ManagedCertificate> rows, CancellationToken cancellationToken)
    {
        var judged = await inspector.JudgeAsync([.. rows.Select(r => (r.Blob.Facts, r.Blob.Der))], cancellationToken);
        return [.. rows.Zip(judged, (row, findings) => AdditionOf(row, row.Key, findings))];
    }

    private static PlannedRemoval RemovalOf(ManagedCertificate row) => new(row.Key, row.Blob.Facts.Name);

    private static PlannedAddition AdditionOf(ManagedCertificate row, CaCertificateKey key, IReadOnlyList<Finding> judged) => new()
    {
        Key = key,
        Facts = row.Blob.Facts,
        Der = row.Blob.Der,
        Findings = Inspector.FindingsNow(row.Findings, judged, key.Store),
        Accepted = new HashSet<FindingCode>(),
        Description = row.Description,
    };
}
