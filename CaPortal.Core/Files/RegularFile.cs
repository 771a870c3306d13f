using Microsoft.Win32.SafeHandles;

namespace CaPortal.Core.Files;

/// <summary>
/// Reads files that others can replace with something else: a link to what they may not read, a pipe that may never give
/// anything, a device that may never end, or more than fits into memory.
/// </summary>
internal static class RegularFile
{
    /// <summary>Bytes in the longest file that is read: a list of 20,000 certificates in PEM.</summary>
    public const long MaxBytes = 64 * 1024 * 1024;

    /// <summary>Whether there is something of this name that is no file to be read, such as a pipe; links are followed.</summary>
    public static bool IsSomethingElse(string path) => !OperatingSystem.IsWindows() && NativeFiles.IsSpecial(path);

    /// <summary>Whether there is a file of this name, or something else that <see cref="Read(string)"/> refuses; not so a folder.</summary>
    public static bool IsThere(string path) => FileIdentity.Of(path, followLinks: false) is not null;

    /// <summary>Reads a file of CaPortal's own to its end. A link in its place is refused: who put it there may not be who may read what it leads to.</summary>
    /// <exception cref="UnfitFileException">It is a link, no file, or too long.</exception>
    public static byte[] Read(string path) => Read(path, out _);

    /// <summary>Reads a file of CaPortal's own to its end; a link in its place is refused.</summary>
    /// <param name="path">The file.</param>
    /// <param name="identity">Which file that was, and in which state.</param>
    /// <exception cref="UnfitFileException">It is a link, no file, or too long.</exception>
    public static byte[] Read(string path, out FileIdentity identity) => Read(path, followLinks: false, out identity);

    /// <summary>Reads a file to its end that other programs find through links too.</summary>
    /// <exception cref="UnfitFileException">It is no file, or too long.</exception>
    public static byte[] ReadThroughLinks(string path) => ReadThroughLinks(path, out _);

    /// <summary>Reads a file to its end that other programs find through links too.</summary>
    /// <param name="path">The file.</param>
    /// <param name="identity">Which file that was, and in which state.</param>
    /// <exception cref="UnfitFileException">It is no file, or too long.</exception>
    public static byte[] ReadThroughLinks(string path, out FileIdentity identity) => Read(path, followLinks: true, out identity);

    /// <summary>Reads a regular file to its end that is open already.</summary>
    /// <param name="handle">The open file.</param>
    /// <param name="path">Its path, for messages.</param>
    /// <param name="identity">Which file that is, and in which state.</param>
    /// <exception cref="UnfitFileException">It is too long.</exception>
    public static byte[] Read(SafeFileHandle handle, string path, out FileIdentity identity)
    {
        identity = FileIdentity.Of(handle);
        if (identity.Length > MaxBytes)
        {
            throw new UnfitFileException(
                $"The file '{path}' has {identity.Length:N0} bytes, more than the {MaxBytes:N0} that are read.",
                "Find out who made it that long, and move it elsewhere.");
        }

        var content = new byte[identity.Length];
        var read = 0;
        while (read < content.Length && RandomAccess.Read(handle, content.AsSpan(read), read) is var count and > 0)
            read += count;
        return content[..read];
    }

    /// <summary>Refuses a link, where the system has no way of opening a file without following one.</summary>
    /// <exception cref="UnfitFileException">It is a link.</exception>
    public static void RequireNoLink(string path)
    {
        if (new FileInfo(path).LinkTarget is { } target)
            throw UnfitFileException.OfLink(path, target);
    }

    private static byte[] Read(string path, bool followLinks, out FileIdentity identity)
    {
        using var handle = Open(path, followLinks);
        return Read(handle, path, out identity);
    }

    private static SafeFileHandle Open(string path, bool followLinks)
    {
        if (OperatingSystem.IsLinux())
            return NativeFiles.OpenFile(null, path, path, NativeFiles.Opening.Read, followLinks);
        if (!followLinks)
            RequireNoLink(path);
        return File.OpenHandle(path);
    }
}

/// <summary>Something else than a file of bearable length was found.</summary>
internal sealed class UnfitFileException(string message, string advice) : IOException(message)
{
    /// <summary>One sentence: what to do.</summary>
    public string Advice { get; } = advice;

    /// <summary>It is something else.</summary>
    /// <param name="path">The file.</param>
    /// <param name="what">What it is.</param>
    public static UnfitFileException Of(string path, string what) =>
        new($"'{path}' is {what}, where a file is needed.", "Find out who put it there, and move it elsewhere.");

    /// <summary>It is a symbolic link.</summary>
    /// <param name="path">The link.</param>
    /// <param name="target">What it leads to.</param>
    public static UnfitFileException OfLink(string path, string target) => new(
        $"'{path}' is a link to '{target}'. CaPortal follows no link in the place of a file of its own, because it could lead to a file that nobody means.",
        "Find out who put it there and remove it; to keep the file elsewhere, set the setting for its place to that place.");
}
