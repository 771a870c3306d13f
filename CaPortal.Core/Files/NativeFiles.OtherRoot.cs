using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace CaPortal.Core.Files;

/// <summary>Files as a process sees them that has another root folder, such as one in a container.</summary>
internal static partial class NativeFiles
{
    // The number of openat2 is the same on all architectures.
    private const int OpenInFolder = 437;
    private const int NameAlone = 0x200000;
    private const ulong NoMagicLinks = 0x02;
    private const ulong FolderIsRoot = 0x10;

    /// <summary>
    /// Opens a regular file. Every link on the way, and every <c>..</c>, counts as if <paramref name="root"/> were the root folder, so
    /// that none leads out of it.
    /// </summary>
    /// <param name="root">The open root folder.</param>
    /// <param name="path">The path in it.</param>
    /// <exception cref="UnfitFileException">It is no file.</exception>
    /// <exception cref="IOException">It cannot be opened, or the system has no way to open it so.</exception>
    [SupportedOSPlatform("linux")]
    public static SafeFileHandle OpenFileInRoot(SafeFileHandle root, string path)
    {
        using var named = OpenInRoot(root, path, NameAlone | CloseOnExecute);
        return OpenNamed(named, path);
    }

    /// <summary>
    /// Opens a regular file that another program names, links followed. What is something else is not opened at all: opening a device
    /// may do something, such as start a watchdog.
    /// </summary>
    /// <exception cref="UnfitFileException">It is no file.</exception>
    /// <exception cref="IOException">It cannot be opened.</exception>
    [SupportedOSPlatform("linux")]
    public static SafeFileHandle OpenFileOfOthers(string path)
    {
        using var named = Open(CurrentFolder, path, NameAlone | CloseOnExecute, 0);
        return named.IsInvalid ? throw Failure(path) : OpenNamed(named, path);
    }

    [SupportedOSPlatform("linux")]
    private static SafeFileHandle OpenNamed(SafeFileHandle named, string path)
    {
        if (StatusOf(named) is { IsRegular: false } status)
            throw UnfitFileException.Of(path, status.IsFolder ? "a folder" : "a pipe or a device");
        var itself = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{named.DangerousGetHandle()}");
        return Open(CurrentFolder, itself, ReadOnly | CloseOnExecute | NoWait | NoTerminal, 0) is { IsInvalid: false } file ? file : throw Failure(path);
    }

    /// <summary>Opens a folder in the way of <see cref="OpenFileInRoot"/>.</summary>
    /// <exception cref="IOException">It cannot be opened, or the system has no way to open it so.</exception>
    [SupportedOSPlatform("linux")]
    public static SafeFileHandle OpenFolderInRoot(SafeFileHandle root, string path) => OpenInRoot(root, path, ReadOnly | FolderAlone | CloseOnExecute);

    private static SafeFileHandle OpenInRoot(SafeFileHandle root, string path, int flags)
    {
        var how = new OpenHow((ulong)flags, 0, NoMagicLinks | FolderIsRoot);
        var file = SystemCall(OpenInFolder, root, path, how, (nuint)Marshal.SizeOf<OpenHow>());
        return file >= 0 ? new SafeFileHandle(file, ownsHandle: true) : throw Failure(path);
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint SystemCall(nint number, SafeFileHandle folder, string path, in OpenHow how, nuint size);

    /// <summary><c>struct open_how</c> of Linux.</summary>
    private readonly record struct OpenHow(ulong Flags, ulong Mode, ulong Resolve);
}
