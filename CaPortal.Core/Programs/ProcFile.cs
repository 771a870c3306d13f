using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using CaPortal.Core.Files;

namespace CaPortal.Core.Programs;

/// <summary>Reads what the system tells of a process in <c>/proc</c>, within bounds: a process decides how long some of it is.</summary>
[SupportedOSPlatform("linux")]
internal static partial class ProcFile
{
    // Everywhere where .NET runs: what the system shows to programs does not follow its own clock's tick.
    private const double TicksPerSecond = 100;
    private const uint KernelThread = 0x00200000;
    private const int ClockSinceStart = 7;

    /// <summary>The path of one of its files.</summary>
    public static string PathOf(int process, string name) => string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/{name}");

    /// <summary>Reads the beginning of a file of a process.</summary>
    /// <returns>The bytes that were read; none where the process has ended or may not be looked at.</returns>
    public static int Read(int process, string name, Span<byte> buffer)
    {
        try
        {
            var path = PathOf(process, name);
            using var file = NativeFiles.OpenFile(null, path, path, NativeFiles.Opening.Read, followLinks: true);
            var read = 0;
            while (read < buffer.Length && RandomAccess.Read(file, buffer[read..], read) is var count and > 0)
                read += count;
            return read;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    /// <summary>Whether this account may not look at a process, which has not ended.</summary>
    public static bool IsDenied(int process)
    {
        try
        {
            var path = PathOf(process, "maps");
            NativeFiles.OpenFile(null, path, path, NativeFiles.Opening.Read, followLinks: true).Dispose();
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Where a link of a process leads; null where the process has ended or may not be looked at.</summary>
    public static string? LinkOf(int process, string name) => new FileInfo(PathOf(process, name)).LinkTarget;

    /// <summary>The first line of text in a file of a process that begins so, without its beginning; null if there is none.</summary>
    public static string? LineOf(int process, string name, string beginning) =>
        Array.Find(LinesOf(process, name), l => l.StartsWith(beginning, StringComparison.Ordinal))?[beginning.Length..];

    /// <summary>The first lines of text in a file of a process; none where the process has ended or may not be looked at.</summary>
    public static string[] LinesOf(int process, string name)
    {
        var buffer = new byte[4096];
        return Encoding.UTF8.GetString(buffer.AsSpan(0, Read(process, name, buffer))).Split('\n');
    }

    /// <summary>
    /// When the machine was started, by its clock of today. The start of a process counts from there also in a container, for which
    /// <c>/proc/uptime</c> may begin at the container's start.
    /// </summary>
    public static DateTimeOffset StartOfMachine() =>
        GetTime(ClockSinceStart, out var time) == 0
            ? TimeProvider.System.GetUtcNow() - TimeSpan.FromSeconds(time.Seconds) - TimeSpan.FromTicks(time.Nanoseconds / TimeSpan.NanosecondsPerTick)
            : throw new IOException(Marshal.GetLastPInvokeErrorMessage());

    /// <summary>What every account may know of a process; null if it has ended, or is a part of the system itself.</summary>
    public static ProcessStatus? StatusOf(int process, DateTimeOffset startOfMachine, byte[] buffer)
    {
        var text = Encoding.ASCII.GetString(buffer.AsSpan(0, Read(process, "stat", buffer)));

        // The name in brackets can hold anything, brackets too.
        if (text.LastIndexOf(')') is not (var name and > 0)
            || text[(name + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries) is not { Length: > 19 } fields)
        {
            return null;
        }

        return fields[0] is "Z" or "X"
            || !int.TryParse(fields[1], CultureInfo.InvariantCulture, out var parent)
            || !uint.TryParse(fields[6], CultureInfo.InvariantCulture, out var flags)
            || (flags & KernelThread) != 0
            || !long.TryParse(fields[19], CultureInfo.InvariantCulture, out var ticks)
                ? null
                : new ProcessStatus(process, parent, ticks, startOfMachine.AddSeconds(ticks / TicksPerSecond));
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    private static partial int GetTime(int clock, out Time time);

    // Both are of the machine's word: there is no system with .NET where it is otherwise.
    private readonly struct Time
    {
        public readonly nint Seconds;
        public readonly nint Nanoseconds;
    }
}

/// <summary>What every account may know of a process.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Parent">That of the process that it belongs to.</param>
/// <param name="Ticks">When it was started, as the system counts: with its number it is this process and no later one.</param>
/// <param name="StartedAt">When it was started, to about 20 ms.</param>
internal readonly record struct ProcessStatus(int Id, int Parent, long Ticks, DateTimeOffset StartedAt);
