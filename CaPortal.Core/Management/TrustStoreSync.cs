using System.Text.Json;
using System.Text.Json.Serialization;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.Management.Auditing;
using CaPortal.Core.TrustStores;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace CaPortal.Core.Management;

/// <summary>Brings the trust stores of this machine to the desired state in the database, and records what was read back.</summary>
internal sealed class TrustStoreSync(
    PortalDatabase database,
    Reconciler reconciler,
    TrustStoreSelection trustStores,
    ActivityLog activity,
    ListProof proof,
    IOptions<CoreOptions> options,
    TimeProvider time) : IDisposable
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
    public Task<Synchronised> RunAsync(Actor actor, IProgress<ReconcileStep>? progress, CancellationToken cancellationToken) =>
        ExclusivelyAsync(() => SettleAsync(actor, desired => reconciler.ReconcileAsync(desired, progress, CancellationToken.None)), cancellationToken);

    /// <summary>As <see cref="RunAsync"/>, but reads everything for real first, whatever is known of it.</summary>
    /// <inheritdoc cref="RunAsync" path="/*[self::param or self::exception]"/>
    public Task<Synchronised> RepairAsync(Actor actor, IProgress<ReconcileStep>? progress, CancellationToken cancellationToken) => ExclusivelyAsync(
        async () =>
        {
            reconciler.Forget();
            await database.RunAsync(db => TakenBack.RemoveAllAsync(db), CancellationToken.None);
            return await SettleAsync(actor, desired => reconciler.ReconcileAsync(desired, progress, CancellationToken.None));
        },
        cancellationToken);

    /// <summary>Takes certificates out of a trust store that a program cannot open with them. They stay out until a repair, or <see cref="PutBackAsync"/>.</summary>
    /// <param name="trustStore">The trust store's name.</param>
    /// <param name="keys">The certificates.</param>
    /// <exception cref="DatabaseException">The database cannot be used now.</exception>
    public Task TakeBackAsync(string trustStore, IReadOnlyCollection<CaCertificateKey> keys) => ExclusivelyAsync(
        async () =>
        {
            await database.RunAsync(db => TakenBack.AddAsync(db, trustStore, keys), CancellationToken.None);
            return await SettleAsync(Actor.Portal, desired => reconciler.ReconcileAsync(desired, null, CancellationToken.None));
        },
        CancellationToken.None);

    /// <summary>Adds what was taken back again: it was not the reason.</summary>
    /// <inheritdoc cref="TakeBackAsync"/>
    public Task PutBackAsync(string trustStore, IReadOnlyCollection<CaCertificateKey> keys) => ExclusivelyAsync(
        async () =>
        {
            await database.RunAsync(db => TakenBack.RemoveAsync(db, trustStore, keys), CancellationToken.None);
            return await SettleAsync(Actor.Portal, desired => reconciler.ReconcileAsync(desired, null, CancellationToken.None));
        },
        CancellationToken.None);

    /// <summary>Reads everything for real, compares with the newest revision and records what was found. The trust stores stay as they are.</summary>
    /// <param name="actor">On whose behalf the outcome is recorded.</param>
    /// <param name="cancellationToken">Ends the wait for an earlier run.</param>
    /// <exception cref="DatabaseException">The database cannot be used now.</exception>
    public Task<Synchronised> VerifyAsync(Actor actor, CancellationToken cancellationToken) =>
        ExclusivelyAsync(
            () =>
            {
                reconciler.Forget();
                return SettleAsync(actor, CompareAsync);
            },
            cancellationToken);

    /// <summary>Reconciles with the newest revision; what somebody else changed is recorded first, and put right or left as the settings say.</summary>
    /// <param name="drifted">Called as soon as it is recorded that somebody else changed something.</param>
    /// <param name="cancellationToken">Ends the wait for an earlier run.</param>
    /// <exception cref="DatabaseException">The database cannot be used now.</exception>
    public Task<Synchronised> MaintainAsync(Action drifted, CancellationToken cancellationToken) => ExclusivelyAsync(
        async () =>
        {
            // What is not proved is neither compared with nor written; that is settled once for all trust stores.
            var (now, problem) = await database.RunAsync(LoadProvedAsync, CancellationToken.None);
            if (problem is not null)
                return await SettleAsync(Actor.Portal, CompareAsync);
            var compared = await CompareAsync(now);
            if (compared.Any(o => o.Result == TrustStoreResult.Drifted))
            {
                await SettleAsync(Actor.Portal, CompareAsync);
                drifted();
            }

            // What is only reported is not put right either where it happens between this look and the writing.
            IReadOnlyList<TrustStoreOutcome> spared = options.Value.Drift == DriftResponse.Report
                ? [.. compared.Where(o => o.Result is TrustStoreResult.Drifted or TrustStoreResult.Installed)]
                : [];
            var healed = await SettleAsync(Actor.Portal, desired => reconciler.HealAsync(desired, spared, CancellationToken.None));
            var changed = compared.Where(o => o.Result == TrustStoreResult.Drifted).Select(o => o.Name).ToHashSet();
            return healed with { TrustStores = [.. healed.TrustStores.Select(o => o with { IsHealed = o.IsPutRight || (o.IsChanged && changed.Contains(o.Name)) })] };
        },
        cancellationToken);

    /// <summary>The outcome of a change that is recorded, where the database failed before that of the trust stores was.</summary>
    public IReadOnlyList<TrustStoreOutcome> Unfinished(DatabaseException cause) => NotTried(
        $"The change is recorded, but it is not known yet whether it has arrived here. {cause.Message}",
        $"It is brought here with the next check, which the portal makes by itself. {cause.Advice}");

    /// <inheritdoc />
    public void Dispose() => _oneAtATime.Dispose();

    private async Task<T> ExclusivelyAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken)
    {
        await _oneAtATime.WaitAsync(cancellationToken);
        try
        {
            return await work();
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    private async Task<IReadOnlyList<TrustStoreOutcome>> CompareAsync(DesiredState desired)
    {
        var settled = await database.RunAsync(
            db => db.NodeStatuses.Where(s => s.NodeId == PortalDb.DefaultNodeId && s.VerifiedRevision == desired.Revision).Select(s => s.TrustStore).ToListAsync(),
            CancellationToken.None);
        return await reconciler.CompareAsync(desired, settled.Except(desired.TakenBack.Select(t => t.TrustStore)).ToHashSet(), CancellationToken.None);
    }

    private async Task<Synchronised> SettleAsync(Actor actor, Func<DesiredState, Task<IReadOnlyList<TrustStoreOutcome>>> work)
    {
        while (true)
        {
            var (desired, problem) = await database.RunAsync(LoadProvedAsync, CancellationToken.None);
            var outcomes = problem is { } unproved ? NotTried(unproved.Message, unproved.Advice) : await work(desired);

            // Another process may have changed the list meanwhile and been faster; then what was done here is old.
            if (await database.RunAsync(db => RecordAsync(db, desired, outcomes, actor), CancellationToken.None))
                return new Synchronised(desired.Revision, outcomes);
        }
    }

    private List<TrustStoreOutcome> NotTried(string error, string advice) =>
    [
        .. trustStores.Enabled.Select(t => new TrustStoreOutcome { Name = t.Name, Title = t.Title, Result = TrustStoreResult.Failed, Error = error, Advice = advice }),
    ];

    /// <summary>What is desired, and why none of it may be written where it is not proved.</summary>
    private async Task<(DesiredState Desired, (string Message, string Advice)? Problem)> LoadProvedAsync(PortalDb db)
    {
        await proof.PrepareAsync(db);
        await using var transaction = await ReadTransaction.BeginAsync(db, CancellationToken.None);
        return (await LoadDesiredAsync(db), await proof.FindProblemAsync(db));
    }

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
            (keys, ct) => database.RunAsync(d => LoadCertificatesAsync(d, keys, ct), ct))
        {
            TakenBack = await TakenBack.LoadAsync(db),
        };
    }

    /// <summary>Certificates that are, or were, under management, as they are written to trust stores.</summary>
    public static async Task<IReadOnlyList<TrustedCertificate>> LoadCertificatesAsync(
        PortalDb db, IReadOnlyCollection<CaCertificateKey> keys, CancellationToken cancellationToken)
    {
        var hashes = keys.Select(k => k.Sha256).Distinct().ToList();
        var blobs = await db.Blobs
            .Where(b => hashes.Contains(b.Sha256))
            .Select(b => new { b.Sha256, b.Der, b.Facts.Subject, b.Facts.NotBefore, b.Facts.NotAfter })
            .ToDictionaryAsync(b => b.Sha256, cancellationToken);
        return [.. keys.Where(k => blobs.ContainsKey(k.Sha256)).Select(k => (Key: k, Blob: blobs[k.Sha256]))
            .Select(c => new TrustedCertificate(c.Key, c.Blob.Der, c.Blob.Subject, c.Blob.NotBefore, c.Blob.NotAfter))];
    }

    /// <returns>False where the list has changed meanwhile: nothing is recorded then.</returns>
    private async Task<bool> RecordAsync(PortalDb db, DesiredState desired, IReadOnlyList<TrustStoreOutcome> outcomes, Actor actor)
    {
        await using var transaction = await db.Database.BeginTransactionAsync();
        if (await CertificateQueries.RevisionAsync(db, CancellationToken.None) != desired.Revision)
            return false;

        var now = time.GetUtcNow().UtcDateTime;
        var node = await db.Nodes.SingleAsync(n => n.Id == PortalDb.DefaultNodeId);
        var statuses = await db.NodeStatuses.Where(s => s.NodeId == node.Id).ToDictionaryAsync(s => s.TrustStore);
        await RecordMissingAsync(db, node, statuses, outcomes);
        RecordStatus(db, statuses, desired, outcomes, now);

        var head = await HasNewsAsync(db, desired, outcomes)
            ? await activity.AppendAsync(db, DraftOf(desired.Revision, outcomes, actor), CancellationToken.None)
            : await activity.CatchUpAsync(db, CancellationToken.None);

        node.AppliedRevision = desired.Revision;
        node.SeenAt = now;
        await db.SaveChangesAsync();
        await transaction.CommitAsync();
        if (head is not null)
            activity.Anchor(head);
        return true;
    }

    /// <summary>
    /// Whether the activity log does not tell it yet: the outcome of a change, also of one that an earlier process left
    /// behind when it ended; something healed; a trust store that is not as it was told last.
    /// </summary>
    private static async Task<bool> HasNewsAsync(PortalDb db, DesiredState desired, IReadOnlyList<TrustStoreOutcome> outcomes)
    {
        var last = await db.Activity.AsNoTracking().Where(a => a.Action == ActivityActions.Outcome).OrderByDescending(a => a.Sequence).FirstOrDefaultAsync();
        if (desired.Revision > (last?.RevisionAfter ?? 0))
            return true;

        if (ToldBy(last) is not { } told)
            return true;
        return outcomes.Any(o => o.Added.Count + o.Removed.Count + o.RemovedFiles.Count > 0 || !IsAsTold(o, told.Find(t => t.Name == o.Name)));
    }

    /// <summary>What an entry tells; null where somebody has changed it, which the check of the log finds and must not stop healing.</summary>
    private static List<ToldOutcome>? ToldBy(ActivityEntry? entry)
    {
        try
        {
            return entry is null ? [] : [.. BoundedDetails.ItemsOf(JsonElement.Parse(entry.Details)).Select(o => o.Deserialize<ToldOutcome>(ActivityLog.Json)!)];
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // That healing fails is no news where it was told that there is something to heal.
    private static bool IsAsTold(TrustStoreOutcome outcome, ToldOutcome? told) => told is null
        ? !IsWrong(outcome.Result) && outcome.Damaged.Count == 0
        : (told.Result == outcome.Result || (IsWrong(told.Result) && IsWrong(outcome.Result))) && LacksAsTold(outcome, told);

    private static bool LacksAsTold(TrustStoreOutcome outcome, ToldOutcome told) => told.Lacking is { } lacking
        ? lacking == LackingOf(outcome)
        : told.Missing.ToHashSet().SetEquals(outcome.Missing) && told.Damaged.SequenceEqual(outcome.Damaged);

    /// <summary>All that is missing and damaged, of which the log may keep the first items alone, as one hash; null where nothing is.</summary>
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
        outcomes.Select(o => new ToldOutcome(
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
            .SelectMany(o => o.Missing.Select(k => (o.Name, Key: k, Reason: ReasonFor(o.Name, k))).Concat(o.LeftOut.Select(k => (o.Name, Key: k, Reason: MissingReason.LeftOut))))
            .ToDictionary(m => (m.Name, m.Key), m => m.Reason);

        db.RemoveRange(before.Where(m => !now.ContainsKey((m.TrustStore, new CaCertificateKey(m.Store, m.Sha256)))));
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
                row = new NodeStatus { NodeId = PortalDb.DefaultNodeId, TrustStore = outcome.Name };
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

    /// <summary>What the activity log tells of one trust store.</summary>
    private sealed record ToldOutcome(
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
