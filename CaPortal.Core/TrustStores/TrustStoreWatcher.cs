namespace CaPortal.Core.TrustStores;

/// <summary>
/// Notices when somebody changes the files of a trust store. It says when to look, not what has changed, and its own
/// portal's changes count too.
/// </summary>
/// <remarks>
/// The file system's events tell at once, but not everything: not on network disks, not when a folder is replaced, and not
/// above the system's limit of watches. Whether each folder is still the one that is watched is therefore looked at every
/// few seconds, and whoever waits should look for itself once in a while.
/// </remarks>
public sealed class TrustStoreWatcher(TrustStoreSelection selection, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan FolderCheck = TimeSpan.FromSeconds(2);

    // Whoever writes several files, or one in several steps, is left to finish.
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(200);

    // Whoever goes on writing must not keep what is wrong from being seen.
    private static readonly TimeSpan LongestUnquiet = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _changed = new(0);
    private readonly Dictionary<string, Watched> _watched = [];

    /// <summary>Waits until something has changed, also since the last wait, and is quiet again.</summary>
    /// <param name="limit">When to stop waiting in any case.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task WaitAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (!Watch() && time.GetElapsedTime(started) < limit)
        {
            if (await HasChangedAsync(FolderCheck, cancellationToken))
            {
                var changed = time.GetTimestamp();
                while (await HasChangedAsync(Quiet, cancellationToken) && time.GetElapsedTime(changed) < LongestUnquiet)
                    continue;
                return;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var watched in _watched.Values)
            watched.Watcher?.Dispose();
        _changed.Dispose();
    }

    private async Task<bool> HasChangedAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await _changed.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }

        while (_changed.Wait(0, CancellationToken.None))
            continue;
        return true;
    }

    /// <summary>Watches every folder that there is.</summary>
    /// <returns>Whether a folder has come, gone or been replaced since the last call.</returns>
    private bool Watch()
    {
        var isFirst = _watched.Count == 0;
        var isDifferent = false;
        foreach (var folder in selection.Enabled.SelectMany(s => s.WatchedPaths).Select(FolderOf).OfType<string>().Distinct())
        {
            var created = Directory.Exists(folder) ? Directory.GetCreationTimeUtc(folder) : default(DateTime?);
            if (_watched.TryGetValue(folder, out var watched) && watched.Created == created)
                continue;

            watched?.Watcher?.Dispose();
            _watched[folder] = new Watched(created, created is null ? null : WatcherOf(folder));
            isDifferent = true;
        }

        return isDifferent && !isFirst;
    }

    private FileSystemWatcher? WatcherOf(string folder)
    {
        try
        {
            var watcher = new FileSystemWatcher(folder)
            {
                NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.LastWrite | NotifyFilters.Size | NotifyFilters.Security,
            };
            watcher.Changed += (_, _) => Signal();
            watcher.Created += (_, _) => Signal();
            watcher.Deleted += (_, _) => Signal();
            watcher.Renamed += (_, _) => Signal();
            watcher.Error += (_, _) => Signal();
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null; // The system's limit of watches is reached, or the folder has just gone.
        }
    }

    private void Signal() => _changed.Release();

    private static string? FolderOf(string path) => Directory.Exists(path) || !Path.HasExtension(path) ? path : Path.GetDirectoryName(path);

    private sealed record Watched(DateTime? Created, FileSystemWatcher? Watcher);
}
