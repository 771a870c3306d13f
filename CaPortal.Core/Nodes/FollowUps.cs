using System.Diagnostics;
using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.TrustStores;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace CaPortal.Core.Nodes;

/// <summary>
/// What follows a change and is slower than the change itself: commands of the operating system, and asking other programs
/// in fresh processes whether they see it too. It runs behind, once for all changes that wait, and what came of it is recorded.
/// </summary>
internal sealed partial class FollowUps(
    DatabaseWriter writer, TrustStoreSelection trustStores, ProgramProof programs, TimeProvider time, ILogger<FollowUps> logger) : IAsyncDisposable
{
    // A command that is well is nearly through by then, and is better not broken off.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    // For what is left of one that was ended: a bundle that is put back.
    private static readonly TimeSpan QuickWait = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _gate = new();
    private readonly List<Request> _waiting = [];
    private readonly Dictionary<string, string> _logged = [];
    private Task _last = Task.CompletedTask;
    private bool _isWorking;
    private bool _isDisposed;

    /// <summary>Begins it, together with what waits already. The task ends when all is done and never fails.</summary>
    /// <param name="actor">On whose behalf it is recorded.</param>
    /// <param name="steps">Receives each step as it begins and ends.</param>
    /// <param name="present">Certificates that programs must trust now.</param>
    /// <param name="absent">Certificates that programs must not trust any more.</param>
    /// <param name="revision">The revision that changed them; 0 where none did.</param>
    public Task Start(Actor actor, ChangeProgress steps, IReadOnlyList<CaCertificateKey> present, IReadOnlyList<CaCertificateKey> absent, long revision = 0)
    {
        lock (_gate)
        {
            var request = new Request(actor, new ProvedChange(steps, present, absent, revision));
            if (actor == Actor.Portal && !request.Change.HasCertificates && _waiting.Count > 0)
                return _waiting[^1].Done.Task;
            _waiting.Add(request);
            _last = Task.WhenAll(_last, request.Done.Task);
            if (!_isWorking)
                _ = Task.Run(WorkAsync, CancellationToken.None);
            _isWorking = true;
            return request.Done.Task;
        }
    }

    /// <summary>As the other one, with work of others beside it, for which commands of the operating system are not waited.</summary>
    /// <inheritdoc cref="Start(Actor, ChangeProgress, IReadOnlyList{CaCertificateKey}, IReadOnlyList{CaCertificateKey}, long)"/>
    public Task Start(
        Actor actor,
        ChangeProgress steps,
        IReadOnlyList<CaCertificateKey> present,
        IReadOnlyList<CaCertificateKey> absent,
        long revision,
        Func<CancellationToken, Task>? beside)
    {
        if (beside is null)
            return Start(actor, steps, present, absent, revision);
        lock (_gate)
        {
            var work = Task.Run(() => GuardAsync(() => beside(_stopping.Token)), CancellationToken.None);
            var both = Task.WhenAll(work, Start(actor, steps, present, absent, revision));
            _last = Task.WhenAll(_last, both);
            return both;
        }
    }

    /// <summary>Waits until all that has begun is done.</summary>
    public Task WaitAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
            return _last.WaitAsync(cancellationToken);
    }

    /// <summary>
    /// Begins nothing more, and ends what is under way: questions at once, commands of the operating system after two seconds. The next
    /// start finds what is left to do.
    /// </summary>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        // A host may be ended once more after all is disposed of.
        if (_isDisposed)
            return;
        await _stopping.CancelAsync();
        if (!await IsDoneWithinAsync(Grace, cancellationToken))
            await KillAsync();
        await WaitAsync(cancellationToken);
    }

    /// <summary>Ends what is under way.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
            return;
        await _stopping.CancelAsync();
        await KillAsync();
        _isDisposed = true;
        if (!await IsDoneWithinAsync(QuickWait, CancellationToken.None))
            return;
        _ending.Dispose();
        _stopping.Dispose();
    }

    private async Task KillAsync()
    {
        await _ending.CancelAsync();
        foreach (var store in trustStores.Enabled)
            store.EndCommands();
    }

    private async Task<bool> IsDoneWithinAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        var all = WaitAsync(CancellationToken.None);
        return all == await Task.WhenAny(all, Task.Delay(timeout, cancellationToken));
    }

    private async Task WorkAsync()
    {
        while (true)
        {
            List<Request> round;
            lock (_gate)
            {
                round = [.. _waiting];
                _waiting.Clear();
                _isWorking = round.Count > 0;
            }

            if (round.Count == 0)
                return;
            await GuardAsync(() => RunAsync(round));
            round.ForEach(r => r.Done.SetResult());
        }
    }

    private async Task RunAsync(List<Request> round)
    {
        // Who made a change wants to know that it failed again; the portal has said so already.
        var actor = round.FindLast(r => r.Actor != Actor.Portal)?.Actor ?? Actor.Portal;
        foreach (var store in trustStores.Enabled.Where(s => s.FollowUpTitle is not null && s.GetState().IsEnabled))
        {
            _stopping.Token.ThrowIfCancellationRequested();
            await RunAsync(store, actor, round);
        }

        var takenBack = await programs.AskAsync(actor, [.. round.Select(r => r.Change)], _stopping.Token);
        if (takenBack)
            _ = Start(Actor.Portal, new ChangeProgress(null), [], []);
    }

    private async Task GuardAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The portal ends; the next start finds out what is left to do.
        }
        catch (ObjectDisposedException) when (_stopping.IsCancellationRequested)
        {
            // The same, a moment later.
        }
        catch (DatabaseException e)
        {
            LogNotRecorded(e.Message);
        }
        catch (Exception e)
        {
            // What waits behind it is done even if this fails.
            LogUnexpected(e);
        }
    }

    private async Task RunAsync(ITrustStore store, Actor actor, List<Request> round)
    {
        var started = Stopwatch.GetTimestamp();
        round.ForEach(r => r.Change.Steps.Following(store));
        TrustStoreFollowUp? done;
        try
        {
            done = await store.FollowUpAsync(_ending.Token);
            _logged.Remove(store.Name);
        }
        catch (TrustStoreException e)
        {
            if (!e.Message.Equals(_logged.GetValueOrDefault(store.Name), StringComparison.Ordinal))
                LogFailure(store.Name, e);
            _logged[store.Name] = e.Message;
            done = new TrustStoreFollowUp("It failed.", $"{e.Message} {e.Advice}");
        }

        var duration = Stopwatch.GetElapsedTime(started);
        round.ForEach(r => r.Change.Steps.Followed(store, done, duration));
        await writer.WriteAsync(db => RecordAsync(db, store, done, actor), CancellationToken.None);
    }

    /// <summary>Records what came of it, where that is news: it is tried again with each look at the trust stores.</summary>
    private async Task<Written<bool>> RecordAsync(PortalDb db, ITrustStore store, TrustStoreFollowUp? done, Actor actor)
    {
        var status = await db.OwnStatuses.SingleOrDefaultAsync(s => s.TrustStore == store.Name);
        if ((done ?? DoneByOthers(status)) is not { } outcome)
            return new(false);

        if (status is not null && IsAsRecorded(outcome, status, actor))
            return new(false);

        if (status is not null)
            (status.FollowUpDetail, status.FollowUpWarning, status.FollowedUpAt) = (outcome.Detail, outcome.Warning, time.GetUtcNow().UtcDateTime);
        return new(
            true,
            new ActivityDraft(
                actor.Name,
                actor.Role.ToString(),
                actor.Source,
                ActivityActions.FollowUp,
                null,
                null,
                null,
                new
                {
                    TrustStore = store.Name,
                    outcome.Detail,
                    outcome.Warning,
                }));
    }

    /// <summary>What was to be done is done, and not here.</summary>
    private static TrustStoreFollowUp? DoneByOthers(NodeStatus? status) =>
        status?.FollowUpWarning is null ? null : new TrustStoreFollowUp("Nothing is left to do: it has been done meanwhile.");

    // The actor may be another one each time. The person who asked for it wants to know that it failed again.
    private static bool IsAsRecorded(TrustStoreFollowUp outcome, NodeStatus status, Actor actor) =>
        outcome.Warning is not null && status.FollowUpWarning is not null && status.FollowUpDetail == outcome.Detail
        && (outcome.IsPutOff || (status.FollowUpWarning == outcome.Warning && actor == Actor.Portal));

    [LoggerMessage(4101, LogLevel.Error, "What follows a change of trust store {TrustStore} failed")]
    private partial void LogFailure(string trustStore, Exception exception);

    [LoggerMessage(4102, LogLevel.Error, "What followed a change could not be recorded: {Reason}")]
    private partial void LogNotRecorded(string reason);

    [LoggerMessage(4103, LogLevel.Error, "What follows a change failed")]
    private partial void LogUnexpected(Exception exception);

    /// <summary>What must be done for one change, or for a look at the trust stores.</summary>
    private sealed record Request(Actor Actor, ProvedChange Change)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
