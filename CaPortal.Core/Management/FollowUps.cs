using System.Diagnostics;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.Management.Auditing;
using CaPortal.Core.Management.BackEnds;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.Readers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace CaPortal.Core.Management;

/// <summary>
/// What follows a change and is slower than the change itself: commands of the operating system, and asking other programs
/// in fresh processes whether they see it too. It runs behind, one at a time, and what came of it is recorded.
/// </summary>
internal sealed partial class FollowUps(
    PortalDatabase database, TrustStoreSelection trustStores, TrustReaders readers, BackEndProof backEnds, ActivityLog activity, TimeProvider time, ILogger<FollowUps> logger) : IAsyncDisposable
{
    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<string, string> _told = [];
    private Task _last = Task.CompletedTask;

    /// <summary>Begins it. The task ends when all is done and never fails.</summary>
    /// <param name="actor">On whose behalf it is recorded.</param>
    /// <param name="steps">Told of each step.</param>
    /// <param name="present">Certificates that programs are to trust now.</param>
    /// <param name="absent">Certificates that programs are to trust no more.</param>
    public Task Start(Actor actor, ChangeProgress steps, IReadOnlyList<CaCertificateKey> present, IReadOnlyList<CaCertificateKey> absent)
    {
        lock (_gate)
            return _last = Task.WhenAll(_last, Task.Run(() => RunAsync(actor, steps, present, absent), CancellationToken.None));
    }

    /// <summary>As <see cref="Start(Actor, ChangeProgress, IReadOnlyList{CaCertificateKey}, IReadOnlyList{CaCertificateKey})"/>, and tests the back-ends that a change was foreseen to affect.</summary>
    public Task Start(
        Actor actor, ChangeProgress steps, IReadOnlyList<CaCertificateKey> present, IReadOnlyList<CaCertificateKey> absent, long revision, IReadOnlyList<BackEndEffect> foreseen)
    {
        if (foreseen.Count == 0)
            return Start(actor, steps, present, absent);

        // Commands of the operating system have nothing to say about back-ends, so they are not waited for.
        lock (_gate)
        {
            var tests = Task.Run(() => GuardAsync(() => backEnds.RunAsync(actor, steps, revision, foreseen, _ending.Token)), CancellationToken.None);
            return _last = Task.WhenAll(tests, Start(actor, steps, present, absent));
        }
    }

    /// <summary>Waits until all that has begun is done.</summary>
    public Task WaitAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
            return _last.WaitAsync(cancellationToken);
    }

    /// <summary>Ends what is under way.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await WaitAsync(CancellationToken.None);
        _ending.Dispose();
        _oneAtATime.Dispose();
    }

    private Task RunAsync(Actor actor, ChangeProgress steps, IReadOnlyList<CaCertificateKey> present, IReadOnlyList<CaCertificateKey> absent) => GuardAsync(async () =>
    {
        await _oneAtATime.WaitAsync(_ending.Token);
        try
        {
            foreach (var store in trustStores.Enabled.Where(s => s.FollowUpTitle is not null && s.GetState().IsEnabled))
                await RunAsync(store, actor, steps);
            if (present.Count + absent.Count > 0 && readers.HaveAny)
                await ProveAsync(actor, steps, present, absent);
        }
        finally
        {
            _oneAtATime.Release();
        }
    });

    private async Task GuardAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            // The portal ends; the next start finds out what is left to do.
        }
        catch (ObjectDisposedException) when (_ending.IsCancellationRequested)
        {
            // The same, a moment later.
        }
        catch (DatabaseException e)
        {
            LogNotRecorded(e.Message);
        }
    }

    private async Task RunAsync(ITrustStore store, Actor actor, ChangeProgress steps)
    {
        var started = Stopwatch.GetTimestamp();
        steps.Following(store);
        TrustStoreFollowUp? done;
        try
        {
            done = await store.FollowUpAsync(_ending.Token);
            _told.Remove(store.Name);
        }
        catch (TrustStoreException e)
        {
            if (!e.Message.Equals(_told.GetValueOrDefault(store.Name), StringComparison.Ordinal))
                LogFailure(store.Name, e);
            _told[store.Name] = e.Message;
            done = new TrustStoreFollowUp("It failed.", $"{e.Message} {e.Advice}");
        }

        steps.Followed(store, done, Stopwatch.GetElapsedTime(started));
        await database.RunAsync(db => RecordAsync(db, store, done, actor), CancellationToken.None);
    }

    private async Task ProveAsync(Actor actor, ChangeProgress steps, IReadOnlyList<CaCertificateKey> present, IReadOnlyList<CaCertificateKey> absent)
    {
        // Before and after: which trust stores they are in decides what is asked.
        var some = present.Take(TrustReaders.MostCertificates).ToList();
        var others = absent.Take(TrustReaders.MostCertificates).ToList();
        var certificates = await database.RunAsync(db => TrustStoreSync.LoadCertificatesAsync(db, [.. some, .. others], _ending.Token), _ending.Token);
        steps.Asking();
        var verdicts = await readers.ProveAsync(
            [.. certificates.Where(c => some.Contains(c.Key))], [.. certificates.Where(c => others.Contains(c.Key))], _ending.Token);
        steps.Answered(verdicts, trustStores);
        if (verdicts.Count > 0)
            await database.RunAsync(db => activity.RecordAsync(db, new ActivityDraft(actor.Name, actor.Role.ToString(), actor.Source, ActivityActions.Proof, null, null, null, verdicts)), CancellationToken.None);
    }

    /// <summary>Records what came of it, where that is news: it is tried again with each look at the trust stores.</summary>
    private async Task<bool> RecordAsync(PortalDb db, ITrustStore store, TrustStoreFollowUp? done, Actor actor)
    {
        var status = await db.NodeStatuses.SingleOrDefaultAsync(s => s.NodeId == PortalDb.DefaultNodeId && s.TrustStore == store.Name);
        if ((done ?? DoneByOthers(status)) is not { } outcome)
            return false;

        if (status is not null && IsAsRecorded(outcome, status, actor))
            return false;

        if (status is not null)
            (status.FollowUpDetail, status.FollowUpWarning, status.FollowedUpAt) = (outcome.Detail, outcome.Warning, time.GetUtcNow().UtcDateTime);
        return await activity.RecordAsync(db, new ActivityDraft(
            actor.Name, actor.Role.ToString(), actor.Source, ActivityActions.FollowUp, null, null, null, new { TrustStore = store.Name, outcome.Detail, outcome.Warning }));
    }

    /// <summary>What was to be done is done, and not here.</summary>
    private static TrustStoreFollowUp? DoneByOthers(NodeStatus? status) =>
        status?.FollowUpWarning is null ? null : new TrustStoreFollowUp("Nothing is left to do: it has been done meanwhile.");

    // Whoever is at work may be another one each time; who asked for it wants to know that it failed again.
    private static bool IsAsRecorded(TrustStoreFollowUp outcome, NodeStatus status, Actor actor) =>
        outcome.Warning is not null && status.FollowUpWarning is not null && status.FollowUpDetail == outcome.Detail
        && (outcome.IsPutOff || (status.FollowUpWarning == outcome.Warning && actor == Actor.Portal));

    [LoggerMessage(4101, LogLevel.Error, "What follows a change of trust store {TrustStore} failed")]
    private partial void LogFailure(string trustStore, Exception exception);

    [LoggerMessage(4102, LogLevel.Error, "What followed a change could not be recorded: {Reason}")]
    private partial void LogNotRecorded(string reason);
}
