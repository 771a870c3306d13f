namespace CaPortal.Core.TrustStores;

/// <summary>
/// Notices when somebody changes the files of a trust store. It says when to look, not what has changed, and its own
/// portal's changes count too. What else lies in the folder of such a file does not count: it may be what each look writes,
/// such as the portal's database.
/// </summary>
/// <remarks>
/// The file system's events come at once, but not for everything: not on network disks, not when a folder is replaced, and
/// not above the system's limit of watches. Therefore, every few seconds, it checks whether each folder is still the one that
/// is watched. A caller that waits should also look for itself once in a while.
/// </remarks>
public sealed class TrustStoreWatcher(TrustStoreSelection selection, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan FolderCheck = TimeSpan.FromSeconds(2);

    // A program that writes several files, or one in several steps, gets time to finish.
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(200);

    // A program that goes on writing must not hide what is wrong.
    private static readonly TimeSpan LongestUnquiet = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _changed = new(0);
    private readonly Dictionary<string, Watched> _watched = [];
    private readonly HashSet<string> _paths = selection.Enabled.SelectMany(s => s.WatchedPaths)
        .ToHashSet(OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);

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

    /// <summary>Ends a wait, or the next one: there is something to do that files do not show.</summary>
    public void Call() => _changed.Release();

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var watched in _watched.Values)
            watched.Watcher?.Dispose();
        _changed.Dispose();
    }

    private async Task<bool> HasChangedAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(wait, time);
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
        foreach (var folder in _paths.Select(FolderOf).Distinct())
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
            watcher.Changed += (_, change) => Signal(change.Name);
            watcher.Created += (_, change) => Signal(change.Name);
            watcher.Deleted += (_, change) => Signal(change.Name);
            watcher.Renamed += (_, change) => Signal(change.Name, change.OldName);
            watcher.Error += (_, _) => _changed.Release();
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null; // The system's limit of watches is reached, or the folder has just gone.
        }

        void Signal(params ReadOnlySpan<string?> names)
        {
            foreach (var name in names)
            {
                if (!Counts(folder, name))
                    continue;
                _changed.Release();
                return;
            }
        }
    }

    /// <summary>Whether a change of a file in a watched folder is one of a trust store.</summary>
    internal bool Counts(string folder, string? name) => _paths.Contains(folder) || (name is not null && _paths.Contains(Path.Combine(folder, name)));

    private static string FolderOf(string path) =>
        !Directory.Exists(path) && (Path.HasExtension(path) || File.Exists(path)) ? Path.GetDirectoryName(path)! : path;

    private sealed record Watched(DateTime? Created, FileSystemWatcher? Watcher);
}
