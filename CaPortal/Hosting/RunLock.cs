using CaPortal.Core;
using CaPortal.Core.Files;
using Microsoft.Extensions.Options;

namespace CaPortal.Hosting;

/// <summary>
/// Lets one portal alone run on a data directory: two would test every back-end, send every message and forward every entry of
/// the activity log twice. It is held until the process ends; the operating system frees it also where that is killed.
/// </summary>
internal sealed class RunLock(IOptions<CoreOptions> core, TimeProvider time) : IHostedService, IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private FileLock? _held;

    /// <summary>Where it is.</summary>
    public static string PathIn(CoreOptions core) => Path.Combine(core.ResolvedDataDirectory, "running.lock");

    /// <summary>Takes the lock. Waits for a portal that is ending, as in a restart.</summary>
    /// <exception cref="StartRefusedException">Another portal runs, or the lock cannot be had.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var path = PathIn(core.Value);
        var started = time.GetTimestamp();
        try
        {
            while (_held is null)
                _held = await TryTakeAsync(path, mayWait: time.GetElapsedTime(started) < FileLock.DefaultTimeout, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartRefusedException(
                $"The file {path} cannot be used: {e.Message} See to it that the account '{Environment.UserName}' can write it.",
                e);
        }

        RunFile.DeleteLeftover(core.Value);
    }

    /// <summary>Keeps it: what the portal has begun may go on until its process ends.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose() => _held?.Dispose();

    private async Task<FileLock?> TryTakeAsync(string path, bool mayWait, CancellationToken cancellationToken)
    {
        try
        {
            return await FileLock.AcquireAsync(path, Interval, cancellationToken);
        }
        catch (FileBusyException e)
        {
            // Without the file it starts or ends.
            var other = RunFile.Read(core.Value);
            return mayWait && other is null ? null : throw new StartRefusedException(ProblemOf(other, path), e);
        }
    }

    private string ProblemOf(RunningPortal? other, string path)
    {
        var which = other switch
        {
            null => $"with the file {path}",
            { Address: null } => $"process {other.ProcessId}",
            _ => $"process {other.ProcessId}, {other.Address}",
        };
        return $"Another portal ({which}) already runs on the data directory {core.Value.ResolvedDataDirectory}. " +
            $"Use that one, end it first, or set {CoreOptions.Section}:{nameof(CoreOptions.DataDirectory)} to another folder.";
    }
}

/// <summary>The portal does not start, for a reason that an administrator can put right.</summary>
/// <param name="problem">One sentence or two: what is wrong and what to do.</param>
/// <param name="innerException">The cause.</param>
internal sealed class StartRefusedException(string problem, Exception innerException) : Exception(problem, innerException);
