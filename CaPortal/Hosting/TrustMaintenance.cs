using CaPortal.Core.Data;
using CaPortal.Core.Management;
using CaPortal.Core.TrustStores;

namespace CaPortal.Hosting;

/// <summary>Heals what a crash or another program left: at start, as soon as the files of a trust store change, and every minute.</summary>
internal sealed partial class TrustMaintenance(CaCertificateService certificates, TrustStoreWatcher watcher, TimeProvider time, ILogger<TrustMaintenance> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The server starts meanwhile.
        await Task.Yield();
        try
        {
            var pace = new HealingPace(time);
            while (true)
            {
                if (await MaintainAsync(stoppingToken) && pace.IsTooOften())
                {
                    LogTooOften(logger, Period.TotalSeconds);
                    await Task.Delay(Period, time, stoppingToken);
                }
                else
                {
                    await watcher.WaitAsync(Period, stoppingToken);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The portal ends.
        }
    }

    /// <summary>A command of the operating system that is under way is left to finish, as long as the end of the portal may take.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await certificates.FollowUpsAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The next start finds out what is left to do.
        }
    }

    /// <returns>Whether there was something to heal.</returns>
    private async Task<bool> MaintainAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await certificates.MaintainAsync(cancellationToken)).Any(o => o.IsChanged);
        }
        catch (DatabaseException e)
        {
            LogDatabaseUnavailable(logger, e.Message);
            return false;
        }
    }

    [LoggerMessage(4002, LogLevel.Warning, "Another program goes on changing the trust stores; they are healed again in {Seconds:F0} seconds, and not at once")]
    private static partial void LogTooOften(ILogger logger, double seconds);

    [LoggerMessage(4001, LogLevel.Error, "The trust stores could not be compared with the list: {Reason}")]
    private static partial void LogDatabaseUnavailable(ILogger logger, string reason);
}
