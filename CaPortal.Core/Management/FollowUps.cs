using System.Diagnostics;
using CaPortal.Core.Activity;
using CaPortal.Core.Data;
using CaPortal.Core.TrustStores;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace CaPortal.Core.Management;

/// <summary>
/// What follows a change and is slower than the change itself: commands of the operating system. It runs behind, one at a
/// time, and what came of it is kept with the trust store.
/// </summary>
internal sealed partial class FollowUps(
    PortalDatabase database, TrustStoreSelection trustStores, ActivityLog activity, TimeProvider time, ILogger<FollowUps> logger) : IAsyncDisposable
{
    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _gate = new();
    private Task _last = Task.CompletedTask;

    /// <summary>Begins it. The task ends when all is done and never fails.</summary>
    public Task Start(Actor actor, ChangeProgress steps)
    {
        lock (_gate)
            return _last = Task.WhenAll(_last, Task.Run(() => RunAsync(actor, steps), CancellationToken.None));
    }

    /// <summary>Ends what is under way.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _last;
        _ending.Dispose();
        _oneAtATime.Dispose();
    }

    private async Task RunAsync(Actor actor, ChangeProgress steps)
    {
        try
        {
            await _oneAtATime.WaitAsync(_ending.Token);
            try
            {
                foreach (var store in trustStores.Enabled.Where(s => s.FollowUpTitle is not null && s.GetState().IsEnabled))
                    await RunAsync(store, actor, steps);
            }
            finally
            {
                _oneAtATime.Release();
            }
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            // The portal ends; the next start finds out what is left to do.
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
        }
        catch (TrustStoreException e)
        {
            LogFailure(store.Name, e);
            done = new TrustStoreFollowUp("It failed.", $"{e.Message} {e.Advice}");
        }

        steps.Followed(store, done, Stopwatch.GetElapsedTime(started));
        if (done is null)
            return;
        try
        {
            await database.RunAsync(db => RecordAsync(db, store, done, actor), CancellationToken.None);
        }
        catch (DatabaseException e)
        {
            LogNotRecorded(store.Name, e.Message);
        }
    }

    private async Task<bool> RecordAsync(PortalDb db, ITrustStore store, TrustStoreFollowUp done, Actor actor)
    {
        await using var transaction = await db.Database.BeginTransactionAsync();
        var status = await db.NodeStatuses.SingleOrDefaultAsync(s => s.NodeId == PortalDb.DefaultNodeId && s.TrustStore == store.Name);
        if (status is null)
            return false;

        (status.FollowUpDetail, status.FollowUpWarning, status.FollowedUpAt) = (done.Detail, done.Warning, time.GetUtcNow().UtcDateTime);
        var draft = new ActivityDraft(
            actor.Name, actor.Role.ToString(), actor.Source, "FollowUp", null, null, null, new { TrustStore = store.Name, done.Detail, done.Warning });
        var head = await activity.AppendAsync(db, draft, CancellationToken.None);
        await db.SaveChangesAsync();
        await transaction.CommitAsync();
        activity.Anchor(head);
        return true;
    }

    [LoggerMessage(4101, LogLevel.Error, "What follows a change of trust store {TrustStore} failed")]
    private partial void LogFailure(string trustStore, Exception exception);

    [LoggerMessage(4102, LogLevel.Error, "What followed a change of trust store {TrustStore} could not be recorded: {Reason}")]
    private partial void LogNotRecorded(string trustStore, string reason);
}
