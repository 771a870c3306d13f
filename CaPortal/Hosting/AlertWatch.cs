using CaPortal.Core.Data;
using CaPortal.Core.Management;
using CaPortal.Core.Management.Alerts;
using CaPortal.Core.Management.BackEnds;

namespace CaPortal.Hosting;

/// <summary>Keeps alerts up to date and sends them: at start, after tests and changes of the list, every hour, and when a message is to be tried again.</summary>
internal sealed partial class AlertWatch(
    AlertService alerts, BackEndService backEnds, CaCertificateService certificates, TimeProvider time, ILogger<AlertWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromHours(1);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMinutes(1);

    /// <summary>What changes within it is looked at, and written about, together.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The server starts meanwhile.
        await Task.Yield();
        var (changed, looked) = (new Wakeup(time), new Wakeup(time));
        backEnds.Changed += changed.Call;
        certificates.Changed += changed.Call;
        try
        {
            // Side by side: a server that takes no message must not keep the portal from seeing what is new.
            await Task.WhenAll(RunAsync(LookAsync, changed, stoppingToken), RunAsync(SendAsync, looked, stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The portal ends.
        }
        finally
        {
            backEnds.Changed -= changed.Call;
            certificates.Changed -= changed.Call;
        }

        async Task<DateTimeOffset?> LookAsync(CancellationToken cancellationToken)
        {
            await alerts.EvaluateAsync(cancellationToken);
            looked.Call();
            return null;
        }

        Task<DateTimeOffset?> SendAsync(CancellationToken cancellationToken) => alerts.DeliverAsync(cancellationToken);
    }

    /// <param name="work">Works, and says when to do it again at the latest.</param>
    /// <param name="wakeup">Asks for it before.</param>
    /// <param name="cancellationToken">Ends it.</param>
    private async Task RunAsync(Func<CancellationToken, Task<DateTimeOffset?>> work, Wakeup wakeup, CancellationToken cancellationToken)
    {
        while (true)
        {
            var next = await TryAsync(work, cancellationToken);
            await Task.Delay(Pause, time, cancellationToken);
            await wakeup.WaitAsync(next - time.GetUtcNow(), cancellationToken);
        }
    }

    /// <returns>When to work again.</returns>
    private async Task<DateTimeOffset> TryAsync(Func<CancellationToken, Task<DateTimeOffset?>> work, CancellationToken cancellationToken)
    {
        try
        {
            var regular = time.GetUtcNow() + Period;
            return await work(cancellationToken) is { } due && due < regular ? due : regular;
        }
        catch (DatabaseException e)
        {
            LogDatabaseUnavailable(logger, e.Message);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The portal does its other work whatever happens here.
            LogFailed(logger, e);
        }

        return time.GetUtcNow() + RetryDelay;
    }

    [LoggerMessage(4021, LogLevel.Error, "Alerts could not be brought up to date: {Reason}")]
    private static partial void LogDatabaseUnavailable(ILogger logger, string reason);

    [LoggerMessage(4022, LogLevel.Error, "Bringing alerts up to date failed")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
