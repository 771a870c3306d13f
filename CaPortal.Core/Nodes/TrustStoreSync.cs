using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.Inventory;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.Reconciling;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace CaPortal.Core.Nodes;

/// <summary>Brings the trust stores of this machine to the desired state in the database, and records what was read back.</summary>
internal sealed class TrustStoreSync(
    PortalDatabase database,
    DatabaseCertificates certificates,
    DatabaseWriter writer,
    Reconciler reconciler,
    TrustStoreSelection trustStores,
    OutcomeKeeper outcomes,
    ListProof proof,
    ListMarks marks,
    IOptions<CoreOptions> options) : IDisposable
{
    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private string? _lastSummary;

    /// <summary>What was found last, if it could not be recorded; else null.</summary>
    public UnrecordedOutcomes? Unrecorded => outcomes.Now;

    /// <summary>
    /// Reconciles with the newest revision. Runs to its end once it has begun: a trust store is never left half-written
    /// because somebody closed a page.
    /// </summary>
    /// <param name="actor">On whose behalf the outcome is recorded.</param>
    /// <param name="progress">Receives each step as it begins and ends.</param>
    /// <param name="cancellationToken">Ends the wait for an earlier run.</param>
    /// <exception cref="DatabaseException" />
    public Task<Synchronized> RunAsync(Actor actor, IProgress<ReconcileStep>? progress, CancellationToken cancellationToken) =>
        ExclusivelyAsync(async () => WithNews(await ReconcileAsync(actor, progress)), cancellationToken);

    /// <summary>As <see cref="RunAsync"/>, but reads everything for real first, regardless of what is known.</summary>
    /// <inheritdoc cref="RunAsync" path="/*[self::param or self::exception]"/>
    public Task<Synchronized> RepairAsync(Actor actor, IProgress<ReconcileStep>? progress, CancellationToken cancellationToken) => ExclusivelyAsync(
        async () =>
        {
            reconciler.Forget();
            await writer.NoteAsync(TakenBack.RemoveAllAsync, CancellationToken.None);
            return await ReconcileAsync(actor, progress);
        },
        cancellationToken);

    /// <summary>
    /// Takes certificates out of a trust store that a program cannot open with them. They stay out until a repair, or
    /// <see cref="PutBackAsync"/>.
    /// </summary>
    /// <param name="trustStore">The trust store's name.</param>
    /// <param name="keys">The certificates.</param>
    /// <exception cref="DatabaseException" />
    public Task TakeBackAsync(string trustStore, IReadOnlyCollection<CaCertificateKey> keys) => ExclusivelyAsync(
        async () =>
        {
            await writer.NoteAsync(db => TakenBack.AddAsync(db, trustStore, keys), CancellationToken.None);
            return await ReconcileAsync(Actor.Portal, null);
        },
        CancellationToken.None);

    /// <summary>Adds what was taken back again: it was not the reason.</summary>
    /// <inheritdoc cref="TakeBackAsync"/>
    public Task PutBackAsync(string trustStore, IReadOnlyCollection<CaCertificateKey> keys) => ExclusivelyAsync(
        async () =>
        {
            await writer.NoteAsync(db => TakenBack.RemoveAsync(db, trustStore, keys), CancellationToken.None);
            return await ReconcileAsync(Actor.Portal, null);
        },
        CancellationToken.None);

    /// <summary>Reads everything for real, compares with the newest revision and records what was found. The trust stores stay as they are.</summary>
    /// <param name="actor">On whose behalf the outcome is recorded.</param>
    /// <param name="cancellationToken">Ends the wait for an earlier run.</param>
    /// <exception cref="DatabaseException" />
    public Task<Synchronized> VerifyAsync(Actor actor, CancellationToken cancellationToken) =>
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
    /// <exception cref="DatabaseException" />
    public Task<Synchronized> MaintainAsync(Action drifted, CancellationToken cancellationToken) => ExclusivelyAsync(
        async () =>
        {
            // What is not proved is neither compared with nor written; that is settled once for all trust stores.
            var (now, problem) = await LoadProvedAsync();
            if (problem is not null)
                return WithNews(await SettleAsync(Actor.Portal, CompareAsync, mustRecord: false));
            var compared = await CompareAsync(now);
            if (compared.Any(o => o.Result == TrustStoreResult.Drifted))
            {
                await SettleAsync(Actor.Portal, CompareAsync, mustRecord: false);
                drifted();
            }

            // What is only reported is not put right either where it happens between this look and the writing.
            IReadOnlyList<TrustStoreOutcome> spared = options.Value.Drift == DriftResponse.Report
                ? [.. compared.Where(o => o.Result is TrustStoreResult.Drifted or TrustStoreResult.Installed)]
                : [];
            var healed = await SettleAsync(
                Actor.Portal,
                desired => reconciler.HealAsync(desired, desired.Revision == now.Revision ? spared : [], CancellationToken.None),
                mustRecord: false);
            var changed = compared.Where(o => o.Result == TrustStoreResult.Drifted).Select(o => o.Name).ToHashSet();
            return WithNews(healed) with
            {
                TrustStores = [.. healed.TrustStores.Select(o => o with { IsHealed = o.IsPutRight || (o.IsChanged && changed.Contains(o.Name)) })],
            };
        },
        cancellationToken);

    /// <summary>The outcome of a change that is recorded, where the database failed before that of the trust stores was.</summary>
    public IReadOnlyList<TrustStoreOutcome> Unfinished(DatabaseException cause) => NotTried(
        $"The change is recorded, but it is not known yet whether it has arrived here. {cause.Message}",
        $"It is brought here with the next check, which the portal makes by itself. {cause.Advice}");

    /// <inheritdoc />
    public void Dispose() => _oneAtATime.Dispose();

    private async Task<Synchronized> ExclusivelyAsync(Func<Task<Synchronized>> work, CancellationToken cancellationToken)
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
            db => db.OwnStatuses.Where(s => s.VerifiedRevision == desired.Revision).Select(s => s.TrustStore).ToListAsync(),
            CancellationToken.None);
        return await reconciler.CompareAsync(desired, settled.Except(desired.TakenBack.Select(t => t.TrustStore)).ToHashSet(), CancellationToken.None);
    }

    private Task<Synchronized> ReconcileAsync(Actor actor, IProgress<ReconcileStep>? progress) =>
        SettleAsync(actor, desired => reconciler.ReconcileAsync(desired, progress, CancellationToken.None));

    private async Task<Synchronized> SettleAsync(Actor actor, Func<DesiredState, Task<IReadOnlyList<TrustStoreOutcome>>> work, bool mustRecord = true)
    {
        while (true)
        {
            var (desired, problem) = await LoadProvedAsync();
            var found = problem is { } unproved ? NotTried(unproved.Message, unproved.Advice) : await work(desired);

            // Another process may have changed the list meanwhile and been faster; then what was done here is old.
            if (await (mustRecord ? outcomes.RecordAsync(desired, found, actor) : outcomes.RecordOrKeepAsync(desired, found, actor)))
            {
                if (problem is null)
                    marks.Write(desired.Revision);
                return new Synchronized(desired.Revision, found);
            }
        }
    }

    /// <summary>The reason to draw pages again.</summary>
    private Synchronized WithNews(Synchronized result) => result with { IsNews = Interlocked.Exchange(ref _lastSummary, result.Summary) != result.Summary };

    private List<TrustStoreOutcome> NotTried(string error, string advice) =>
    [
        .. trustStores.Enabled.Select(t => new TrustStoreOutcome
        {
            Name = t.Name,
            Title = t.Title,
            Result = TrustStoreResult.Failed,
            Error = error,
            Advice = advice,
        }),
    ];

    /// <summary>What is desired, and, if it is not proved, why none of it may be written.</summary>
    private async Task<(DesiredState Desired, (string Message, string Advice)? Problem)> LoadProvedAsync()
    {
        await proof.PrepareAsync();
        return await database.ReadAsync(
            async db => (await certificates.LoadDesiredAsync(db, CancellationToken.None), await proof.FindProblemAsync(db)),
            CancellationToken.None);
    }
}
