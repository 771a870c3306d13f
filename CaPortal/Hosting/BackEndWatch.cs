using CaPortal.Core;
using CaPortal.Core.Data;
using CaPortal.Core.Management.BackEnds;
using Microsoft.Extensions.Options;

namespace CaPortal.Hosting;

/// <summary>Tests back-ends when their time has come: at start, when the list has changed, and when the next one is due.</summary>
internal sealed partial class BackEndWatch(BackEndService backEnds, IOptions<CoreOptions> options, TimeProvider time, ILogger<BackEndWatch> logger) : BackgroundService
{
    /// <summary>When to look again where the list has none, or could not be read.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    /// <summary>Each test changes the list too: many of them are looked after together.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The server starts meanwhile.
        await Task.Yield();
        var wakeup = new Wakeup(time);
        backEnds.Changed += wakeup.Call;
        try
        {
            await TryAsync(() => backEnds.PrepareAsync(stoppingToken));
            while (options.Value.BackEnds.TestEvery > TimeSpan.Zero)
            {
                var next = await TestAsync(stoppingToken);
                await Task.Delay(Pause, time, stoppingToken);
                await wakeup.WaitAsync(next - time.GetUtcNow(), stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The portal ends.
        }
        finally
        {
            backEnds.Changed -= wakeup.Call;
        }
    }

    /// <returns>When to look again.</returns>
    private async Task<DateTimeOffset> TestAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset? next = null;
        await TryAsync(async () => next = await backEnds.TestDueAsync(cancellationToken));
        return next ?? time.GetUtcNow() + Period;
    }

    /// <summary>The portal does its other work whatever happens here.</summary>
    private async Task TryAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (DatabaseException e)
        {
            LogDatabaseUnavailable(logger, e.Message);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogFailed(logger, e);
        }
    }

    [LoggerMessage(4011, LogLevel.Error, "Back-ends could not be tested: {Reason}")]
    private static partial void LogDatabaseUnavailable(ILogger logger, string reason);

    [LoggerMessage(4012, LogLevel.Error, "Testing back-ends failed")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
