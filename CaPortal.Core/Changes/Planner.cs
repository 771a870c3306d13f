using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Inspection;
using CaPortal.Core.Nodes;
using CaPortal.Core.TrustStores;

namespace CaPortal.Core.Changes;

/// <summary>Makes plans of additions, deletions and moves. Never changes anything.</summary>
internal sealed class Planner(
    Inspector inspector,
    FoundCertificateQueries foundCertificates,
    RemainingTrust remainingTrust,
    TrustStoreSelection trustStores,
    PlanBuilder builder)
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

    /// <summary>Found certificates with all findings about them. Those that are not there are passed over.</summary>
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
        PlannedRemoval[] removals = [.. found.Where(f => f.Fixed is null).Select(f => new PlannedRemoval(f.Key, f.Facts.Name) { Facts = f.Facts, Found = f })];
        return await builder.WithFilesAsync(builder.Plan(ChangeKind.RemoveFound, revision, [], removals), cancellationToken) with
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

        return builder.Plan(kind, inspection.Revision, additions, []) with { Items = items };
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
        var (revision, rows) = await builder.LoadAsync(keys, deleted: false, cancellationToken);
        PlannedRemoval[] removals = [.. rows.Select(PlanBuilder.RemovalOf)];
        return await builder.WithFilesAsync(builder.Plan(ChangeKind.Delete, revision, [], removals), cancellationToken) with
        {
            StillTrusted = await remainingTrust.FindAsync([.. removals.Select(r => (r.Key, r.Name))], cancellationToken),
        };
    }

    /// <summary>What bringing the certificates back from the recycle bin would do; those that are not there are passed over.</summary>
    public async Task<ChangePlan> RestoreAsync(IReadOnlyCollection<CaCertificateKey> keys, CancellationToken cancellationToken)
    {
        var (revision, rows) = await builder.LoadAsync(keys, deleted: true, cancellationToken);
        return builder.Plan(ChangeKind.Restore, revision, await builder.AdditionsOfAsync(rows, cancellationToken), []);
    }

    /// <summary>What moving each certificate to its other store would do; those that are not there are passed over.</summary>
    public async Task<ChangePlan> MoveAsync(IReadOnlyCollection<CaCertificateKey> keys, CancellationToken cancellationToken)
    {
        var (revision, found) = await builder.LoadAsync(keys, deleted: false, cancellationToken);

        // Of a certificate that is in both stores, both entries would only change places.
        var rows = found.GroupBy(r => r.Sha256).Where(g => g.Count() == 1).Select(g => g.Single()).ToList();
        var judged = await inspector.JudgeAsync([.. rows.Select(r => (r.Blob.Facts, r.Blob.Der))], cancellationToken);
        var additions = rows.Zip(judged)
            .Where(m => m.Second.All(f => f.Code != FindingCode.Duplicate || !f.AppliesTo(m.First.Store.Other)))
            .Select(m => PlanBuilder.AdditionOf(m.First, new CaCertificateKey(m.First.Store.Other, m.First.Sha256), m.Second));
        return await builder.WithFilesAsync(
            builder.Plan(ChangeKind.Move, revision, [.. additions], [.. rows.Select(PlanBuilder.RemovalOf)]),
            cancellationToken);
    }
}
