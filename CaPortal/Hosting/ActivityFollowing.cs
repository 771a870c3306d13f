using CaPortal.Core.Activity;
using CaPortal.Core.Activity.Forwarding;
using CaPortal.Core.Data;
using CaPortal.Core.Portals;

namespace CaPortal.Hosting;

/// <summary>
/// Forwards the activity log to where the settings say: at start, after each entry, and every minute, for another process may
/// write to the same log. A place that takes nothing is tried again, and keeps nothing else waiting.
/// </summary>
internal sealed partial class ActivityFollowing(
    ActivityForwarding forwarding,
    ActivityService activity,
    ActivityRecorder recorder,
    Leadership leadership,
    TimeProvider time,
    ILogger<ActivityFollowing> logger
) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        leadership.RunAsync(leading => Task.WhenAll(forwarding.Forwarders.Select(f => FollowAsync(f, leading))), stoppingToken);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await recorder.EndAsync();
    }

    private async Task FollowAsync(ActivityForwarder forwarder, CancellationToken stoppingToken)
    {
        var written = new Wakeup(time);
        var isFailing = false;
        activity.Changed += written.Call;
        try
        {
            await new BackgroundLoop(time) { LongestPause = LongestPause, Failed = LogFailure }.RunAsync(
                async cancellationToken =>
                {
                    await forwarder.ForwardAsync(cancellationToken);
                    if (isFailing)
                        LogWorksAgain(logger, forwarder.Name);
                    isFailing = false;
                    await written.WaitAsync(Period, cancellationToken);
                },
                stoppingToken);
        }
        finally
        {
            activity.Changed -= written.Call;
        }

        void LogFailure(Exception exception)
        {
            isFailing = true;
            if (exception is ActivitySinkException or DatabaseException)
                LogFailed(logger, forwarder.Name, exception.Message);
            else
                LogFailedUnexpectedly(logger, forwarder.Name, exception);
        }
    }

    [LoggerMessage(4031, LogLevel.Error, "The activity log could not be forwarded to {Sink}; it is tried again until it can. {Reason}")]
    private static partial void LogFailed(ILogger logger, string sink, string reason);

    [LoggerMessage(4032, LogLevel.Error, "Forwarding the activity log to {Sink} failed; it is tried again until it works")]
    private static partial void LogFailedUnexpectedly(ILogger logger, string sink, Exception exception);

    [LoggerMessage(4033, LogLevel.Information, "The activity log is forwarded to {Sink} again; nothing was left out")]
    private static partial void LogWorksAgain(ILogger logger, string sink);
}
