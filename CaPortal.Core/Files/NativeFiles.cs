using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace CaPortal.Core.Files;

/// <summary>What .NET has no call for: flushing a folder, and who owns a file. Unix only.</summary>
[UnsupportedOSPlatform("windows")]
internal static partial class NativeFiles
{
    private const int ReadOnly = 0;
    private const int CurrentFolder = -100;
    private const int LinkItself = 0x100;
    private const int OpenFileItself = 0x1000;
    private const uint BasicStatus = 0x7FF;
    private const int WriteAndSearch = 2 | 1;

    /// <summary>Flushes a folder, so that the names of its files survive a power cut.</summary>
    public static void FlushFolder(string folder)
    {
        // File.OpenHandle refuses folders, whereas a handle that was opened outside may be flushed.
        using var handle = new SafeFileHandle(Open(folder, ReadOnly), ownsHandle: true);
        if (handle.IsInvalid)
            throw new IOException($"The folder '{folder}' cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}", Marshal.GetLastPInvokeError());
        RandomAccess.FlushToDisk(handle);
    }

    /// <summary>Flushes everything on the file system that the folder is on: one wait in place of one for each of many files.</summary>
    [SupportedOSPlatform("linux")]
    public static void FlushFileSystem(string folder)
    {
        using var handle = new SafeFileHandle(Open(folder, ReadOnly), ownsHandle: true);
        if (handle.IsInvalid || SyncFileSystem(handle) != 0)
            throw new IOException($"The file system of '{folder}' cannot be flushed: {Marshal.GetLastPInvokeErrorMessage()}", Marshal.GetLastPInvokeError());
    }

    /// <summary>Whether this process may create files in the folder. Knows of read-only file systems too.</summary>
    public static bool IsWritable(string folder) => Access(folder, WriteAndSearch) == 0;

    /// <summary>What has this name; null where there is nothing, or this process may not look.</summary>
    [SupportedOSPlatform("linux")]
    public static FileStatus? StatusOf(string path, bool followLinks) =>
        Statx(CurrentFolder, path, followLinks ? 0 : LinkItself, BasicStatus, out var status) == 0 ? status : null;

    /// <summary>What an open file or folder is.</summary>
    /// <exception cref="IOException">The system does not tell.</exception>
    [SupportedOSPlatform("linux")]
    public static FileStatus StatusOf(SafeFileHandle file) =>
        Statx(file, "", OpenFileItself, BasicStatus, out var status) == 0 ? status : throw new IOException(Marshal.GetLastPInvokeErrorMessage(), Marshal.GetLastPInvokeError());

    /// <summary>The owner of a file or folder; null where that cannot be told.</summary>
    public static (uint User, uint Group)? OwnerOf(string path) => OperatingSystem.IsLinux() ? StatusOf(path, followLinks: true)?.Owner : null;

    /// <summary>Whether it is neither a file nor a folder; links are followed. False where that cannot be told.</summary>
    public static bool IsSpecial(string path) => OperatingSystem.IsLinux() && StatusOf(path, followLinks: true) is { IsFolder: false, IsRegular: false };

    /// <summary>The user that this process acts as.</summary>
    public static uint CurrentUser => GetEffectiveUserId();

    /// <summary>Gives a file to another owner; false where this process may not do that.</summary>
    public static bool TryGiveTo(string path, (uint User, uint Group) owner) => ChangeOwner(path, owner.User, owner.Group) == 0;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    private static partial int SyncFileSystem(SafeFileHandle anyFile);

    [LibraryImport("libc", EntryPoint = "access", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Access(string path, int mode);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUserId();

    [LibraryImport("libc", EntryPoint = "chown", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint user, uint group);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, out FileStatus status);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(SafeFileHandle folder, string path, int flags, uint mask, out FileStatus status);
}
