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
        _last = new Lazy<Task>(CheckpointAtTheEndAsync);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => new BackgroundLoop(_time) { LongestPause = Period, Failed = LogFailure }.RunAsync(
        async cancellationToken =>
        {
            await Task.Delay(Period, _time, cancellationToken);
            await _database.CheckpointAsync(cancellationToken);
        },
        stoppingToken);

    /// <summary>Those who write have ended before: they were started later.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);

        // A host may be ended twice at once, and its services go with the first that is done.
        await _last.Value;
    }

    private async Task CheckpointAtTheEndAsync()
    {
        try
        {
            await _database.CheckpointAsync(CancellationToken.None);
        }
        catch (DatabaseException e)
        {
            LogFailure(e);
        }
    }

    private void LogFailure(Exception exception)
    {
        if (exception is DatabaseException)
            LogNotMoved(_logger, exception.Message);
        else
            LogFailed(_logger, exception);
    }

    [LoggerMessage(
        4010,
        LogLevel.Warning,
        "The write-ahead log could not be moved into the database file: {Reason} Nothing is lost, but a copy of that file alone is not whole")]
    private static partial void LogNotMoved(ILogger logger, string reason);

    [LoggerMessage(4013, LogLevel.Error, "Moving the write-ahead log into the database file failed; it is tried again")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
