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
    private const uint OwnerAndGroup = 0x8 | 0x10;
    private const uint Type = 0x1;
    private const int TypeBits = 0xF000;
    private const int Folder = 0x4000;
    private const int Regular = 0x8000;
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

    /// <summary>The owner of a file or folder; null where that cannot be told.</summary>
    public static (uint User, uint Group)? OwnerOf(string path) =>
        OperatingSystem.IsLinux() && Statx(CurrentFolder, path, 0, OwnerAndGroup, out var status) == 0 ? (status.User, status.Group) : null;

    /// <summary>Whether it is neither a file nor a folder; links are followed. False where that cannot be told.</summary>
    public static bool IsSpecial(string path) =>
        OperatingSystem.IsLinux() && Statx(CurrentFolder, path, 0, Type, out var status) == 0 && (status.Mode & TypeBits) is not (Regular or Folder);

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

    // Unlike stat, statx has one layout on all architectures.
    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, out FileStatus status);

    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct FileStatus
    {
        [FieldOffset(20)] public uint User;
        [FieldOffset(24)] public uint Group;
        [FieldOffset(28)] public ushort Mode;
    }
}
