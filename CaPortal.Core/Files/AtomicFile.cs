using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace CaPortal.Core.Files;

/// <summary>
/// The parts of replacing a file in one step, which <see cref="FileChanges"/> puts together. Other programs always see the
/// old content or the new, even if something fails in between. What was written survives a power cut.
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

    /// <summary>Writes the content to a new temporary file in the same folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">The file that it is for.</param>
    /// <param name="content">Its content.</param>
    /// <param name="mode">Its mode where there is no such file; else it gets that file's mode and owner.</param>
    /// <param name="flush">Whether it is on disk when this returns, or the caller sees to that.</param>
    /// <returns>The name of the temporary file, to be renamed over <paramref name="name"/>.</returns>
    public static string Stage(FolderHandle folder, string name, ReadOnlySpan<byte> content, UnixFileMode mode, bool flush = true)
    {
        var staged = TemporaryName();
        try
        {
            using var stream = folder.Create(staged);
            RandomAccess.Write(stream.SafeFileHandle, content, 0);
            if (!OperatingSystem.IsWindows())
                KeepModeAndOwner(folder, name, stream.SafeFileHandle, mode);
            if (flush)
                RandomAccess.FlushToDisk(stream.SafeFileHandle);
            return staged;
        }
        catch
        {
            folder.Delete(staged);
            throw;
        }
    }

    /// <summary>A name for a temporary file, which <see cref="Sweep"/> knows and no program takes for a certificate.</summary>
    public static string TemporaryName() => $"{Prefix}{Guid.NewGuid():N}{Suffix}";

    /// <summary>A name for a temporary file in the same folder, which <see cref="Sweep"/> knows and no program takes for a certificate.</summary>
    public static string TemporaryNameBeside(string path) =>
        Path.Combine(Path.GetDirectoryName(path)!, TemporaryName());

    /// <summary>Removes the temporary files that a killed process left, and what SQLite had beside them. To be called under the lock of the folder.</summary>
    public static void Sweep(string folder)
    {
        using var handle = FolderHandle.Open(folder);
        foreach (var left in Directory.EnumerateFiles(folder, $"{Prefix}*{Suffix}*"))
            handle.Delete(Path.GetFileName(left));
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
        if (mode is not null)
        {
            using var created = FolderHandle.Open(folder, followLinks: false);
            created.SetMode(mode.Value);
        }

        if (parent is not null)
            FlushFolder(parent);
    }

    /// <summary>Makes renamed and deleted names durable. Windows does so by itself.</summary>
    public static void FlushFolder(string folder)
    {
        using var handle = FolderHandle.Open(folder);
        handle.Flush();
    }

    [UnsupportedOSPlatform("windows")]
    private static void KeepModeAndOwner(FolderHandle folder, string name, SafeFileHandle staged, UnixFileMode mode)
    {
        if (!OperatingSystem.IsLinux())
        {
            var path = Path.Combine(folder.Path, name);
            mode = File.Exists(path) ? File.GetUnixFileMode(path) : mode;
        }
        else if (folder.StatusOf(name) is { IsRegular: true } present)
        {
            // A private file does not go to the owner of a file that had this name before.
            if (mode != OwnerOnly || present.Owner.User == NativeFiles.CurrentUser)
            {
                mode = present.Permissions;
                if (present.Owner != NativeFiles.StatusOf(staged).Owner)
                    NativeFiles.TryGiveTo(staged, present.Owner); // Only root may; for others the file becomes theirs. Programs that read it do not notice.
            }
        }

        // Set in any case: the process's umask has cut what was asked for when creating.
        File.SetUnixFileMode(staged, mode);
    }
}
