using CaPortal.Core.Alerts;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Data;
using CaPortal.Core.Inventory;
using CaPortal.Core.Portals;

namespace CaPortal.Hosting;

/// <summary>
/// Keeps alerts up to date and sends them: at start, after tests and changes of the list, every hour, and when a message must
/// be tried again.
/// </summary>
internal sealed partial class AlertWatch(
    AlertService alerts,
    BackEndService backEnds,
    CertificateList certificates,
    Leadership leadership,
    TimeProvider time,
    ILogger<AlertWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromHours(1);

    /// <summary>What changes within it is looked at, and written about, together.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var (changed, evaluated) = (new Wakeup(time), new Wakeup(time));
        backEnds.Changed += changed.Call;
        certificates.Changed += changed.Call;
        try
        {
            // Side by side: a server that takes no message must not keep the portal from seeing what is new.
            await leadership.RunAsync(
                leading => Task.WhenAll(
                    NewLoop().RunAsync(
                        async cancellationToken =>
                        {
                            await alerts.EvaluateAsync(cancellationToken);
                            evaluated.Call();
                            await WaitAsync(changed, null, cancellationToken);
                        },
                        leading),
                    NewLoop().RunAsync(
                        async cancellationToken => await WaitAsync(evaluated, await alerts.DeliverAsync(cancellationToken), cancellationToken),
                        leading)),
                stoppingToken);
        }
        finally
        {
            backEnds.Changed -= changed.Call;
            certificates.Changed -= changed.Call;
        }
    }

    private BackgroundLoop NewLoop() => new(time) { Failed = LogFailure };

    /// <summary>
    /// Waits until there is more to do: at <paramref name="due"/>, when <paramref name="wakeup"/> is called, and after an hour at
    /// the latest.
    /// </summary>
    private async Task WaitAsync(Wakeup wakeup, DateTimeOffset? due, CancellationToken cancellationToken)
    {
        var wait = due - time.GetUtcNow() is { } untilDue && untilDue < Period ? untilDue : Period;
        await Task.Delay(Pause, time, cancellationToken);
        await wakeup.WaitAsync(wait - Pause, cancellationToken);
    }

    private void LogFailure(Exception exception)
    {
        if (exception is DatabaseException)
            LogDatabaseUnavailable(logger, exception.Message);
        else
            LogFailed(logger, exception);
    }

    [LoggerMessage(4021, LogLevel.Error, "Alerts could not be brought up to date: {Reason}")]
    private static partial void LogDatabaseUnavailable(ILogger logger, string reason);

    [LoggerMessage(4022, LogLevel.Error, "Bringing alerts up to date failed")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
