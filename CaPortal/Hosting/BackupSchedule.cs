using CaPortal.Core.Backups;
using CaPortal.Core.Data;
using CaPortal.Core.Management.Backups;

namespace CaPortal.Hosting;

/// <summary>Takes the backups that are due. One that fails is tried again, and told once for each reason.</summary>
internal sealed partial class BackupSchedule(BackupService backups, TimeProvider time, ILogger<BackupSchedule> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(5);

    private string? _told;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Not at the start: it is busy, and what ends soon needs none.
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await LookAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The portal ends.
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await backups.TakeDueAsync(cancellationToken) is not { } taken)
                return;
            LogTaken(logger, taken.Path, taken.Length);
            _told = null;
        }
        catch (Exception e) when (e is BackupException or DatabaseException)
        {
            if (_told != e.Message)
                LogFailed(logger, e.Message, backups.Failure?.Advice ?? "");
            _told = e.Message;
        }
    }

    [LoggerMessage(4041, LogLevel.Information, "A backup was taken: {Path} ({Bytes} bytes)")]
    private static partial void LogTaken(ILogger logger, string path, long bytes);

    [LoggerMessage(4042, LogLevel.Error, "No backup could be taken; it is tried again every five minutes. {Reason} {Advice}")]
    private static partial void LogFailed(ILogger logger, string reason, string advice);
}
