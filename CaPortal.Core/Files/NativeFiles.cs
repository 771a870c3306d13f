using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace CaPortal.Core.Files;

/// <summary>What .NET has no call for: working in an open folder, never following a link, and who owns a file. Unix only.</summary>
[UnsupportedOSPlatform("windows")]
internal static partial class NativeFiles
{
    // Flags of openat. Those of Linux are the same on all architectures but for two.
    private const int ReadOnly = 0;
    private const int WriteOnly = 1;
    private const int ReadAndWrite = 2;
    private const int Create = 0x40;
    private const int Exclusively = 0x80;
    private const int NoTerminal = 0x100;
    private const int NoWait = 0x800;
    private const int CloseOnExecute = 0x80000;
    private const int LinkItself = 0x100;
    private const int OpenFileItself = 0x1000;
    private const uint BasicStatus = 0x7FF;
    private const int WriteAndSearch = 2 | 1;
    private const int ExclusiveLock = 2 | 4;

    private const int NotPermitted = 1;
    private const int NotFound = 2;
    private const int NoSuchDevice = 6;
    private const int NoAccess = 13;
    private const int TooManyLinks = 40;

    private static readonly bool IsArm =
        RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm or Architecture.Armv6 or Architecture.Ppc64le;
    private static readonly int FolderAlone = IsArm ? 0x4000 : 0x10000;
    private static readonly int NoLink = IsArm ? 0x8000 : 0x20000;

    // AT_FDCWD: paths are whole, or from the folder that the process is in.
    private static readonly SafeFileHandle CurrentFolder = new(-100, ownsHandle: false);

    /// <summary>How a file is opened.</summary>
    public enum Opening
    {
        /// <summary>To read it.</summary>
        Read = ReadOnly,

        /// <summary>To write a new one, for its owner alone; fails where there is anything of that name.</summary>
        New = WriteOnly | Create | Exclusively,

        /// <summary>To read and write it; made for its owner alone where there is none.</summary>
        ReadWriteOrNew = ReadAndWrite | Create,
    }

    /// <summary>The user that this process acts as.</summary>
    public static uint CurrentUser => GetEffectiveUserId();

    /// <summary>Opens a folder.</summary>
    /// <exception cref="IOException">There is none, or it cannot be opened.</exception>
    [SupportedOSPlatform("linux")]
    public static SafeFileHandle OpenFolder(string path, bool followLinks) =>
        Open(CurrentFolder, path, ReadOnly | FolderAlone | CloseOnExecute | (followLinks ? 0 : NoLink), 0) is { IsInvalid: false } folder
            ? folder
            : throw (Marshal.GetLastPInvokeError() == NotFound ? new DirectoryNotFoundException($"The folder '{path}' does not exist.") : Failure(path));

    /// <summary>Opens a regular file, and nothing else: a pipe is not waited for.</summary>
    /// <param name="folder">The folder that <paramref name="name"/> is in; null if that is a path.</param>
    /// <param name="name">Its name.</param>
    /// <param name="path">Its path, for messages.</param>
    /// <param name="opening">What for.</param>
    /// <param name="followLinks">Whether a link of this name is followed.</param>
    /// <exception cref="UnfitFileException">It is a link, or no file.</exception>
    /// <exception cref="IOException">It cannot be opened.</exception>
    [SupportedOSPlatform("linux")]
    public static SafeFileHandle OpenFile(SafeFileHandle? folder, string name, string path, Opening opening, bool followLinks = false)
    {
        var flags = (int)opening | CloseOnExecute | NoWait | NoTerminal | (followLinks ? 0 : NoLink);
        var file = Open(folder ?? CurrentFolder, name, flags, (uint)AtomicFile.OwnerOnly);
        if (file.IsInvalid)
            throw Failure(path);
        if (StatusOf(file) is { IsRegular: false } status)
        {
            file.Dispose();
            throw UnfitFileException.Of(path, status.IsFolder ? "a folder" : "a pipe or a device");
        }

        return file;
    }

    /// <summary>What has this name; null if there is nothing, or this process may not look.</summary>
    [SupportedOSPlatform("linux")]
    public static FileStatus? StatusOf(string path, bool followLinks) =>
        Statx(CurrentFolder, path, followLinks ? 0 : LinkItself, BasicStatus, out var status) == 0 ? status : null;

    /// <summary>What has this name in an open folder, a link itself where it is one; null if there is nothing.</summary>
    [SupportedOSPlatform("linux")]
    public static FileStatus? StatusOf(SafeFileHandle folder, string name) => Statx(folder, name, LinkItself, BasicStatus, out var status) == 0 ? status : null;

    /// <summary>What an open file or folder is.</summary>
    /// <exception cref="IOException">The system does not say.</exception>
    [SupportedOSPlatform("linux")]
    public static FileStatus StatusOf(SafeFileHandle file) =>
        Statx(file, "", OpenFileItself, BasicStatus, out var status) == 0
            ? status
            : throw new IOException(Marshal.GetLastPInvokeErrorMessage(), Marshal.GetLastPInvokeError());

    /// <summary>Gives a file another name in the same folder, over what has that name.</summary>
    [SupportedOSPlatform("linux")]
    public static void Rename(SafeFileHandle folder, string from, string to, string path)
    {
        if (RenameAt(folder, from, folder, to) != 0)
            throw Failure(path);
    }

    /// <summary>Deletes a file or a link; nothing is done where there is none.</summary>
    [SupportedOSPlatform("linux")]
    public static void Delete(SafeFileHandle folder, string name, string path)
    {
        if (UnlinkAt(folder, name, 0) != 0 && Marshal.GetLastPInvokeError() != NotFound)
            throw Failure(path);
    }

    /// <summary>Locks a file as .NET does for <see cref="FileShare.None"/>.</summary>
    /// <exception cref="IOException">Somebody else has locked it.</exception>
    [SupportedOSPlatform("linux")]
    public static void LockExclusively(SafeFileHandle file, string path)
    {
        if (FileLockCall(file, ExclusiveLock) != 0)
            throw Failure(path);
    }

    /// <summary>Gives an open file to another owner; false if this process may not do that.</summary>
    [SupportedOSPlatform("linux")]
    public static bool TryGiveTo(SafeFileHandle file, (uint User, uint Group) owner) => ChangeOwner(file, owner.User, owner.Group) == 0;

    /// <summary>Flushes a folder, so that the names of its files survive a power cut.</summary>
    public static void FlushFolder(string folder)
    {
        // File.OpenHandle refuses folders, whereas a handle that was opened outside may be flushed.
        using var handle = Open(folder, ReadOnly);
        if (handle.IsInvalid)
            throw Failure(folder);
        RandomAccess.FlushToDisk(handle);
    }

    /// <summary>Flushes everything on the file system that an open folder is on: one wait in place of one for each of many files.</summary>
    [SupportedOSPlatform("linux")]
    public static void FlushFileSystem(SafeFileHandle folder, string path)
    {
        if (SyncFileSystem(folder) != 0)
            throw Failure(path);
    }

    /// <summary>Whether this process may create files in the folder. Knows of read-only file systems too.</summary>
    public static bool IsWritable(string folder) => Access(folder, WriteAndSearch) == 0;

    /// <summary>Whether accounts of its own are named for a file or folder, besides owner and group.</summary>
    [SupportedOSPlatform("linux")]
    public static bool HasAccessList(string path) => GetAttribute(path, "system.posix_acl_access", 0, 0) >= 0;

    /// <summary>The owner of a file or folder; null if unknown.</summary>
    public static (uint User, uint Group)? OwnerOf(string path) => OperatingSystem.IsLinux() ? StatusOf(path, followLinks: true)?.Owner : null;

    /// <summary>Whether it is neither a file nor a folder; links are followed. False if unknown.</summary>
    public static bool IsSpecial(string path) => OperatingSystem.IsLinux() && StatusOf(path, followLinks: true) is { IsFolder: false, IsRegular: false };

    // What .NET itself throws for the same.
    private static Exception Failure(string path)
    {
        var error = Marshal.GetLastPInvokeError();
        return error switch
        {
            NotFound => new FileNotFoundException($"'{path}' does not exist.", path),
            NoAccess or NotPermitted => new UnauthorizedAccessException($"Access to '{path}' is denied."),
            TooManyLinks when new FileInfo(path).LinkTarget is { } target => UnfitFileException.OfLink(path, target),
            TooManyLinks => UnfitFileException.Of(path, "reached through links that change or lead in circles"),
            NoSuchDevice => UnfitFileException.Of(path, "a pipe or a device"),
            _ => new IOException($"{Marshal.GetPInvokeErrorMessage(error)}: '{path}'", error),
        };
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(SafeFileHandle folder, string name, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "renameat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameAt(SafeFileHandle folder, string from, SafeFileHandle targetFolder, string to);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int UnlinkAt(SafeFileHandle folder, string name, int flags);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int FileLockCall(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    private static partial int ChangeOwner(SafeFileHandle file, uint user, uint group);

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    private static partial int SyncFileSystem(SafeFileHandle anyFile);

    [LibraryImport("libc", EntryPoint = "access", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Access(string path, int mode);

    [LibraryImport("libc", EntryPoint = "getxattr", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint GetAttribute(string path, string name, nint value, nuint size);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUserId();

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(SafeFileHandle folder, string path, int flags, uint mask, out FileStatus status);
}
