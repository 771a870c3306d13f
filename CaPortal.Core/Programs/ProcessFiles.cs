using System.Globalization;
using System.Runtime.Versioning;
using CaPortal.Core.Files;
using Microsoft.Win32.SafeHandles;

namespace CaPortal.Core.Programs;

/// <summary>The files of the machine as a process sees them, which may be in a container or have another root folder.</summary>
[SupportedOSPlatform("linux")]
internal sealed class ProcessFiles : IDisposable
{
    private const int MaxNames = 5000;

    private readonly SafeFileHandle? _root;
    private readonly string? _folder;

    private ProcessFiles(SafeFileHandle? root, string? folder) => (_root, _folder) = (root, folder);

    /// <summary>
    /// It has another root folder than the portal, as in a container. A service of systemd often sees the same root folder with some
    /// folders of its own in it, which is no container.
    /// </summary>
    public bool IsInContainer => _root is not null && NativeFiles.StatusOf(_root).Identity is var own
        && NativeFiles.StatusOf("/", followLinks: true)?.Identity is { } portals && (own.Volume, own.File) != (portals.Volume, portals.File);

    /// <summary>They are the same as those that the portal sees.</summary>
    public bool AreOfPortal => _root is null;

    /// <summary>Those of a process.</summary>
    /// <exception cref="IOException">It has ended, or they may not be looked at.</exception>
    public static ProcessFiles Of(int process)
    {
        var (root, folder) = (ProcFile.LinkOf(process, "root"), ProcFile.LinkOf(process, "cwd"));
        if (ProcFile.LinkOf(process, "ns/mnt") is not { } mounts || root is null)
            throw new IOException("The process has ended, or its files may not be looked at.");
        return mounts == ProcFile.LinkOf(Environment.ProcessId, "ns/mnt") && root == "/"
            ? new(null, folder)
            : new(NativeFiles.OpenFolder(ProcFile.PathOf(process, "root"), followLinks: true), Within(root, folder));
    }

    /// <summary>A path as the process means it: whole.</summary>
    /// <param name="path">The path.</param>
    /// <param name="folder">The folder that it is in unless it is whole; null for the one that the process works in.</param>
    public string Whole(string path, string? folder = null) =>
        path.StartsWith('/') ? path : $"{(folder ?? _folder ?? "/").TrimEnd('/')}/{path}";

    /// <summary>Opens a regular file.</summary>
    /// <exception cref="IOException">There is none, or it is something else.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public SafeFileHandle Open(string path) =>
        _root is null ? NativeFiles.OpenFileOfOthers(path) : NativeFiles.OpenFileInRoot(_root, path);

    /// <summary>Whether there is a file of this name that can be read.</summary>
    public bool Exists(string path)
    {
        try
        {
            using var file = Open(path);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>The names in a folder, in their order, at most 5,000; null if there is no such folder.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="pattern">What a name looks like: <c>*.conf</c>.</param>
    /// <param name="identity">The state of the folder.</param>
    /// <exception cref="IOException">It cannot be listed.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be listed.</exception>
    public IReadOnlyList<string>? NamesIn(string path, string pattern, out FileIdentity identity)
    {
        identity = default;
        SafeFileHandle folder;
        try
        {
            folder = _root is null ? NativeFiles.OpenFolder(path, followLinks: true) : NativeFiles.OpenFolderInRoot(_root, path);
        }
        catch (Exception exception) when (exception is DirectoryNotFoundException or FileNotFoundException)
        {
            return null;
        }

        using (folder)
        {
            identity = NativeFiles.StatusOf(folder).Identity;
            var open = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{folder.DangerousGetHandle()}/");
            return [.. Directory.EnumerateFileSystemEntries(open, pattern).Take(MaxNames).Select(p => Path.GetFileName(p)!).Order(StringComparer.Ordinal)];
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _root?.Dispose();

    // The system shows the path from the portal's root folder.
    private static string? Within(string root, string? path) =>
        root != "/" && path?.StartsWith($"{root}/", StringComparison.Ordinal) == true ? path[root.Length..] : path;
}
