using System.Runtime.ExceptionServices;

namespace CaPortal.Core.Files;

/// <summary>
/// Files to be written and files to be deleted, all or nothing as far as a file system allows: everything that can run
/// out of space is done on temporary files first, then come renames alone, and these are undone when one fails.
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

        var staged = new string?[_puts.Count];
        var undo = new Stack<Action>();
        var parked = new List<string>();
        try
        {
            Stage(staged);
            foreach (var path in _deletes)
            {
                var park = AtomicFile.TemporaryNameBeside(path);
                File.Move(path, park);
                parked.Add(park);
                undo.Push(() => File.Move(park, path));
            }

            for (var i = 0; i < staged.Length; i++)
            {
                var (path, _, mode) = _puts[i];
                var restore = Restorer(path, mode);
                File.Move(staged[i]!, path, overwrite: true);
                undo.Push(restore);
                staged[i] = null;
            }
        }
        catch
        {
            Undo(undo, staged);
            throw;
        }

        parked.ForEach(File.Delete);
        foreach (var folder in _puts.Select(p => p.Path).Concat(_deletes).Select(Path.GetDirectoryName).Distinct())
            AtomicFile.FlushFolder(folder!);
        return true;
    }

    private static bool HasContent(string path, ReadOnlySpan<byte> content)
    {
        var file = new FileInfo(path);
        return file.Exists && file.Length == content.Length && content.SequenceEqual(RegularFile.Read(path));
    }

    private void Stage(string?[] staged)
    {
        var flushEach = staged.Length <= FewFiles || !OperatingSystem.IsLinux();
        try
        {
            Parallel.For(0, staged.Length, new ParallelOptions { MaxDegreeOfParallelism = Writers }, i =>
                staged[i] = AtomicFile.Stage(_puts[i].Path, _puts[i].Content.Span, _puts[i].Mode, flushEach));
            if (!flushEach && OperatingSystem.IsLinux())
            {
                foreach (var folder in _puts.Select(p => Path.GetDirectoryName(p.Path)!).Distinct())
                    NativeFiles.FlushFileSystem(folder);
            }
        }
        catch (AggregateException failures)
        {
            ExceptionDispatchInfo.Throw(failures.InnerExceptions[0]);
        }
    }

    private static Action Restorer(string path, UnixFileMode mode)
    {
        if (!File.Exists(path))
            return () => File.Delete(path);

        var before = RegularFile.Read(path);
        return () => File.Move(AtomicFile.Stage(path, before, mode), path, overwrite: true);
    }

    private static void Undo(Stack<Action> undo, string?[] staged)
    {
        foreach (var step in staged.OfType<string>().Select(temporary => (Action)(() => File.Delete(temporary))).Concat(undo))
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
}
