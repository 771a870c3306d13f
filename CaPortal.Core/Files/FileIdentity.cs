using Microsoft.Win32.SafeHandles;

namespace CaPortal.Core.Files;

/// <summary>
/// Which file it is and in which state, as far as this is known without reading it. Anybody who may write the file can set
/// its size and time of writing. On Linux nobody can set the change time, and another file of the same name has another
/// number.
/// </summary>
/// <remarks>
/// On other systems .NET knows neither. There <see cref="File"/> is the time of creation and <see cref="Changed"/> the time
/// of writing. Somebody who sets all times back is noticed only when the file is read for real.
/// </remarks>
/// <param name="Volume">The disk that the file is on.</param>
/// <param name="File">Its number on that disk.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Written">When it was last written, in nanoseconds since 1970.</param>
/// <param name="Changed">When its content or anything about it was last changed, in nanoseconds since 1970.</param>
internal readonly record struct FileIdentity(ulong Volume, ulong File, long Length, long Written, long Changed)
{
    // A file can change twice within one tick of a file system's clock, which is 10 ms at most on those that matter here.
    private static readonly TimeSpan ClockTick = TimeSpan.FromMilliseconds(100);

    /// <summary>That of what has this name now; null if there is nothing, or a folder.</summary>
    /// <param name="path">The file.</param>
    /// <param name="followLinks">Whether that of a link is the one of the file that it leads to.</param>
    public static FileIdentity? Of(string path, bool followLinks)
    {
        if (OperatingSystem.IsLinux())
            return NativeFiles.StatusOf(path, followLinks) is { IsFolder: false } status ? status.Identity : null;

        var file = new FileInfo(path);
        if (file.LinkTarget is not null)
        {
            if (!followLinks)
                return Of(file.CreationTimeUtc, 0, file.LastWriteTimeUtc);
            file = (FileInfo)file.ResolveLinkTarget(returnFinalTarget: true)!;
        }

        return file.Exists ? Of(file.CreationTimeUtc, file.Length, file.LastWriteTimeUtc) : null;
    }

    /// <summary>That of an open file.</summary>
    public static FileIdentity Of(SafeFileHandle file) => OperatingSystem.IsLinux()
        ? NativeFiles.StatusOf(file).Identity
        : Of(System.IO.File.GetCreationTimeUtc(file), RandomAccess.GetLength(file), System.IO.File.GetLastWriteTimeUtc(file));

    /// <summary>
    /// Whether a file that was in this state when <paramref name="now"/> had come changes it with the next writing. One that
    /// was changed just before may be changed again within the same tick of the clock.
    /// </summary>
    public bool IsSettledAt(DateTimeOffset now) => Changed < Nanoseconds((now - ClockTick).UtcDateTime);

    private static FileIdentity Of(DateTime created, long length, DateTime written) =>
        new(0, (ulong)created.Ticks, length, Nanoseconds(written), Nanoseconds(written));

    private static long Nanoseconds(DateTime time) => (time - DateTime.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
}
