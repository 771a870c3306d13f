using System.Runtime.ExceptionServices;

namespace CaPortal.Core.Files;

/// <summary>
/// Files to write and files to delete, all or nothing as far as a file system allows. Everything that can run out of space is
/// done on temporary files first. After that come only renames, and these are undone when one fails.
/// </summary>
internal sealed class FileChanges
{
    // Several flushes under way at once share the file system's journal commits.
    private const int Writers = 4;

    // On a busy disk each flush waits for the writes of others, whether it flushes one file or all.
    private const int FewFiles = 32;

    private readonly List<(string Path, ReadOnlyMemory<byte> Content, UnixFileMode Mode)> _puts = [];
    private readonly List<string> _deletes = [];

    /// <summary>Has a file written; skipped where it has that content already.</summary>
    public void Put(string path, ReadOnlyMemory<byte> content, UnixFileMode mode)
    {
        if (!HasContent(path, content.Span))
            _puts.Add((path, content, mode));
    }

    /// <summary>Has a file deleted.</summary>
    public void Delete(string path) => _deletes.Add(path);

    /// <summary>Does it; durable when it returns.</summary>
    /// <returns>Whether there was anything to do.</returns>
    public bool Commit()
    {
        if (_puts.Count + _deletes.Count == 0)
            return false;

        using var folders = new Folders(_puts.Select(p => p.Path).Concat(_deletes));
        var staged = new string?[_puts.Count];
        var undo = new Stack<Action>();
        var parked = new List<Action>();
        try
        {
            Stage(folders, staged);
            foreach (var path in _deletes)
            {
                var (folder, name) = folders.Of(path);
                var park = AtomicFile.TemporaryName();
                folder.Rename(name, park);
                parked.Add(() => folder.Delete(park));
                undo.Push(() => folder.Rename(park, name));
            }

            for (var i = 0; i < staged.Length; i++)
            {
                var (path, _, mode) = _puts[i];
                var (folder, name) = folders.Of(path);
                var restore = Restorer(folder, name, path, mode);
                folder.Rename(staged[i]!, name);
                undo.Push(restore);
                staged[i] = null;
            }
        }
        catch
        {
            Undo(
                undo,
                staged.Select((temporary, i) => temporary is null ? null : (Action)(() => folders.Of(_puts[i].Path).Folder.Delete(temporary))).OfType<Action>()
            );
            throw;
        }

        parked.ForEach(delete => delete());
        foreach (var folder in folders.All)
            folder.Flush();
        return true;
    }

    private static bool HasContent(string path, ReadOnlySpan<byte> content) =>
        FileIdentity.Of(path, followLinks: false) is not null && content.SequenceEqual(RegularFile.Read(path));

    private void Stage(Folders folders, string?[] staged)
    {
        var flushEach = staged.Length <= FewFiles || !OperatingSystem.IsLinux();
        try
        {
            Parallel.For(0, staged.Length, new ParallelOptions { MaxDegreeOfParallelism = Writers }, i =>
            {
                var (folder, name) = folders.Of(_puts[i].Path);
                staged[i] = AtomicFile.Stage(folder, name, _puts[i].Content.Span, _puts[i].Mode, flushEach);
            });
            if (!flushEach && OperatingSystem.IsLinux())
            {
                foreach (var folder in folders.All)
                    folder.FlushFileSystem();
            }
        }
        catch (AggregateException failures)
        {
            ExceptionDispatchInfo.Throw(failures.InnerExceptions[0]);
        }
    }

    private static Action Restorer(FolderHandle folder, string name, string path, UnixFileMode mode)
    {
        if (!RegularFile.IsThere(path))
            return () => folder.Delete(name);

        var before = RegularFile.Read(path);
        return () => folder.Rename(AtomicFile.Stage(folder, name, before, mode), name);
    }

    private static void Undo(Stack<Action> undo, IEnumerable<Action> deletions)
    {
        foreach (var step in deletions.Concat(undo))
        {
            try
            {
                step();
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // The failure that led here is the one to report; the next reconciliation puts the rest right.
            }
        }
    }

    /// <summary>The folders of some files, each opened once.</summary>
    private sealed class Folders : IDisposable
    {
        private readonly Dictionary<string, FolderHandle> _handles = [];

        public Folders(IEnumerable<string> files)
        {
            try
            {
                foreach (var folder in files.Select(f => Path.GetDirectoryName(f)!).Distinct())
                    _handles[folder] = FolderHandle.Open(folder);
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        public IEnumerable<FolderHandle> All => _handles.Values;

        public (FolderHandle Folder, string Name) Of(string file) => (_handles[Path.GetDirectoryName(file)!], Path.GetFileName(file));

        public void Dispose()
        {
            foreach (var handle in _handles.Values)
                handle.Dispose();
        }
    }
}
