using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using CaPortal.Core.TrustStores;

namespace CaPortal.Hosting;

/// <summary>Heals what a crash or another program left: at start, as soon as the files of a trust store change, and every minute.</summary>
internal sealed partial class TrustMaintenance(
    Maintenance maintenance,
    MachineTrust machine,
    TrustStoreWatcher watcher,
    PeerChanges peers,
    TimeProvider time,
    ILogger<TrustMaintenance> logger
) : BackgroundService, IHostedLifecycleService
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private Task? _followUps;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        peers.On(watcher.Call, typeof(ServiceInstance));
        var pace = new HealingThrottle(time);
        await new BackgroundLoop(time) { LongestPause = Period, Failed = LogFailure }.RunAsync(
            async cancellationToken =>
            {
                // What changes of the list leave to do is no fight with another program.
                var isHealed = (await maintenance.RunAsync(cancellationToken)).Any(o => o.IsHealed);
                if (isHealed && pace.IsTooOften())
                {
                    LogTooOften(logger, Period.TotalSeconds);
                    await Task.Delay(Period, time, cancellationToken);
                }
                else
                {
                    await watcher.WaitAsync(Period, cancellationToken);
                }
            },
            stoppingToken);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Before anything else ends: requests that wait for a command would hold up the server.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        _followUps = machine.EndFollowUpsAsync(cancellationToken);
        return Task.CompletedTask;
    }

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Waits until the commands that follow changes have ended: soon, for they are made to.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _followUps ??= machine.EndFollowUpsAsync(cancellationToken);
        await base.StopAsync(cancellationToken);
        try
        {
            await _followUps;
        }
        catch (OperationCanceledException)
        {
            // The next start finds out what is left to do.
        }
    }

    private void LogFailure(Exception exception)
    {
        if (exception is DatabaseException)
            LogDatabaseUnavailable(logger, exception.Message);
        else
            LogFailed(logger, exception);
    }

    [LoggerMessage(4002, LogLevel.Warning, "Another program goes on changing the trust stores; they are healed again in {Seconds:F0} seconds, and not at once")]
    private static partial void LogTooOften(ILogger logger, double seconds);

    [LoggerMessage(4001, LogLevel.Error, "The look at the trust stores did not come to its end: {Reason}")]
    private static partial void LogDatabaseUnavailable(ILogger logger, string reason);

    [LoggerMessage(4005, LogLevel.Error, "The look at the trust stores failed; it is tried again")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
