using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.Inspection;
using CaPortal.Core.Inventory;
using CaPortal.Core.TrustStores;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Core.Changes;

/// <summary>What plans are made of: the certificates that they change, and what becomes of the trust stores.</summary>
internal sealed class PlanBuilder(Inspector inspector, TrustStoreSelection trustStores, PortalDatabase database)
{
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
    public async Task<ChangePlan> WithFilesAsync(ChangePlan plan, CancellationToken cancellationToken) =>
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

    /// <summary>Those of the certificates that are in the list, or in the recycle bin, and the revision.</summary>
    public Task<(long Revision, IReadOnlyList<ManagedCertificate> Rows)> LoadAsync(
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

    /// <summary>Those that come back to the store that they were in, judged again as of now.</summary>
    public async Task<List<PlannedAddition>> AdditionsOfAsync(IReadOnlyCollection<ManagedCertificate> rows, CancellationToken cancellationToken)
    {
        var judged = await inspector.JudgeAsync([.. rows.Select(r => (r.Blob.Facts, r.Blob.Der))], cancellationToken);
        return [.. rows.Zip(judged, (row, findings) => AdditionOf(row, row.Key, findings))];
    }

    public static PlannedRemoval RemovalOf(ManagedCertificate row) => new(row.Key, row.Blob.Facts.Name) { Facts = row.Blob.Facts };

    public static PlannedAddition AdditionOf(ManagedCertificate row, CaCertificateKey key, IReadOnlyList<Finding> judged) => new()
    {
        Key = key,
        Facts = row.Blob.Facts,
        Der = row.Blob.Der,
        Findings = Inspector.FindingsNow(row.Findings, judged, key.Store),
        Accepted = new HashSet<FindingCode>(),
        Description = row.Description,
    };
}
