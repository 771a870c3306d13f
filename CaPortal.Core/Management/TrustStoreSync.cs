using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.TrustStores;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Core.Management;

/// <summary>Brings the trust stores of this machine to the desired state in the database, and records what was read back.</summary>
internal sealed class TrustStoreSync(PortalDatabase database, Reconciler reconciler, ActivityLog activity, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _oneAtATime = new(1, 1);

    /// <summary>
    /// Reconciles with the newest revision. Runs to its end once it has begun: a trust store is never left half-written
    /// because somebody closed a page.
    /// </summary>
    /// <param name="actor">On whose behalf the outcome is recorded.</param>
    /// <param name="progress">Told of each trust store as it begins and ends.</param>
    /// <param name="cancellationToken">Ends the wait for an earlier run.</param>
    /// <exception cref="DatabaseException">The database cannot be used now.</exception>
    public async Task<IReadOnlyList<TrustStoreOutcome>> RunAsync(Actor actor, IProgress<ReconcileStep>? progress, CancellationToken cancellationToken)
    {
        await _oneAtATime.WaitAsync(cancellationToken);
        try
        {
            var desired = await database.RunAsync(LoadDesiredAsync, CancellationToken.None);
            var outcomes = await reconciler.ReconcileAsync(desired, progress, CancellationToken.None);
            await database.RunAsync(db => RecordAsync(db, desired, outcomes, actor), CancellationToken.None);
            return outcomes;
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <inheritdoc />
    public void Dispose() => _oneAtATime.Dispose();

    private async Task<DesiredState> LoadDesiredAsync(PortalDb db)
    {
        var revision = await db.Instances.Where(i => i.Id == PortalDb.DefaultInstanceId).Select(i => i.Revision).SingleAsync();
        var rows = await db.Certificates
            .Where(c => c.InstanceId == PortalDb.DefaultInstanceId)
            .Select(c => new { c.Store, c.Sha256, c.BreaksReaders, IsRemoved = c.RemovedRevision != null })
            .ToListAsync();
        return new DesiredState(
            revision,
            rows.Where(r => !r.IsRemoved).Select(r => new CaCertificateKey(r.Store, r.Sha256)).ToHashSet(),
            rows.Where(r => !r.IsRemoved && r.BreaksReaders).Select(r => new CaCertificateKey(r.Store, r.Sha256)).ToHashSet(),
            rows.Where(r => r.IsRemoved).Select(r => new CaCertificateKey(r.Store, r.Sha256)).ToHashSet(),
            (keys, ct) => database.RunAsync(d => LoadCertificatesAsync(d, keys, ct), ct));
    }

    private static async Task<IReadOnlyList<TrustedCertificate>> LoadCertificatesAsync(
        PortalDb db, IReadOnlyCollection<CaCertificateKey> keys, CancellationToken cancellationToken)
    {
        var hashes = keys.Select(k => k.Sha256).Distinct().ToList();
        var blobs = await db.Blobs
            .Where(b => hashes.Contains(b.Sha256))
            .Select(b => new { b.Sha256, b.Der, b.Facts.Subject, b.Facts.NotBefore, b.Facts.NotAfter })
            .ToDictionaryAsync(b => b.Sha256, cancellationToken);
        return [.. keys.Select(k => (Key: k, Blob: blobs[k.Sha256]))
            .Select(c => new TrustedCertificate(c.Key, c.Blob.Der, c.Blob.Subject, c.Blob.NotBefore, c.Blob.NotAfter))];
    }

    private async Task<bool> RecordAsync(PortalDb db, DesiredState desired, IReadOnlyList<TrustStoreOutcome> outcomes, Actor actor)
    {
        await using var transaction = await db.Database.BeginTransactionAsync();
        var now = time.GetUtcNow().UtcDateTime;
        var node = await db.Nodes.SingleAsync(n => n.Id == PortalDb.DefaultNodeId);
        await RecordMissingAsync(db, node, outcomes);
        await RecordStatusAsync(db, desired, outcomes, now);

        // Every change whose outcome is not told yet, also one that an earlier process left behind when it ended.
        var told = await db.Activity.Where(a => a.Action == OutcomeAction).MaxAsync(a => (long?)a.RevisionAfter) ?? 0;
        var hasNews = desired.Revision > told || outcomes.Any(o => o.Added.Count > 0 || o.Removed.Count > 0 || o.Damaged.Count > 0);
        var entry = hasNews ? await activity.AppendAsync(db, DraftOf(desired.Revision, outcomes, actor), CancellationToken.None) : null;

        node.AppliedRevision = desired.Revision;
        node.SeenAt = now;
        await db.SaveChangesAsync();
        await transaction.CommitAsync();
        if (entry is not null)
            activity.Anchor(entry);
        return true;
    }

    private const string OutcomeAction = "Outcome";

    private static ActivityDraft DraftOf(long revision, IReadOnlyList<TrustStoreOutcome> outcomes, Actor actor) => new(
        actor.Name,
        actor.Role.ToString(),
        actor.Source,
        OutcomeAction,
        null,
        null,
        revision,
        outcomes.Select(o => new { o.Name, o.Result, o.Added, o.Removed, o.Missing, o.LeftOut, o.Damaged, o.Error, Milliseconds = (long)o.Duration.TotalMilliseconds }));

    private static async Task RecordMissingAsync(PortalDb db, Node node, IReadOnlyList<TrustStoreOutcome> outcomes)
    {
        var before = await db.NodeMissing.Where(m => m.NodeId == node.Id).ToListAsync();
        var known = before.ToDictionary(m => (m.TrustStore, new CaCertificateKey(m.Store, m.Sha256)));
        var addedAfter = (await db.Certificates
            .Where(c => c.InstanceId == node.InstanceId && c.RemovedRevision == null && c.AddedRevision > node.AppliedRevision)
            .Select(c => new { c.Store, c.Sha256 })
            .ToListAsync()).Select(c => new CaCertificateKey(c.Store, c.Sha256)).ToHashSet();

        var now = outcomes
            .SelectMany(o => o.Missing.Select(k => (o.Name, Key: k, Reason: ReasonFor(o.Name, k))).Concat(o.LeftOut.Select(k => (o.Name, Key: k, Reason: MissingReason.LeftOut))))
            .ToDictionary(m => (m.Name, m.Key), m => m.Reason);

        db.RemoveRange(before.Where(m => !now.TryGetValue((m.TrustStore, new CaCertificateKey(m.Store, m.Sha256)), out var reason) || reason != m.Reason));
        foreach (var ((trustStore, key), reason) in now.Where(m => !known.TryGetValue(m.Key, out var row) || row.Reason != m.Value))
            db.Add(new NodeMissing { NodeId = node.Id, TrustStore = trustStore, Store = key.Store, Sha256 = key.Sha256, Reason = reason });

        // It was there at an earlier revision and nothing was known to be wrong with it: somebody else removed it.
        MissingReason ReasonFor(string trustStore, CaCertificateKey key) =>
            known.TryGetValue((trustStore, key), out var row) && row.Reason != MissingReason.LeftOut ? row.Reason
            : addedAfter.Contains(key) ? MissingReason.NotInstalled
            : MissingReason.Drifted;
    }

    private static async Task RecordStatusAsync(PortalDb db, DesiredState desired, IReadOnlyList<TrustStoreOutcome> outcomes, DateTime now)
    {
        var rows = await db.NodeStatuses.Where(s => s.NodeId == PortalDb.DefaultNodeId).ToDictionaryAsync(s => s.TrustStore);
        db.RemoveRange(rows.Values.Where(r => outcomes.All(o => o.Name != r.TrustStore)));
        foreach (var outcome in outcomes)
        {
            if (!rows.TryGetValue(outcome.Name, out var row))
            {
                row = new NodeStatus { NodeId = PortalDb.DefaultNodeId, TrustStore = outcome.Name };
                db.Add(row);
            }

            row.Result = outcome.Result;
            row.Revision = desired.Revision;
            row.ObservedHash = outcome.ObservedHash;
            row.Error = outcome.Error;
            row.Advice = outcome.Advice;
            row.VerifiedAt = now;
        }
    }
}
