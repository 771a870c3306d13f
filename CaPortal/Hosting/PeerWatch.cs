using CaPortal.Authentication;
using CaPortal.Core.Activity;
using CaPortal.Core.Data;
using CaPortal.Core.Portals;

namespace CaPortal.Hosting;

/// <summary>
/// Keeps this portal in step with others on the same database: takes the lead where it is free, hears what others change, and exchanges
/// with them what all must know.
/// </summary>
internal sealed partial class PeerWatch(
    IPeers peers,
    PeerChanges changes,
    Leadership leadership,
    SharedFiles files,
    EndedSessions sessions,
    ActivityService activity,
    TimeProvider time,
    ILogger<PeerWatch> logger) : BackgroundService
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    /// <summary>To be on the safe side: each change is called out.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!peers.MayExist)
            return Task.CompletedTask;
        var (shared, ended, recorded) = (new Wakeup(time), new Wakeup(time), new Wakeup(time));
        sessions.Added += ended.Call;
        changes.On(shared.Call, typeof(SharedEntry));
        changes.On(ended.Call, typeof(SharedEntry));
        changes.On(recorded.Call, typeof(ActivityEntry));
        return Task.WhenAll(
            leadership.KeepAsync(stoppingToken),
            NewLoop(LogNotHeard).RunAsync(cancellationToken => peers.ListenAsync(changes.Raise, cancellationToken), stoppingToken),
            NewLoop(LogNotExchanged).RunAsync(
                async cancellationToken =>
                {
                    await sessions.ExchangeAsync(cancellationToken);
                    await ended.WaitAsync(Period, cancellationToken);
                },
                stoppingToken),
            NewLoop(LogNotExchanged).RunAsync(
                async cancellationToken =>
                {
                    await files.ExchangeAsync(cancellationToken);
                    await shared.WaitAsync(Period, cancellationToken);
                },
                stoppingToken),
            NewLoop(LogNotFollowed).RunAsync(
                async cancellationToken =>
                {
                    await activity.FollowAsync(cancellationToken);
                    await recorded.WaitAsync(Period, cancellationToken);
                },
                stoppingToken));
    }

    private BackgroundLoop NewLoop(Action<ILogger, string, Exception?> log) => new(time)
    {
        LongestPause = LongestPause,
        Failed = e => log(logger, e.Message, e is DatabaseException ? null : e),
    };

    [LoggerMessage(4053, LogLevel.Error, "Other portals on the database are not heard, and it is tried again: pages here may be out of date. {Reason}")]
    private static partial void LogNotHeard(ILogger logger, string reason, Exception? exception);

    [LoggerMessage(4054, LogLevel.Error, "Keys and ended sessions could not be exchanged with other portals; it is tried again. {Reason}")]
    private static partial void LogNotExchanged(ILogger logger, string reason, Exception? exception);

    [LoggerMessage(4055, LogLevel.Error, "The end of the activity log could not be followed; it is tried again. {Reason}")]
    private static partial void LogNotFollowed(ILogger logger, string reason, Exception? exception);
}
