using Microsoft.Win32.SafeHandles;

namespace CaPortal.Core.Files;

/// <summary>
/// An open folder. What is done through it happens in this very folder, even if its path changes meanwhile. It works on
/// regular files alone: if somebody else puts a link or a pipe in the place of a file, it neither follows the link nor waits
/// for the pipe.
/// </summary>
/// <remarks>
/// On Linux, where root may work in folders of others. On other systems the calls of .NET do the same by the path.
/// </remarks>
internal sealed class FolderHandle : IDisposable
{
    private readonly SafeFileHandle? _handle;

    private FolderHandle(string path, SafeFileHandle? handle) => (Path, _handle) = (path, handle);

    /// <summary>The folder, for messages.</summary>
    public string Path { get; }

    /// <summary>Opens a folder.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="followLinks">Whether it may be a link to a folder.</param>
    /// <exception cref="IOException">There is none, or it cannot be opened.</exception>
    public static FolderHandle Open(string path, bool followLinks = true) =>
        new(path, OperatingSystem.IsLinux() ? NativeFiles.OpenFolder(path, followLinks) : null);

    /// <summary>Opens the folder of a file.</summary>
    /// <exception cref="IOException">There is none, or it cannot be opened.</exception>
    public static FolderHandle OpenFor(string file) => Open(System.IO.Path.GetDirectoryName(file)!);

    /// <summary>A new file for its owner alone, to be written; fails where there is anything of that name.</summary>
    public FileStream Create(string name) => OperatingSystem.IsLinux()
        ? new(NativeFiles.OpenFile(_handle, name, PathOf(name), NativeFiles.Opening.New), FileAccess.Write, bufferSize: 0)
        : new(PathOf(name), Options(FileMode.CreateNew, FileAccess.Write, FileShare.None));

    /// <summary>A file, to be read and written; made for its owner alone where there is none.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="share">What others may do with it meanwhile; with <see cref="FileShare.None"/> it is locked.</param>
    /// <exception cref="UnfitFileException">It is a link, or no file.</exception>
    /// <exception cref="IOException">It cannot be opened, or somebody else has locked it.</exception>
    public FileStream OpenOrCreate(string name, FileShare share)
    {
        if (!OperatingSystem.IsLinux())
        {
            RegularFile.RequireNoLink(PathOf(name));
            return new FileStream(PathOf(name), Options(FileMode.OpenOrCreate, FileAccess.ReadWrite, share));
        }

        var file = NativeFiles.OpenFile(_handle, name, PathOf(name), NativeFiles.Opening.ReadWriteOrNew);
        try
        {
            if (share == FileShare.None)
                NativeFiles.LockExclusively(file, PathOf(name));
            return new FileStream(file, FileAccess.ReadWrite, bufferSize: 0);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// What there is of this name: if it is a link, the link itself; null if there is nothing. Known only on Linux.
    /// </summary>
    public FileStatus? StatusOf(string name) => OperatingSystem.IsLinux() ? NativeFiles.StatusOf(_handle!, name) : null;

    /// <summary>Gives a file another name, over what has that name.</summary>
    public void Rename(string from, string to)
    {
        if (OperatingSystem.IsLinux())
            NativeFiles.Rename(_handle!, from, to, PathOf(to));
        else
            File.Move(PathOf(from), PathOf(to), overwrite: true);
    }

    /// <summary>Deletes a file or a link; nothing is done where there is none.</summary>
    public void Delete(string name)
    {
        if (OperatingSystem.IsLinux())
            NativeFiles.Delete(_handle!, name, PathOf(name));
        else
            File.Delete(PathOf(name));
    }

    /// <summary>Sets who may look into it.</summary>
    public void SetMode(UnixFileMode mode)
    {
        if (OperatingSystem.IsLinux())
            File.SetUnixFileMode(_handle!, mode);
        else if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Path, mode);
    }

    /// <summary>Makes renamed and deleted names durable. Windows does so by itself.</summary>
    public void Flush()
    {
        if (OperatingSystem.IsLinux())
            RandomAccess.FlushToDisk(_handle!);
        else if (!OperatingSystem.IsWindows())
            NativeFiles.FlushFolder(Path);
    }

    /// <summary>Flushes everything on the file system that it is on.</summary>
    [System.Runtime.Versioning.SupportedOSPlatform("linux")]
    public void FlushFileSystem() => NativeFiles.FlushFileSystem(_handle!, Path);

    /// <inheritdoc/>
    public void Dispose() => _handle?.Dispose();

    private static FileStreamOptions Options(FileMode mode, FileAccess access, FileShare share)
    {
        var options = new FileStreamOptions { Mode = mode, Access = access, Share = share, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = AtomicFile.OwnerOnly;
        return options;
    }

    private string PathOf(string name) => System.IO.Path.Combine(Path, name);
}
