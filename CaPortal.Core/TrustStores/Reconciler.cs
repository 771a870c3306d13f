using System.Collections.Concurrent;
using System.Collections.Frozen;
using CaPortal.Core.Certificates;
using CaPortal.Core.TrustStores.Programs;
using Microsoft.Extensions.Logging;

namespace CaPortal.Core.TrustStores;

/// <summary>
/// Makes the trust stores of this machine equal to the desired state: looks at what is there, writes the difference,
/// and looks again. It does not matter what happened before, so that it also heals what a crash or anybody else left.
/// </summary>
public sealed partial class Reconciler(
    TrustStoreSelection selection, OpenSslCertificates openSsl, CandidateCheck candidates, TimeProvider time, ILogger<Reconciler> logger)
{
    private const int MaxSeen = 1_000;
    private static readonly TimeSpan Away = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, string?> _logged = [];
    private readonly ConcurrentDictionary<(string TrustStore, string? Problem), long> _recent = [];
    private readonly WritePauses _pauses = new(time);

    /// <summary>
    /// Reconciles all enabled trust stores at the same time; one that fails does not stop the others. The caller has one
    /// call run at a time. A trust store whose writing has begun is written to the end even when it is cancelled.
    /// </summary>
    /// <param name="desired">What is to be there.</param>
    /// <param name="progress">Told when a trust store begins and when it is done.</param>
    /// <param name="cancellationToken">Ends it before the next trust store is written.</param>
    /// <returns>One outcome for each trust store, in the order of the settings.</returns>
    public Task<IReadOnlyList<TrustStoreOutcome>> ReconcileAsync(
        DesiredState desired, IProgress<ReconcileStep>? progress, CancellationToken cancellationToken) =>
        ForEachAsync(store => ReconcileAsync(store, desired, progress, mayRest: false, cancellationToken));

    /// <summary>
    /// The same, where nobody has asked for it: a trust store that could not be brought to this revision before is only read
    /// until a pause is over, which grows from a minute to an hour.
    /// </summary>
    /// <param name="desired">What is to be there.</param>
    /// <param name="spared">Outcomes of trust stores that are to be left as they are.</param>
    /// <param name="cancellationToken">Ends it before the next trust store is written.</param>
    /// <returns>One outcome for each trust store, in the order of the settings.</returns>
    public Task<IReadOnlyList<TrustStoreOutcome>> HealAsync(
        DesiredState desired, IReadOnlyList<TrustStoreOutcome> spared, CancellationToken cancellationToken) =>
        ForEachAsync(
            store => spared.FirstOrDefault(o => o.Name == store.Name) is { } outcome
                ? Task.FromResult(outcome)
                : ReconcileAsync(store, desired, null, mayRest: true, cancellationToken));

    /// <summary>Looks at all enabled trust stores at the same time and changes nothing.</summary>
    /// <param name="desired">What is to be there.</param>
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
            var resting = mayRest ? _pauses.Of(store.Name, desired.Revision, possible.Judge(store, before).Result == TrustStoreResult.Installed) : null;
            var failure = resting ?? await TryApplyAsync(store, change with { Add = [.. change.Add.Where(c => !refused.Contains(c.Key))] }, cancellationToken);

            // Read back even after a failure: what was there before is there still, and must not be reported as missing.
            var after = resting is null ? await ReadBackAsync(store, desired.Revision) : before;
            var judged = installable.Judge(store, after);
            if (resting is null)
                Note(store, desired.Revision, failure, possible.Judge(store, after));
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
        Log(outcome);
        progress?.Report(new ReconcileStep(store.Title, outcome));
        return outcome;
    }

    private async Task<TrustStoreOutcome> CompareAsync(ITrustStore store, DesiredState desired, bool isSettled, CancellationToken cancellationToken)
    {
        var outcome = await GuardAsync(store, desired, async () =>
        {
            var judged = await LookAsync(store, desired, cancellationToken);
            return isSettled && judged.Result == TrustStoreResult.Failed
                ? judged with { Result = TrustStoreResult.Drifted, Advice = "Find out which other program or person changes this trust store; Repair in Settings brings it back." }
                : judged;
        });
        if (outcome.Result == TrustStoreResult.Drifted && !IsRepeated(outcome.Name, outcome.Error))
            LogDrift(outcome.Name, outcome.Error);
        return outcome;
    }

    private async Task<TrustStoreOutcome> LookAsync(ITrustStore store, DesiredState desired, CancellationToken cancellationToken)
    {
        var wanted = DesiredContent.Of(store, desired);
        var found = await store.ReadAsync(cancellationToken);
        var refused = await RefusedAmongAsync(store, await LoadAsync(desired, wanted.Install.Where(k => !found.Keeps(k)), cancellationToken), cancellationToken);
        return wanted.Without(refused).Judge(store, found) with { Damaged = found.Damaged, Notes = found.Notes };
    }

    /// <summary>What cannot be written may hold what programs go on trusting.</summary>
    private async Task<TrustStoreOutcome> LookAtUnusableAsync(ITrustStore store, DesiredState desired, TrustStoreState state)
    {
        var outcome = new TrustStoreOutcome { Name = store.Name, Title = store.Title, Result = state.IsAbsent ? TrustStoreResult.Absent : TrustStoreResult.Unusable };
        try
        {
            if (!state.IsAbsent)
                outcome = await LookAsync(store, desired, CancellationToken.None) with { Result = TrustStoreResult.Unusable };
        }
        catch (TrustStoreException)
        {
            // Why it cannot be used is told already; what it holds stays unknown.
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
            LogFailureOnce(store.Name, exception);
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
            LogFailureOnce(store.Name, exception);

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
    private void Note(ITrustStore store, long revision, TrustStoreException? failure, TrustStoreOutcome found)
    {
        if (failure is null && found.Result == TrustStoreResult.Failed)
            failure = new TrustStoreException(found.Error!, found.Advice!);
        if (failure is null)
            _pauses.Succeeded(store.Name);
        else
            _pauses.Failed(store.Name, revision, failure, found.Result == TrustStoreResult.Installed);
    }

    private static async Task<IReadOnlyList<TrustedCertificate>> LoadAsync(
        DesiredState desired, IEnumerable<CaCertificateKey> keys, CancellationToken cancellationToken)
    {
        var missing = keys.ToList();
        if (missing.Count == 0)
            return [];
        var loaded = await desired.Source.LoadAsync(missing, cancellationToken);
        return loaded.FirstOrDefault(c => Thumbprints.Sha256(c.Der.Span) != c.Key.Sha256) is not { } other ? loaded : throw new TrustStoreException(
            $"The database holds other bytes for the certificate {other.Key.Sha256} than were added, so nothing is written.",
            "Something else than the portal changed the database: find out what, then put back your backup of the data directory.");
    }

    private async Task<FrozenSet<CaCertificateKey>> RefusedAmongAsync(
        ITrustStore store, IReadOnlyList<TrustedCertificate> certificates, CancellationToken cancellationToken)
    {
        var loadable = certificates.Where(c => LoadableCertificates.Contains(c.Key.Sha256, c.Der.Span)).ToList();
        var refused = store.IsShared ? await openSsl.RefusedAsync([.. loadable.Select(c => (c.Key.Sha256, c.Der))], cancellationToken) : new HashSet<string>();
        var readable = loadable.Where(c => IsReadable(c) && store.Takes(c)).ToList();
        var refusedByReaders = await candidates.RefusedAsync(store, readable, cancellationToken);
        return certificates.Except(readable.Where(c => !refusedByReaders.Contains(c.Key.Sha256))).Select(c => c.Key).ToFrozenSet();

        // What was added before its inner parts were looked at is looked at here.
        bool IsReadable(TrustedCertificate certificate) =>
            !store.IsShared || (!refused.Contains(certificate.Key.Sha256) && CertificateGrammar.IsKept(certificate.Der));
    }

    private void Log(TrustStoreOutcome outcome)
    {
        foreach (var damage in outcome.Damaged.Where(d => !IsRepeated(outcome.Name, d)))
            LogDamage(outcome.Name, DisplayText.Visible(damage));
        if (IsNews($"{outcome.Name} notes", string.Join('\n', outcome.Notes.Select(n => n.Message))))
            foreach (var note in outcome.Notes)
                LogNote(outcome.Name, DisplayText.Visible($"{note.Message} {note.Advice}"));
        if (outcome.Result == TrustStoreResult.Installed)
            _logged.TryRemove(outcome.Name, out _);
        if (outcome.Result is TrustStoreResult.Unusable or TrustStoreResult.Absent && IsNews(outcome.Name, outcome.Error))
            LogUnusable(outcome.Name, $"{outcome.Error} {outcome.Advice}");
        else if (outcome.Result == TrustStoreResult.Failed && outcome.ObservedHash is not null && IsNews(outcome.Name, outcome.Error))
            LogDifference(outcome.Name, outcome.Error);
        else if (outcome.Added.Count + outcome.Removed.Count > 0)
            LogChanged(outcome.Name, outcome.Added.Count, outcome.Removed.Count, outcome.Duration.TotalMilliseconds);
    }

    /// <summary>What stays as it is would otherwise be told every minute.</summary>
    private bool IsNews(string trustStore, string? problem)
    {
        var isNews = !_logged.TryGetValue(trustStore, out var last) || last != problem;
        _logged[trustStore] = problem;
        return isNews;
    }

    /// <summary>What is put right and comes again, as in a fight with another program, is told once until it has stayed away for an hour.</summary>
    private bool IsRepeated(string trustStore, string? problem)
    {
        var now = time.GetTimestamp();
        if (_recent.Count >= MaxSeen)
            _recent.Clear();
        var isRepeated = _recent.TryGetValue((trustStore, problem), out var last) && time.GetElapsedTime(last, now) < Away;
        _recent[(trustStore, problem)] = now;
        return isRepeated;
    }

    private void LogFailureOnce(string trustStore, TrustStoreException exception)
    {
        if (IsNews(trustStore, exception.Message))
            LogFailure(trustStore, DisplayText.Visible($"{exception.Message} {exception.Advice}"), exception);
    }

    [LoggerMessage(3001, LogLevel.Information, "Trust store {TrustStore}: {Added} certificates added, {Removed} removed, read back and found right, in {Milliseconds:F0} ms")]
    private partial void LogChanged(string trustStore, int added, int removed, double milliseconds);

    [LoggerMessage(3002, LogLevel.Warning, "Trust store {TrustStore}: damage found. {Damage}")]
    private partial void LogDamage(string trustStore, string damage);

    [LoggerMessage(3011, LogLevel.Warning, "Trust store {TrustStore}: a file that somebody else put there needs a look. {Note}")]
    private partial void LogNote(string trustStore, string note);

    [LoggerMessage(3003, LogLevel.Warning, "Trust store {TrustStore} cannot be used. {Reason}")]
    private partial void LogUnusable(string trustStore, string? reason);

    [LoggerMessage(3004, LogLevel.Error, "Trust store {TrustStore} is not as it should be. {Difference}")]
    private partial void LogDifference(string trustStore, string? difference);

    [LoggerMessage(3006, LogLevel.Warning, "Trust store {TrustStore} was changed by somebody else. {Difference}")]
    private partial void LogDrift(string trustStore, string? difference);

    [LoggerMessage(3005, LogLevel.Error, "Trust store {TrustStore} could not be read or written. {Reason}")]
    private partial void LogFailure(string trustStore, string reason, Exception exception);
}
