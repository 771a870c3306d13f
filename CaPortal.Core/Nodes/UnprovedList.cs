using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.Formats;
using CaPortal.Core.Inventory;
using CaPortal.Core.TrustStores;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Core.Nodes;

/// <summary>
/// Ends the standstill after something other than the portal changed the list in the database, or put an earlier one back. It
/// restores what was proved last, accepts what is there, or keeps what is trusted.
/// </summary>
public sealed class UnprovedList
{
    private readonly PortalDatabase _database;
    private readonly DatabaseWriter _writer;
    private readonly ListProof _proof;
    private readonly ActivityRecorder _recorder;
    private readonly TrustStoreSelection _trustStores;
    private readonly SteadyClock _clock;
    private readonly TimeProvider _time;

    internal UnprovedList(
        PortalDatabase database,
        DatabaseWriter writer,
        ListProof proof,
        ActivityRecorder recorder,
        TrustStoreSelection trustStores,
        SteadyClock clock,
        TimeProvider time
    ) => (_database, _writer, _proof, _recorder, _trustStores, _clock, _time) = (database, writer, proof, recorder, trustStores, clock, time);

    /// <summary>How the list differs from what is proved; null if it is proved.</summary>
    /// <exception cref="DatabaseException">The database cannot be used now, or the key of the log is lost.</exception>
    public async Task<ListDiscrepancy?> FindAsync(CancellationToken cancellationToken)
    {
        var found = await _database.ReadAsync(db => CompareAsync(db, cancellationToken), cancellationToken);
        return found?.Standing.EarlierThan is null ? found?.ToDiscrepancy() : found.ToDiscrepancy(await TrustedNow.ReadAsync(_trustStores, cancellationToken));
    }

    /// <summary>Brings back the list that was proved last. What is not in it leaves the list.</summary>
    /// <param name="actor">Who does it; must be an administrator.</param>
    /// <param name="reason">Why; not empty.</param>
    /// <exception cref="DatabaseException">The database cannot be used now, or the key of the log is lost.</exception>
    public Task<UnprovedListOutcome> RestoreAsync(Actor actor, string? reason) => SettleAsync(actor, reason, ActivityActions.ListRestored, RestoreRowsAsync);

    /// <summary>Takes the list as it is in the database: from then on it is the proved one.</summary>
    /// <param name="actor">Who does it; must be an administrator.</param>
    /// <param name="reason">Why; not empty.</param>
    /// <exception cref="DatabaseException">The database cannot be used now, or the key of the log is lost.</exception>
    public Task<UnprovedListOutcome> AcceptAsync(Actor actor, string? reason) =>
        SettleAsync(actor, reason, ActivityActions.ListAccepted, (_, _, _, _) => Task.FromResult<string?>(null));

    /// <summary>
    /// Changes an earlier list into what the trust stores hold of it, so that programs trust exactly what they trust now.
    /// What would be trusted again goes to the recycle bin; what would not be trusted any more comes back from there.
    /// </summary>
    /// <param name="actor">Who does it; must be an administrator.</param>
    /// <param name="reason">Why; not empty.</param>
    /// <exception cref="DatabaseException">The database cannot be used now, or the key of the log is lost.</exception>
    public async Task<UnprovedListOutcome> KeepTrustedAsync(Actor actor, string? reason)
    {
        var now = await TrustedNow.ReadAsync(_trustStores, CancellationToken.None);
        return await SettleAsync(actor, reason, ActivityActions.ListKept, (db, found, by, why) => KeepRowsAsync(db, found, now, by, why));
    }

    private async Task<UnprovedListOutcome> SettleAsync(
        Actor actor, string? reason, string action, Func<PortalDb, Comparison, Actor, string, Task<string?>> change)
    {
        if (actor.Role != Role.Administrator)
        {
            await _recorder.ForbiddenAsync(actor, action);
            return UnprovedListOutcome.Forbidden.Instance;
        }

        if (string.IsNullOrWhiteSpace(reason))
            return new UnprovedListOutcome.Refused("Say why: the reason is what the activity log keeps of it.");
        return await _writer.WriteAsync<UnprovedListOutcome>(
            async db =>
            {
                if (await CompareAsync(db, CancellationToken.None) is not { } found)
                    return new(new UnprovedListOutcome.Refused("Nothing is left to do: the list is proved."));
                if (found.Standing.IsCut)
                    return new(new UnprovedListOutcome.Refused("Acknowledge first, on the page Activity, that entries of the activity log are missing."));
                if (await change(db, found, actor, reason) is { } refusal)
                    return new(new UnprovedListOutcome.Refused(refusal));
                await db.SaveChangesAsync();
                return new(UnprovedListOutcome.Done.Instance, await ReviseAsync(db, found, actor, reason, action));
            },
            CancellationToken.None);
    }

    /// <summary>Makes a new revision of the list as it is now.</summary>
    private async Task<ActivityDraft> ReviseAsync(PortalDb db, Comparison found, Actor actor, string reason, string action)
    {
        var isRestored = action == ActivityActions.ListRestored;
        var instance = await db.OwnInstance.SingleAsync();
        var hashes = await ListProof.HashesAsync(db, CancellationToken.None);
        var proved = found.Standing.Revision ?? 0;
        (instance.Revision, instance.DesiredHash) = (Math.Max(instance.Revision, Math.Max(proved, found.Standing.EarlierThan ?? 0)) + 1, hashes.Set);

        // The records of later revisions are not the portal's either.
        await db.OwnRevisions.Where(r => r.Revision > proved).ExecuteDeleteAsync();
        var revision = new DesiredRevision
        {
            InstanceId = instance.Id,
            Revision = instance.Revision,
            Kind = nameof(ChangeKind.RestoreSnapshot),
            By = actor.Name,
            At = _time.GetUtcNow().UtcDateTime,
            Reason = reason,
            DesiredHash = hashes.Set,
        };
        var (added, removed) = isRestored ? (found.Lacking, found.Planted) : (found.Planted, found.Lacking);
        foreach (var (keys, isAddition) in isRestored ? [] : new[] { (removed, false), (added, true) })
            foreach (var key in keys)
                revision.Changes.Add(new DesiredRevisionChange { Store = key.Store, Sha256 = key.Sha256, Name = found.NameOf(key), IsAddition = isAddition });
        db.Add(revision);
        return new ActivityDraft(actor.Name, actor.Role.ToString(), actor.Source, action, reason, found.Standing.Revision, instance.Revision, new
        {
            hashes.Set,
            hashes.Withdrawn,
            Added = added.Select(k => new { k.Store, k.Sha256, Name = found.NameOf(k) }),
            Removed = removed.Select(k => new { k.Store, k.Sha256, Name = found.NameOf(k) }),
        });
    }

    private async Task<string?> KeepRowsAsync(PortalDb db, Comparison found, TrustedNow now, Actor actor, string reason)
    {
        if (found.Standing.EarlierThan is null)
            return "The list is no earlier one: restore the proved list, or accept the present one.";
        if (now.Unread.Count > 0)
            return $"What is trusted now is not known: {string.Join(" and ", now.Unread)} cannot be read as a whole. Put that right first.";
        var steady = await _clock.NowAsync(db, CancellationToken.None);
        foreach (var row in found.Rows)
        {
            if (row.RemovedRevision is not null && now.Holds(row.Key))
                BringBack(row);
            else if (row.RemovedRevision is null && !now.Holds(row.Key))
                Remove(row, found.Standing.EarlierThan + 1, actor, reason, steady);
        }

        return null;
    }

    private async Task<string?> RestoreRowsAsync(PortalDb db, Comparison found, Actor actor, string reason)
    {
        if (found.Standing.EarlierThan is { } newer)
            return $"The list of revision {newer} is not in the database. Put back the newest backup, keep what is trusted now, "
                + "or accept the present list.";
        if (!found.IsKnown)
            return "The list that was proved last cannot be put together from the database any more. "
                + "Put back your backup, or accept the present list.";
        if (found.Unavailable.Count > 0)
            return $"The bytes of {string.Join(", ", found.Unavailable.Select(found.NameOf))} are not in the database any more. "
                + "Put back your backup, or accept the present list and add them again.";

        var steady = await _clock.NowAsync(db, CancellationToken.None);
        foreach (var row in found.Rows)
        {
            if (found.Proved.Contains(row.Key))
                BringBack(row);
            else if (!found.Withdrawn.Contains(row.Key))
                db.Remove(row); // It never was under management: a trust store that has it got it from somebody else.
            else if (row.RemovedRevision is null)
                Remove(row, found.Standing.Revision, actor, reason, steady);
        }

        foreach (var key in found.Proved.Except(found.Rows.Select(r => r.Key)))
        {
            var facts = CertificateFactsReader.Read(found.Bytes[key.Sha256]).Facts!;
            if (!await db.Blobs.AnyAsync(b => b.Sha256 == key.Sha256) && db.Blobs.Local.All(b => b.Sha256 != key.Sha256))
            {
                db.Add(new CaBlob
                {
                    Sha256 = key.Sha256,
                    Der = found.Bytes[key.Sha256],
                    Facts = facts,
                    NameOrder = facts.Name.ToUpperInvariant(),
                    IssuerOrder = facts.IssuerName.ToUpperInvariant(),
                });
            }

            db.Add(new ManagedCertificate
            {
                InstanceId = db.InstanceId,
                Store = key.Store,
                Sha256 = key.Sha256,
                AddedBy = actor.Name,
                AddedAt = _time.GetUtcNow().UtcDateTime,
                AddedRevision = found.Standing.Revision ?? 0,
                Description = reason,
                Findings = [],
                SearchText = CertificateSearch.TextOf(facts, actor.Name, reason),
            });
        }

        return null;
    }

    private static void BringBack(ManagedCertificate row) =>
        (row.RemovedRevision, row.RemovedBy, row.RemovedAt, row.RemovedSteadyAt, row.RemovalReason) = (null, null, null, null, null);

    // Without the steady time the recycle bin would keep it for ever.
    private void Remove(ManagedCertificate row, long? revision, Actor actor, string reason, DateTime steady) =>
        (row.RemovedRevision, row.RemovedBy, row.RemovedAt, row.RemovedSteadyAt, row.RemovalReason) = (
            revision,
            actor.Name,
            _time.GetUtcNow().UtcDateTime,
            steady,
            reason);

    private async Task<Comparison?> CompareAsync(PortalDb db, CancellationToken cancellationToken)
    {
        var standing = await _proof.JudgeAsync(db, cancellationToken);
        if (standing.Problem is null)
            return null;

        // Any source will do for the old list: the hash alone shows whether it is the proved one.
        var changes = await db.OwnRevisionChanges.AsNoTracking().Where(c => c.Revision <= (standing.Revision ?? 0))
            .OrderBy(c => c.Revision).ThenBy(c => c.Id).ToListAsync(cancellationToken);
        var last = changes.GroupBy(c => new CaCertificateKey(c.Store, c.Sha256)).ToDictionary(g => g.Key, g => g.Last());
        var proved = last.Where(c => c.Value.IsAddition).Select(c => c.Key).ToHashSet();
        var rows = await db.OwnCertificates.ToListAsync(cancellationToken);
        var isKnown = standing.Proved is { } hashes && SetHash.Of(proved) == hashes.Set;
        var hashesInList = rows.Select(r => r.Sha256).ToList();
        var names = await db.Blobs.Where(b => hashesInList.Contains(b.Sha256)).ToDictionaryAsync(b => b.Sha256, b => b.Facts.Name, cancellationToken);
        foreach (var (key, change) in last)
            names.TryAdd(key.Sha256, change.Name);
        var comparison = new Comparison(standing, rows, proved, last.Where(c => !c.Value.IsAddition).Select(c => c.Key).ToHashSet(), isKnown, names);
        return isKnown ? comparison with { Bytes = await BytesAsync(db, comparison, cancellationToken) } : comparison;
    }

    private static async Task<IReadOnlyDictionary<string, byte[]>> BytesAsync(PortalDb db, Comparison comparison, CancellationToken cancellationToken)
    {
        var hashes = comparison.Lacking.Select(k => k.Sha256).ToHashSet();
        var blobs = await db.Blobs.AsNoTracking().Where(b => hashes.Contains(b.Sha256)).Select(b => new { b.Sha256, b.Der }).ToListAsync(cancellationToken);
        var kept = await db
            .SnapshotCertificates.AsNoTracking()
            .Where(b => hashes.Contains(b.Sha256))
            .Select(b => new { b.Sha256, b.Der })
            .ToListAsync(cancellationToken);
        return blobs.Concat(kept).Where(b => Thumbprints.Sha256(b.Der) == b.Sha256).GroupBy(b => b.Sha256).ToDictionary(g => g.Key, g => g.First().Der);
    }

    private sealed record Comparison(
        ListStanding Standing,
        List<ManagedCertificate> Rows,
        HashSet<CaCertificateKey> Proved,
        HashSet<CaCertificateKey> Withdrawn,
        bool IsKnown,
        Dictionary<string, string> Names)
    {
        public IReadOnlyDictionary<string, byte[]> Bytes { get; init; } = new Dictionary<string, byte[]>();

        public List<CaCertificateKey> Planted => [.. Present.Where(k => !Proved.Contains(k))];

        public List<CaCertificateKey> Lacking => [.. Proved.Except(Present)];

        public List<CaCertificateKey> Unavailable => [.. Lacking.Where(k => !Bytes.ContainsKey(k.Sha256))];

        private IEnumerable<CaCertificateKey> Present => Rows.Where(r => r.RemovedRevision is null).Select(r => r.Key);

        public string NameOf(CaCertificateKey key) => Names.GetValueOrDefault(key.Sha256) ?? key.Sha256;

        public ListDiscrepancy ToDiscrepancy(TrustedNow? now = null) => new(Standing.Problem!, Standing.Revision)
        {
            Planted = IsKnown ? Planted.ConvertAll(k => new NamedCertificate(k, NameOf(k), true)) : [],
            Lacking = IsKnown ? Lacking.ConvertAll(k => new NamedCertificate(k, NameOf(k), Bytes.ContainsKey(k.Sha256))) : [],
            CanBeRestored = IsKnown && Unavailable.Count == 0 && !Standing.IsCut && now is null,
            Earlier = now is null ? null : new EarlierList(
                Standing.EarlierThan ?? 0,
                [.. Present.Where(now.Lacks).Select(k => new NamedCertificate(k, NameOf(k), true))],
                [.. Rows.Where(r => r.RemovedRevision is not null && now.Holds(r.Key)).Select(r => new NamedCertificate(r.Key, NameOf(r.Key), true))],
                now.Unread),
        };
    }
}
