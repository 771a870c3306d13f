using System.Collections.Frozen;
using CaPortal.Core.Certificates;
using CaPortal.Core.TrustStores.Programs;
using Microsoft.Extensions.Logging;

namespace CaPortal.Core.TrustStores.Reconciling;

/// <summary>
/// Makes the trust stores of this machine equal to the desired state: looks at what is there, writes the difference,
/// and looks again. It does not matter what happened before, so that it also heals what a crash or anybody else left.
/// </summary>
public sealed class Reconciler(
    TrustStoreSelection selection, OpenSslCertificates openSsl, CandidateCheck candidates, TimeProvider time, ILogger<Reconciler> logger)
{
    private readonly ReconcilerLog _log = new(time, logger);
    private readonly WritePauses _pauses = new(time);

    /// <summary>
    /// Reconciles all enabled trust stores at the same time; one that fails does not stop the others. The caller runs one
    /// call at a time. A trust store whose writing has begun is written to the end, even if this is cancelled.
    /// </summary>
    /// <param name="desired">What must be there.</param>
    /// <param name="progress">Receives each step as it begins and ends.</param>
    /// <param name="cancellationToken">Ends it before the next trust store is written.</param>
    /// <returns>One outcome for each trust store, in the order of the settings.</returns>
    public Task<IReadOnlyList<TrustStoreOutcome>> ReconcileAsync(
        DesiredState desired, IProgress<ReconcileStep>? progress, CancellationToken cancellationToken) =>
        ForEachAsync(store => ReconcileAsync(store, desired, progress, mayRest: false, cancellationToken));

    /// <summary>
    /// The same, if nobody has asked for it. A trust store that could not be brought to this revision before is only read
    /// until a pause is over. The pause grows from a minute to an hour.
    /// </summary>
    /// <param name="desired">What must be there.</param>
    /// <param name="spared">Outcomes of trust stores that must be left as they are.</param>
    /// <param name="cancellationToken">Ends it before the next trust store is written.</param>
    /// <returns>One outcome for each trust store, in the order of the settings.</returns>
    public Task<IReadOnlyList<TrustStoreOutcome>> HealAsync(
        DesiredState desired, IReadOnlyList<TrustStoreOutcome> spared, CancellationToken cancellationToken) =>
        ForEachAsync(
            store => spared.FirstOrDefault(o => o.Name == store.Name) is { } outcome
                ? Task.FromResult(outcome)
                : ReconcileAsync(store, desired, null, mayRest: true, cancellationToken));

    /// <summary>Looks at all enabled trust stores at the same time and changes nothing.</summary>
    /// <param name="desired">What must be there.</param>
    /// <param name="settled">The names of those that held exactly this when they were last read: what differs there was changed by somebody else.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>One outcome for each trust store, in the order of the settings.</returns>
    public Task<IReadOnlyList<TrustStoreOutcome>> CompareAsync(DesiredState desired, IReadOnlySet<string> settled, CancellationToken cancellationToken) =>
        ForEachAsync(store => CompareAsync(store, desired, settled.Contains(store.Name), cancellationToken));

    /// <summary>Has the next look read every enabled trust store for real: somebody asks because they do not believe what is shown.</summary>
    public void Forget()
    {
        foreach (var store in selection.Enabled)
            store.Forget();
    }

    private async Task<IReadOnlyList<TrustStoreOutcome>> ForEachAsync(Func<ITrustStore, Task<TrustStoreOutcome>> work) =>
        await Task.WhenAll(selection.Enabled.Select(work));

    private async Task<TrustStoreOutcome> ReconcileAsync(
        ITrustStore store, DesiredState desired, IProgress<ReconcileStep>? progress, bool mayRest, CancellationToken cancellationToken)
    {
        progress?.Report(new ReconcileStep(store.Title, null));
        var outcome = await GuardAsync(store, desired, async () =>
        {
            var wanted = DesiredContent.Of(store, desired);
            var before = await store.ReadAsync(cancellationToken);
            var change = new TrustStoreChange(
                await LoadAsync(desired, wanted.Install.Where(k => !before.Keeps(k)), cancellationToken),
                [.. wanted.Withdraw.Where(before.Certificates.Contains)]);
            var refused = await RefusedAmongAsync(store, change.Add, cancellationToken);

            var installable = wanted.Without(refused);
            var possible = installable.WithoutTakenBack();

            // Also without a difference: it clears away what was torn, and creates a file that programs are configured with.
            var resting = mayRest ? _pauses.Of(store.Name, desired.Revision, IsRight(possible.Judge(store, before), before)) : null;
            var failure = resting ?? await TryApplyAsync(store, change with { Add = [.. change.Add.Where(c => !refused.Contains(c.Key))] }, cancellationToken);

            // Read back even after a failure: what was there before is there still, and must not be reported as missing.
            var after = resting is null ? await ReadBackAsync(store, desired.Revision) : before;
            var judged = installable.Judge(store, after);
            if (resting is null)
                Note(store, desired.Revision, failure, possible.Judge(store, after), after);
            return (failure is null ? judged : judged with { Result = TrustStoreResult.Failed, Error = failure.Message, Advice = failure.Advice }) with
            {
                Added = [.. change.Add.Select(c => c.Key).Where(after.Keeps)],
                Removed = [.. change.Remove.Where(k => !after.Certificates.Contains(k))],
                RemovedFiles = [.. change.Remove.SelectMany(k => before.FilesOfOthers[k].Except(after.FilesOfOthers[k]))],
                Damaged = before.Damaged,
                IsPutRight = before.Damaged.Except(after.Damaged).Any(),
                Notes = after.Notes,
                IsWithoutOpenSsl = store.IsShared && change.Add.Count > 0 && openSsl.IsPassedOver,
            };
        });
        _log.Outcome(outcome);
        progress?.Report(new ReconcileStep(store.Title, outcome));
        return outcome;
    }

    private async Task<TrustStoreOutcome> CompareAsync(ITrustStore store, DesiredState desired, bool isSettled, CancellationToken cancellationToken)
    {
        var outcome = await GuardAsync(store, desired, async () =>
        {
            var judged = await LookAsync(store, desired, cancellationToken);
            return isSettled && judged.Result == TrustStoreResult.Failed
                ? judged with
                {
                    Result = TrustStoreResult.Drifted,
                    Advice = "Find out which other program or person changes this trust store; Repair in Settings brings it back.",
                }
                : judged;
        });
        if (outcome.Result == TrustStoreResult.Drifted)
            _log.Drift(outcome.Name, outcome.Error);
        return outcome;
    }

    private async Task<TrustStoreOutcome> LookAsync(ITrustStore store, DesiredState desired, CancellationToken cancellationToken)
    {
        var wanted = DesiredContent.Of(store, desired);
        var found = await store.ReadAsync(cancellationToken);
        var refused = await RefusedAmongAsync(
            store,
            await LoadAsync(desired, wanted.Install.Where(k => !found.Keeps(k)), cancellationToken),
            cancellationToken);
        return wanted.Without(refused).Judge(store, found) with { Damaged = found.Damaged, Notes = found.Notes };
    }

    /// <summary>What cannot be written may hold what programs go on trusting.</summary>
    private async Task<TrustStoreOutcome> LookAtUnusableAsync(ITrustStore store, DesiredState desired, TrustStoreState state)
    {
        var outcome = new TrustStoreOutcome
        {
            Name = store.Name,
            Title = store.Title,
            Result = state.IsAbsent ? TrustStoreResult.Absent : TrustStoreResult.Unusable,
        };
        try
        {
            if (!state.IsAbsent)
                outcome = await LookAsync(store, desired, CancellationToken.None) with { Result = TrustStoreResult.Unusable };
        }
        catch (TrustStoreException)
        {
            // The reason why it cannot be used is reported already; its content stays unknown.
        }

        return outcome with { Error = state.Reason, Advice = state.Advice };
    }

    private async Task<TrustStoreOutcome> GuardAsync(ITrustStore store, DesiredState desired, Func<Task<TrustStoreOutcome>> work)
    {
        var started = time.GetTimestamp();
        TrustStoreOutcome outcome;
        try
        {
            outcome = store.GetState() is { IsEnabled: false } state ? await LookAtUnusableAsync(store, desired, state) : await work();
        }
        catch (TrustStoreException exception)
        {
            _log.Failure(store.Name, exception);
            outcome = new TrustStoreOutcome
            {
                Name = store.Name,
                Title = store.Title,
                Result = TrustStoreResult.Failed,
                Error = exception.Message,
                Advice = exception.Advice,
            };
        }

        return outcome with { Duration = time.GetElapsedTime(started) };
    }

    private async Task<TrustStoreException?> TryApplyAsync(ITrustStore store, TrustStoreChange change, CancellationToken cancellationToken)
    {
        try
        {
            await store.ApplyAsync(change, cancellationToken);
            return null;
        }
        catch (TrustStoreException exception)
        {
            _log.Failure(store.Name, exception);

            // What is withdrawn must not stay trusted because there is no room for what is added.
            if (StoreAccess.IsForLackOfSpace(exception.InnerException) && change is { Add.Count: > 0, Remove.Count: > 0 })
                await TryApplyAsync(store, change with { Add = [] }, cancellationToken);
            return exception;
        }
    }

    private async Task<TrustStoreSnapshot> ReadBackAsync(ITrustStore store, long revision)
    {
        try
        {
            return await store.ReadAsync(CancellationToken.None);
        }
        catch (TrustStoreException exception)
        {
            _pauses.Failed(store.Name, revision, exception, isRight: false);
            throw;
        }
    }

    /// <summary>What was written and is not there afterwards has failed too.</summary>
    private void Note(ITrustStore store, long revision, TrustStoreException? failure, TrustStoreOutcome found, TrustStoreSnapshot after)
    {
        if (failure is null && found.Result == TrustStoreResult.Failed)
            failure = new TrustStoreException(found.Error!, found.Advice!);
        if (failure is null)
            _pauses.Succeeded(store.Name);
        else
            _pauses.Failed(store.Name, revision, failure, IsRight(found, after));
    }

    private static bool IsRight(TrustStoreOutcome found, TrustStoreSnapshot snapshot) =>
        found.Result == TrustStoreResult.Installed && snapshot.Damaged.Count == 0;

    private static async Task<IReadOnlyList<TrustedCertificate>> LoadAsync(
        DesiredState desired, IEnumerable<CaCertificateKey> keys, CancellationToken cancellationToken)
    {
        var missing = keys.ToList();
        if (missing.Count == 0)
            return [];
        var loaded = await desired.Source.LoadAsync(missing, cancellationToken);
        return loaded.FirstOrDefault(c => Thumbprints.Sha256(c.Der.Span) != c.Key.Sha256) is not { } other ? loaded : throw new TrustStoreException(
            $"The database holds other bytes for the certificate {other.Key.Sha256} than were added, so nothing is written.",
            "Something else than the portal changed the database: find out what, then put back your backup.");
    }

    private async Task<FrozenSet<CaCertificateKey>> RefusedAmongAsync(
        ITrustStore store, IReadOnlyList<TrustedCertificate> certificates, CancellationToken cancellationToken)
    {
        var loadable = certificates.Where(c => LoadableCertificates.Contains(c.Key.Sha256, c.Der.Span)).ToList();
        var refused = store.IsShared ? await openSsl.RefusedAsync([.. loadable.Select(c => (c.Key.Sha256, c.Der))], cancellationToken) : new HashSet<string>();
        var readable = loadable.Where(c => IsReadable(c) && store.Takes(c)).ToList();
        var refusedByPrograms = await candidates.RefusedAsync(store, readable, cancellationToken);
        return certificates.Except(readable.Where(c => !refusedByPrograms.Contains(c.Key.Sha256))).Select(c => c.Key).ToFrozenSet();

        // What was added before its inner parts were looked at is looked at here.
        bool IsReadable(TrustedCertificate certificate) =>
            !store.IsShared || (!refused.Contains(certificate.Key.Sha256) && CertificateGrammar.IsKept(certificate.Der));
    }
}
