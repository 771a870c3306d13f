namespace CaPortal.Core.Files;

/// <summary>
/// Keeps other writers away, in this process and in others, while it is held. The operating system releases it when
/// the process ends, however it ends; the file itself stays.
/// </summary>
public sealed class FileLock : IDisposable
{
    private const int UnixWouldBlock = 11;
    private const int MacWouldBlock = 35;
    private const int WindowsSharingViolation = unchecked((int)0x80070020);

    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(10);

    private readonly FileStream _file;

    private FileLock(FileStream file) => _file = file;

    /// <summary>How long another writer is waited for: many times what the slowest change takes.</summary>
    public static TimeSpan DefaultTimeout { get; } = TimeSpan.FromSeconds(30);

    /// <summary>Takes the lock, and waits while another one holds it.</summary>
    /// <param name="path">The lock file; its folder exists.</param>
    /// <param name="timeout">How long to wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="FileBusyException">Somebody else held it all the time.</exception>
    public static async Task<FileLock> AcquireAsync(string path, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        using var folder = FolderHandle.OpenFor(path);
        while (true)
        {
            try
            {
                // Only its owner can read it, because anyone who can open the file can also lock it.
                return new FileLock(folder.OpenOrCreate(Path.GetFileName(path), FileShare.None));
            }
            catch (IOException exception) when (exception.HResult is UnixWouldBlock or MacWouldBlock or WindowsSharingViolation)
            {
                // There is no call that waits for the lock and can be cancelled, so it is asked for again.
                if (TimeProvider.System.GetElapsedTime(started) > timeout)
                {
                    throw new FileBusyException(
                        $"Another process has been writing to '{Path.GetDirectoryName(path)}' for more than {timeout.TotalSeconds:0} seconds.",
                        $"Wait for it to finish, or end it, and try again; it holds the file '{path}'.",
                        exception);
                }

                await Task.Delay(RetryInterval, cancellationToken);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}

/// <summary>Another process holds a <see cref="FileLock"/> for longer than anybody waits.</summary>
/// <param name="message">One sentence: what happened.</param>
/// <param name="advice">One sentence: what to do.</param>
/// <param name="innerException">The cause.</param>
public sealed class FileBusyException(string message, string advice, Exception innerException) : IOException(message, innerException)
{
    /// <summary>One sentence: what to do.</summary>
    public string Advice { get; } = advice;
}
