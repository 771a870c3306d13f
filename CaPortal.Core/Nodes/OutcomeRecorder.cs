using System.Text.Json;
using System.Text.Json.Serialization;
using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.Inventory;
using CaPortal.Core.TrustStores;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Core.Nodes;

/// <summary>Records what was read back from the trust stores: the state of each, what is missing in it, and what is news in the activity log.</summary>
internal sealed class OutcomeRecorder(DatabaseWriter writer, TimeProvider time)
{
    /// <returns>False if the list has changed meanwhile: nothing is recorded then.</returns>
    /// <exception cref="DatabaseException">The database cannot be used now; nothing was recorded.</exception>
    public Task<bool> RecordAsync(DesiredState desired, IReadOnlyList<TrustStoreOutcome> outcomes, Actor actor) =>
        writer.WriteAsync(db => RecordAsync(db, desired, outcomes, actor), CancellationToken.None);

    private async Task<Written<bool>> RecordAsync(PortalDb db, DesiredState desired, IReadOnlyList<TrustStoreOutcome> outcomes, Actor actor)
    {
        if (await CertificateList.RevisionAsync(db, CancellationToken.None) != desired.Revision)
            return new(false);

        var now = time.GetUtcNow().UtcDateTime;
        var node = await db.OwnNode.SingleAsync();
        var statuses = await db.NodeStatuses.Where(s => s.NodeId == node.Id).ToDictionaryAsync(s => s.TrustStore);
        await RecordMissingAsync(db, node, statuses, outcomes);
        RecordStatus(db, statuses, desired, outcomes, now);

        node.AppliedRevision = desired.Revision;
        node.SeenAt = now;
        if (!await HasNewsAsync(db, node, desired, outcomes))
            return new(true) { NeedsNoEntry = true };
        node.OutcomeEntry = (await db.Activity.MaxAsync(a => (long?)a.Sequence) ?? 0) + 1;
        return new(true, DraftOf(desired.Revision, outcomes, actor));
    }

    /// <summary>
    /// Whether the activity log does not have it yet. It may be the outcome of a change, also of one that an earlier process
    /// left behind when it ended. It may be something healed, or a trust store that is not as it was logged last.
    /// </summary>
    private static async Task<bool> HasNewsAsync(PortalDb db, Node node, DesiredState desired, IReadOnlyList<TrustStoreOutcome> outcomes)
    {
        var last = await LastAsync(db, node);
        if (desired.Revision > (last?.RevisionAfter ?? 0))
            return true;

        if (LoggedBy(last) is not { } logged)
            return true;
        return outcomes.Any(o => o.Added.Count + o.Removed.Count + o.RemovedFiles.Count > 0 || !IsAsLogged(o, logged.Find(t => t.Name == o.Name)));
    }

    /// <summary>The last entry of the machine. Earlier versions did not keep which it was; they knew one machine.</summary>
    private static async Task<ActivityEntry?> LastAsync(PortalDb db, Node node)
    {
        if (node is { OutcomeEntry: null, SeenAt: null })
            return null;
        var entries = db.Activity.AsNoTracking().Where(a => a.Action == ActivityActions.Outcome);

        // An entry about the log itself may have come before it.
        return node.OutcomeEntry is { } last
            ? await entries.Where(a => a.Sequence >= last).OrderBy(a => a.Sequence).FirstOrDefaultAsync()
            : await entries.OrderByDescending(a => a.Sequence).FirstOrDefaultAsync();
    }

    /// <summary>
    /// What an entry says. Null if somebody has changed the entry: the check of the log finds that, and it must not stop
    /// healing.
    /// </summary>
    private static List<LoggedOutcome>? LoggedBy(ActivityEntry? entry)
    {
        try
        {
            return entry is null
                ? []
                : [.. BoundedDetails.ItemsOf(JsonElement.Parse(entry.Details)).Select(o => o.Deserialize<LoggedOutcome>(ActivityLog.Json)!)];
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // That healing fails is no news where it was logged that there is something to heal.
    private static bool IsAsLogged(TrustStoreOutcome outcome, LoggedOutcome? logged) => logged is null
        ? !IsWrong(outcome.Result) && outcome.Damaged.Count == 0
        : (logged.Result == outcome.Result || (IsWrong(logged.Result) && IsWrong(outcome.Result))) && LacksAsLogged(outcome, logged);

    private static bool LacksAsLogged(TrustStoreOutcome outcome, LoggedOutcome logged) => logged.Lacking is { } lacking
        ? lacking == LackingOf(outcome)
        : logged.Missing.ToHashSet().SetEquals(outcome.Missing) && logged.Damaged.SequenceEqual(outcome.Damaged);

    /// <summary>All that is missing and damaged, as one hash; null if nothing is. The log may keep only the first items.</summary>
    private static string? LackingOf(TrustStoreOutcome outcome) => outcome.Missing.Count + outcome.Damaged.Count == 0 ? null
        : Thumbprints.Sha256(JsonSerializer.SerializeToUtf8Bytes(new { Missing = SetHash.Of(outcome.Missing), outcome.Damaged }));

    private static bool IsWrong(TrustStoreResult result) => result is TrustStoreResult.Failed or TrustStoreResult.Drifted or TrustStoreResult.Unusable;

    private static ActivityDraft DraftOf(long revision, IReadOnlyList<TrustStoreOutcome> outcomes, Actor actor) => new(
        actor.Name,
        actor.Role.ToString(),
        actor.Source,
        ActivityActions.Outcome,
        null,
        null,
        revision,
        outcomes.Select(o => new LoggedOutcome(
            o.Name, o.Result, o.Added, o.Removed, o.RemovedFiles, o.Missing, o.LeftOut, o.Damaged, o.Error, (long)o.Duration.TotalMilliseconds)
        {
            Lacking = LackingOf(o),
        }));

    private static async Task RecordMissingAsync(
        PortalDb db, Node node, Dictionary<string, NodeStatus> statuses, IReadOnlyList<TrustStoreOutcome> outcomes)
    {
        var before = await db.NodeMissing.Where(m => m.NodeId == node.Id).ToListAsync();
        var known = before.ToDictionary(m => (m.TrustStore, new CaCertificateKey(m.Store, m.Sha256)));
        var hashes = outcomes.SelectMany(o => o.Missing).Select(k => k.Sha256).Distinct().ToList();
        var added = hashes.Count == 0 ? [] : await db.Certificates
            .Where(c => c.InstanceId == node.InstanceId && hashes.Contains(c.Sha256))
            .ToDictionaryAsync(c => new CaCertificateKey(c.Store, c.Sha256), c => c.AddedRevision);

        var now = outcomes
            .SelectMany(o =>
                o.Missing.Select(k => (o.Name, Key: k, Reason: ReasonFor(o.Name, k)))
                    .Concat(o.LeftOut.Select(k => (o.Name, Key: k, Reason: MissingReason.LeftOut))))
            .ToDictionary(m => (m.Name, m.Key), m => m.Reason);

        // What a program could not open stays out, also where the trust store cannot be read this time.
        var unread = outcomes.Where(o => o.ObservedHash is null).Select(o => o.Name).ToHashSet();
        db.RemoveRange(before.Where(m => !now.ContainsKey((m.TrustStore, new CaCertificateKey(m.Store, m.Sha256)))
            && !(m.Reason == MissingReason.TakenBack && unread.Contains(m.TrustStore))));
        foreach (var ((trustStore, key), reason) in now)
        {
            if (known.TryGetValue((trustStore, key), out var row))
                row.Reason = reason;
            else
                db.Add(new NodeMissing { NodeId = node.Id, TrustStore = trustStore, Store = key.Store, Sha256 = key.Sha256, Reason = reason });
        }

        // It was read back at the revision that added it or later, and not missing since: somebody else removed it.
        MissingReason ReasonFor(string trustStore, CaCertificateKey key) =>
            known.TryGetValue((trustStore, key), out var row) && row.Reason != MissingReason.LeftOut ? row.Reason
            : statuses.GetValueOrDefault(trustStore) is { ObservedHash: not null } status && added[key] <= status.Revision ? MissingReason.Drifted
            : MissingReason.NotInstalled;
    }

    private static void RecordStatus(
        PortalDb db, Dictionary<string, NodeStatus> rows, DesiredState desired, IReadOnlyList<TrustStoreOutcome> outcomes, DateTime now)
    {
        db.RemoveRange(rows.Values.Where(r => outcomes.All(o => o.Name != r.TrustStore)));
        foreach (var outcome in outcomes)
        {
            if (!rows.TryGetValue(outcome.Name, out var row))
            {
                row = new NodeStatus { NodeId = db.NodeId, TrustStore = outcome.Name };
                db.Add(row);
            }

            row.Result = outcome.Result;
            row.Error = outcome.Error;
            row.Advice = outcome.Advice;
            row.WrongSince = IsWrong(outcome.Result) ? row.WrongSince ?? now : null;
            if (outcome.Added.Count + outcome.Removed.Count > 0)
                row.WrittenAt = now;
            if (outcome.Result == TrustStoreResult.Absent)
                continue; // What it held when it was last there is all that is known.

            // What cannot be used may be another place than before: the empty folder under a disk that is not mounted.
            row.ObservedHash = outcome.ObservedHash;
            if (outcome.ObservedHash is null || outcome.Result == TrustStoreResult.Unusable)
                continue;

            row.VerifiedAt = now;
            row.ExpectedHash = outcome.ExpectedHash;
            row.Revision = desired.Revision;
            if (row.ObservedHash == row.ExpectedHash)
                row.VerifiedRevision = desired.Revision;
        }
    }

    /// <summary>What the activity log says about one trust store.</summary>
    private sealed record LoggedOutcome(
        string Name,
        TrustStoreResult Result,
        IReadOnlyList<CaCertificateKey> Added,
        IReadOnlyList<CaCertificateKey> Removed,
        IReadOnlyList<string> RemovedFiles,
        IReadOnlyList<CaCertificateKey> Missing,
        IReadOnlyList<CaCertificateKey> LeftOut,
        IReadOnlyList<string> Damaged,
        string? Error,
        long Milliseconds)
    {
        /// <summary>See <see cref="LackingOf"/>.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string? Lacking { get; init; }
    }
}
