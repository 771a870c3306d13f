using System.Runtime.Versioning;

namespace CaPortal.Core.Files;

/// <summary>
/// The parts of replacing a file in one step, which <see cref="FileChanges"/> puts together: other programs see the old
/// content or the new, whatever happens in between, and what was written survives a power cut.
/// </summary>
internal static class AtomicFile
{
    private const string Prefix = ".caportal-";
    private const string Suffix = ".tmp";

    /// <summary>Read by its owner alone.</summary>
    public const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Read by everybody, written by its owner.</summary>
    public const UnixFileMode Public = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>A folder that everybody can look into.</summary>
    public const UnixFileMode PublicFolder =
        Public | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Writes one file, unless it has that content already; on disk when it returns.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="content">Its new content.</param>
    /// <param name="mode">Its mode where it is new; an existing file keeps its mode and owner.</param>
    public static void Write(string path, ReadOnlyMemory<byte> content, UnixFileMode mode)
    {
        var changes = new FileChanges();
        changes.Put(path, content, mode);
        changes.Commit();
    }

    /// <summary>Writes the content to a new temporary file beside <paramref name="path"/>.</summary>
    /// <param name="path">The file that it is for.</param>
    /// <param name="content">Its content.</param>
    /// <param name="mode">Its mode where <paramref name="path"/> does not exist; else it gets that file's mode and owner.</param>
    /// <param name="flush">Whether it is on disk when this returns, or the caller sees to that.</param>
    /// <returns>The temporary file, to be renamed over <paramref name="path"/>.</returns>
    public static string Stage(string path, ReadOnlySpan<byte> content, UnixFileMode mode, bool flush = true)
    {
        var staged = TemporaryNameBeside(path);
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0 };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = OwnerOnly;

            using var stream = new FileStream(staged, options);
            RandomAccess.Write(stream.SafeFileHandle, content, 0);
            if (!OperatingSystem.IsWindows())
                KeepModeAndOwner(path, staged, stream, mode);
            if (flush)
                RandomAccess.FlushToDisk(stream.SafeFileHandle);
            return staged;
        }
        catch
        {
            File.Delete(staged);
            throw;
        }
    }

    /// <summary>A name for a temporary file in the same folder, which <see cref="Sweep"/> knows and no program takes for a certificate.</summary>
    public static string TemporaryNameBeside(string path) =>
        Path.Combine(Path.GetDirectoryName(path)!, $"{Prefix}{Guid.NewGuid():N}{Suffix}");

    /// <summary>Removes the temporary files that a killed process left. To be called under the lock of the folder.</summary>
    public static void Sweep(string folder)
    {
        foreach (var left in Directory.EnumerateFiles(folder, $"{Prefix}*{Suffix}"))
            File.Delete(left);
    }

    /// <summary>Creates a folder and those above it, on disk when it returns.</summary>
    /// <param name="folder">The folder; nothing is done where it exists.</param>
    /// <param name="mode">Its mode; null, and for those above it, what the process's umask says.</param>
    public static void CreateFolder(string folder, UnixFileMode? mode = null)
    {
        if (Directory.Exists(folder))
            return;

        var parent = Path.GetDirectoryName(folder);
        if (parent is not null)
            CreateFolder(parent);
        Directory.CreateDirectory(folder);
        if (mode is not null && !OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder, mode.Value);
        if (parent is not null)
            FlushFolder(parent);
    }

    /// <summary>Makes renamed and deleted names durable. Windows does so by itself.</summary>
    public static void FlushFolder(string folder)
    {
        if (!OperatingSystem.IsWindows())
            NativeFiles.FlushFolder(folder);
    }

    [UnsupportedOSPlatform("windows")]
    private static void KeepModeAndOwner(string path, string staged, FileStream stream, UnixFileMode mode)
    {
        if (File.Exists(path))
        {
            mode = File.GetUnixFileMode(path);
            if (NativeFiles.OwnerOf(path) is { } owner && NativeFiles.OwnerOf(staged) != owner)
                NativeFiles.TryGiveTo(staged, owner); // Only root may; for others the file becomes theirs, which its readers do not notice.
        }

        // Set in any case: the process's umask has cut what was asked for when creating.
        File.SetUnixFileMode(stream.SafeFileHandle, mode);
    }
}
