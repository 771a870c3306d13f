using CaPortal.Core;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Data;
using CaPortal.Core.Portals;
using Microsoft.Extensions.Options;

namespace CaPortal.Hosting;

/// <summary>Tests back-ends when their time has come: at start, when the list has changed, and when the next one is due.</summary>
internal sealed partial class BackEndWatch(
    BackEndService backEnds, Leadership leadership, IOptions<CoreOptions> options, TimeProvider time, ILogger<BackEndWatch> logger) : BackgroundService
{
    /// <summary>When to look again where the list has none, or could not be read.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    /// <summary>Each test changes the list too: many of them are looked after together.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var wakeup = new Wakeup(time);
        backEnds.Changed += wakeup.Call;
        try
        {
            await PrepareAsync(stoppingToken);
            if (options.Value.BackEnds.TestEvery > TimeSpan.Zero)
                await leadership.RunAsync(
                    leading => new BackgroundLoop(time) { LongestPause = Period, Failed = LogFailure }.RunAsync(
                        async cancellationToken =>
                        {
                            var next = await backEnds.TestDueAsync(cancellationToken) ?? time.GetUtcNow() + Period;
                            await Task.Delay(Pause, time, cancellationToken);
                            await wakeup.WaitAsync(next - time.GetUtcNow(), cancellationToken);
                        },
                        leading),
                    stoppingToken);
        }
        finally
        {
            backEnds.Changed -= wakeup.Call;
        }
    }

    /// <summary>Once: without it the first change waits for what was to be ready.</summary>
    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        try
        {
            await backEnds.PrepareAsync(cancellationToken);
        }
        catch (Exception e)
        {
            if (!cancellationToken.IsCancellationRequested)
                LogFailure(e);
        }
    }

    private void LogFailure(Exception exception)
    {
        if (exception is DatabaseException)
            LogDatabaseUnavailable(logger, exception.Message);
        else
            LogFailed(logger, exception);
    }

    [LoggerMessage(4011, LogLevel.Error, "Back-ends could not be tested: {Reason}")]
    private static partial void LogDatabaseUnavailable(ILogger logger, string reason);

    [LoggerMessage(4012, LogLevel.Error, "Testing back-ends failed")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
