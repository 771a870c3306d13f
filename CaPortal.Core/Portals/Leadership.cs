using CaPortal.Core.Data;
using Microsoft.Extensions.Logging;

namespace CaPortal.Core.Portals;

/// <summary>
/// Whether this portal leads: of several portals on one database, one tests back-ends, sends alerts and forwards the activity log. The
/// lead lasts for <see cref="IPeers.Term"/> and is renewed; where its portal dies or freezes, another takes it.
/// </summary>
public sealed partial class Leadership : IDisposable
{
    /// <summary>How often the lead is renewed, and how often another portal asks for it.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private readonly IPeers _peers;
    private readonly TimeProvider _time;
    private readonly ILogger<Leadership> _logger;
    private readonly Lock _gate = new();
    private TaskCompletionSource _taken = NewSignal();
    private TaskCompletionSource _freed = NewSignal();
    private Held? _held;

    /// <summary>Creates it.</summary>
    public Leadership(IPeers peers, PeerChanges changes, TimeProvider time, ILogger<Leadership> logger)
    {
        (_peers, _time, _logger) = (peers, time, logger);
        if (!peers.MayExist)
            _held = new Held(1, Timeout.InfiniteTimeSpan, time);
        changes.On(() => Volatile.Read(ref _freed).TrySetResult(), typeof(PortalLease));
    }

    /// <summary>Whether this portal leads now.</summary>
    public bool IsLeading => Volatile.Read(ref _held) is { IsOver: false };

    /// <summary>
    /// Takes the lead where it is free, and renews it, until the token is cancelled; then gives it up. Not needed for the one portal on a
    /// database: it always leads.
    /// </summary>
    public async Task KeepAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var freed = NewSignal();
            Volatile.Write(ref _freed, freed);
            await TryAsync(cancellationToken);
            await Task.WhenAny(freed.Task, Task.Delay(Pause, _time, cancellationToken));
        }

        await ResignAsync();
    }

    /// <summary>Works while this portal leads, and again each time that it takes the lead anew. Ends with the token alone.</summary>
    /// <param name="work">Ends when its token is cancelled.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var held = await LeadAsync(cancellationToken);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(held.Over, cancellationToken);
                await RunAsync(held, work, either.Token);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // The portal ends.
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => End();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task RunAsync(Held held, Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        try
        {
            await Lead.RunAsync(held.Epoch, () => work(cancellationToken));
            await Task.Delay(Timeout.InfiniteTimeSpan, _time, cancellationToken);
        }
        catch (OperationCanceledException) when (held.IsOver)
        {
            // Another portal leads, or the database is away.
        }
    }

    private async Task<Held> LeadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task taken;
            lock (_gate)
            {
                if (_held is { IsOver: false } held)
                    return held;
                if (_taken.Task.IsCompleted)
                    _taken = NewSignal();
                taken = _taken.Task;
            }

            await taken.WaitAsync(cancellationToken);
        }
    }

    private async Task TryAsync(CancellationToken cancellationToken)
    {
        // The database measures the term from later on.
        var asked = _time.GetTimestamp();
        using var limit = new CancellationTokenSource(IPeers.Term, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            Become(await _peers.LeadAsync(either.Token), asked);
        }
        catch (Exception e) when (e is DatabaseException or OperationCanceledException)
        {
            // The database says so itself. A lead lasts as long as it was given.
        }
    }

    private void Become(long? epoch, long asked)
    {
        lock (_gate)
        {
            var left = IPeers.Term - _time.GetElapsedTime(asked);
            if (left <= TimeSpan.Zero)
                return;
            if (epoch is not { } mine)
            {
                if (_held is not null)
                    LogTakenOver(_logger);
                End();
            }
            else if (_held?.Epoch != mine || !_held.Renew(left))
            {
                if (_held?.Epoch != mine)
                    LogLeads(_logger);
                End();
                _held = new Held(mine, left, _time);
                _taken.TrySetResult();
            }
        }
    }

    private async Task ResignAsync()
    {
        lock (_gate)
            End();
        try
        {
            using var limit = new CancellationTokenSource(Pause, _time);
            await _peers.ResignAsync(limit.Token);
        }
        catch (Exception e) when (e is DatabaseException or OperationCanceledException)
        {
            // Its time is over soon.
        }
    }

    private void End()
    {
        _held?.Dispose();
        _held = null;
    }

    [LoggerMessage(4051, LogLevel.Information, "This portal tests back-ends, sends alerts and forwards the activity log now")]
    private static partial void LogLeads(ILogger logger);

    [LoggerMessage(4052, LogLevel.Warning, "Another portal has taken over: it tests back-ends, sends alerts and forwards the activity log now")]
    private static partial void LogTakenOver(ILogger logger);

    /// <summary>The lead, until its time is over or it is disposed of.</summary>
    private sealed class Held : IDisposable
    {
        private readonly CancellationTokenSource _over;

        public Held(long epoch, TimeSpan left, TimeProvider time)
        {
            (Epoch, _over) = (epoch, new CancellationTokenSource(left, time));
            Over = _over.Token;
        }

        public long Epoch { get; }

        public CancellationToken Over { get; }

        public bool IsOver => Over.IsCancellationRequested;

        public bool Renew(TimeSpan left)
        {
            _over.CancelAfter(left);
            return !IsOver;
        }

        public void Dispose()
        {
            _over.Cancel();
            _over.Dispose();
        }
    }
}
