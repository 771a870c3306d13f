namespace CaPortal.Hosting;

/// <summary>
/// Runs a background service in rounds until the portal ends. A round that fails, for any reason, ends neither the service nor
/// the portal: the failure is reported once, and the next round follows after a pause.
/// </summary>
internal sealed class BackgroundLoop(TimeProvider time)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    private string? _failure;

    /// <summary>The longest pause after failed rounds: the first takes a second, and each that follows twice as long as the one before.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Logs why a round failed. Not called again while rounds go on failing for the same reason.</summary>
    public required Action<Exception> Failed { get; init; }

    /// <summary>Works until the portal ends.</summary>
    /// <param name="round">Works once, and waits until it is time to work again; or the other way round.</param>
    /// <param name="stoppingToken">The portal ends.</param>
    public async Task RunAsync(Func<CancellationToken, Task> round, CancellationToken stoppingToken)
    {
        for (var failures = 0; !stoppingToken.IsCancellationRequested;)
        {
            try
            {
                await round(stoppingToken);
                (failures, _failure) = (0, null);
            }
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                // The portal ends; the next start goes on from there.
            }
            catch (Exception e)
            {
                Report(e);
                await PauseAsync(++failures, stoppingToken);
            }
        }
    }

    /// <summary>How long to pause after so many failures in a row.</summary>
    internal TimeSpan PauseAfter(int failures)
    {
        var pause = FirstPause * Math.Pow(2, Math.Min(failures, 30) - 1);
        return pause < LongestPause ? pause : LongestPause;
    }

    private void Report(Exception exception)
    {
        if (_failure == exception.Message)
            return;
        _failure = exception.Message;
        Failed(exception);
    }

    private async Task PauseAsync(int failures, CancellationToken stoppingToken) =>
        await Task.Delay(PauseAfter(failures), time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
