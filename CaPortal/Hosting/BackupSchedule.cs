using CaPortal.Core.Backups;
using CaPortal.Core.Data;

namespace CaPortal.Hosting;

/// <summary>Takes the backups that are due, and tries one that failed again.</summary>
internal sealed partial class BackupSchedule(BackupService backups, TimeProvider time, ILogger<BackupSchedule> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(5);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => new BackgroundLoop(time) { LongestPause = Period, Failed = LogFailure }.RunAsync(
        async cancellationToken =>
        {
            // Not at the start: it is busy, and what ends soon needs none.
            await Task.Delay(Period, time, cancellationToken);
            if (await backups.TakeDueAsync(cancellationToken) is { } taken)
                LogTaken(logger, taken.Path, taken.Length);
        },
        stoppingToken);

    private void LogFailure(Exception exception)
    {
        if (exception is BackupException or DatabaseException)
            LogNotTaken(logger, exception.Message, backups.Failure?.Advice ?? "");
        else
            LogFailed(logger, exception);
    }

    [LoggerMessage(4041, LogLevel.Information, "A backup was taken: {Path} ({Bytes} bytes)")]
    private static partial void LogTaken(ILogger logger, string path, long bytes);

    [LoggerMessage(4042, LogLevel.Error, "No backup could be taken; it is tried again every five minutes. {Reason} {Advice}")]
    private static partial void LogNotTaken(ILogger logger, string reason, string advice);

    [LoggerMessage(4043, LogLevel.Error, "Taking a backup failed; it is tried again every five minutes")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
