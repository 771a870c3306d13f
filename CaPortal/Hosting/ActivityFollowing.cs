using CaPortal.Core.Data;
using CaPortal.Core.Management.Auditing;
using CaPortal.Core.Management.Auditing.Forwarding;

namespace CaPortal.Hosting;

/// <summary>
/// Forwards the activity log to where the settings say: at start, after each entry, and every minute, for another process may
/// write to the same log. A place that takes nothing is tried again, and keeps nothing else waiting.
/// </summary>
internal sealed partial class ActivityFollowing(ActivityForwarding forwarding, ActivityService activity, ActivityRecorder recorder, TimeProvider time, ILogger<ActivityFollowing> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The server starts meanwhile.
        await Task.Yield();
        try
        {
            await Task.WhenAll(forwarding.Forwarders.Select(f => FollowAsync(f, stoppingToken)));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The portal ends; the next start goes on from there.
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await recorder.EndAsync();
    }

    /// <summary>How long to wait after so many failures in a row: a second, twice as long each time, five minutes at most.</summary>
    internal static TimeSpan DelayAfter(int failures) =>
        failures > 9 ? LongestDelay : TimeSpan.FromSeconds(Math.Min(LongestDelay.TotalSeconds, 1 << (failures - 1)));

    private async Task FollowAsync(ActivityForwarder forwarder, CancellationToken cancellationToken)
    {
        var written = new Wakeup(time);
        activity.Changed += written.Call;
        try
        {
            for (var failures = 0; ;)
            {
                if (await TryAsync(forwarder, isFirstFailure: failures == 0, cancellationToken))
                {
                    if (failures > 0)
                        LogWorksAgain(logger, forwarder.Name);
                    failures = 0;
                    await written.WaitAsync(Period, cancellationToken);
                }
                else
                {
                    await Task.Delay(DelayAfter(++failures), time, cancellationToken);
                }
            }
        }
        finally
        {
            activity.Changed -= written.Call;
        }
    }

    private async Task<bool> TryAsync(ActivityForwarder forwarder, bool isFirstFailure, CancellationToken cancellationToken)
    {
        try
        {
            await forwarder.ForwardAsync(cancellationToken);
            return true;
        }
        catch (Exception e) when (e is ActivitySinkException or DatabaseException)
        {
            if (isFirstFailure)
                LogFailed(logger, forwarder.Name, e.Message);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The portal does its other work whatever happens here.
            if (isFirstFailure)
                LogFailedUnexpectedly(logger, forwarder.Name, e);
        }

        return false;
    }

    [LoggerMessage(4031, LogLevel.Error, "The activity log could not be forwarded to {Sink}; it is tried again until it can. {Reason}")]
    private static partial void LogFailed(ILogger logger, string sink, string reason);

    [LoggerMessage(4032, LogLevel.Error, "Forwarding the activity log to {Sink} failed; it is tried again until it works")]
    private static partial void LogFailedUnexpectedly(ILogger logger, string sink, Exception exception);

    [LoggerMessage(4033, LogLevel.Information, "The activity log is forwarded to {Sink} again; nothing was left out")]
    private static partial void LogWorksAgain(ILogger logger, string sink);
}
