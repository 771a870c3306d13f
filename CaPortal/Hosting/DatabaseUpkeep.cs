using CaPortal.Core.Data;

namespace CaPortal.Hosting;

/// <summary>
/// Keeps the database file itself up to date, every minute and when the portal ends: who copies that file alone has the list,
/// and not an empty one.
/// </summary>
internal sealed partial class DatabaseUpkeep : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private readonly PortalDatabase _database;
    private readonly TimeProvider _time;
    private readonly ILogger<DatabaseUpkeep> _logger;
    private readonly Lazy<Task> _last;

    public DatabaseUpkeep(PortalDatabase database, TimeProvider time, ILogger<DatabaseUpkeep> logger)
    {
        (_database, _time, _logger) = (database, time, logger);
        _last = new Lazy<Task>(() => CheckpointAsync(CancellationToken.None));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await CheckpointAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The portal ends.
        }
    }

    /// <summary>Those who write have ended before: they were started later.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);

        // A host may be ended twice at once, and its services go with the first that is done.
        await _last.Value;
    }

    private async Task CheckpointAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _database.CheckpointAsync(cancellationToken);
        }
        catch (DatabaseException e)
        {
            LogNotMoved(_logger, e.Message);
        }
    }

    [LoggerMessage(4010, LogLevel.Warning, "The write-ahead log could not be moved into the database file: {Reason} Nothing is lost, but a copy of that file alone is not whole")]
    private static partial void LogNotMoved(ILogger logger, string reason);
}
