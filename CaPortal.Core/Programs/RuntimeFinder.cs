using System.Buffers;
using System.Runtime.Versioning;
using System.Text;
using System.Text.RegularExpressions;
using CaPortal.Core.Certificates;
using CaPortal.Core.Files;

namespace CaPortal.Core.Programs;

/// <summary>What a process runs on.</summary>
/// <param name="Runtime">The runtime.</param>
/// <param name="Executable">Its executable, as the process sees it.</param>
/// <param name="Library">The library that the runtime was recognised by; null if that was the executable's name.</param>
internal sealed record FoundRuntime(Runtime Runtime, string Executable, string? Library);

/// <summary>Recognises runtimes by the executable's name, else by the libraries that a process has in memory, else by what Go leaves.</summary>
[SupportedOSPlatform("linux")]
internal sealed partial class RuntimeFinder
{
    private const string Deleted = " (deleted)";
    private const int MaxMaps = 4 * 1024 * 1024;

    private readonly BoundedCache<FileIdentity, bool> _isGo = new(1000);

    /// <summary>The runtime of a process; null if it has none that is known.</summary>
    /// <param name="process">The process.</param>
    /// <param name="executable">Where its link <c>exe</c> leads.</param>
    public FoundRuntime? Find(int process, string executable)
    {
        if (executable.EndsWith(Deleted, StringComparison.Ordinal))
            executable = executable[..^Deleted.Length];
        return ByName(Path.GetFileName(executable)) is { } named ? new FoundRuntime(named, executable, null)
            : ByLibrary(process) is var (runtime, library) ? new FoundRuntime(runtime, executable, library)
            : IsGo(process) ? new FoundRuntime(Runtime.Go, executable, null)
            : null;
    }

    /// <summary>Whether a process uses OpenSSL as a library of the system, and not one that was built into it.</summary>
    public static bool HasSharedOpenSsl(int process) => WithMaps(process, maps => maps.IndexOf("/libcrypto.so"u8) >= 0);

    private static Runtime? ByName(string name) => name switch
    {
        "nginx" => Runtime.Nginx,
        "haproxy" => Runtime.HaProxy,
        "apache2" or "httpd" => Runtime.Apache,
        "envoy" => Runtime.Envoy,
        "curl" => Runtime.Curl,
        "node" or "nodejs" => Runtime.Node,
        "java" => Runtime.Java,
        "dotnet" => Runtime.DotNet,
        _ => PythonName().IsMatch(name) ? Runtime.Python : null,
    };

    private static (Runtime Runtime, string Library)? ByLibrary(int process) => WithMaps<(Runtime, string)?>(process, maps =>
        PathOf(maps, "/libjvm.so"u8) is { } java ? (Runtime.Java, java)
        : PathOf(maps, "/libcoreclr.so"u8) is { } dotNet ? (Runtime.DotNet, dotNet)

        // A .NET program in one file, which has the runtime in it, maps its machine code by this name.
        : PathOf(maps, "/memfd:doublemapper"u8) is { } inOneFile ? (Runtime.DotNet, inOneFile)
        : PathOf(maps, "/libnode.so"u8) is { } node ? (Runtime.Node, node)
        : PathOf(maps, "/libpython"u8) is { } python ? (Runtime.Python, python)
        : null);

    private static T WithMaps<T>(int process, MapsReader<T> read)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(MaxMaps);
        try
        {
            return read(buffer.AsSpan(0, ProcFile.Read(process, "maps", buffer)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The path at the end of the line with these words.</summary>
    private static string? PathOf(ReadOnlySpan<byte> maps, ReadOnlySpan<byte> words)
    {
        if (maps.IndexOf(words) is not (var found and >= 0))
            return null;
        var line = maps[(maps[..found].LastIndexOf((byte)'\n') + 1)..];
        line = line.IndexOf((byte)'\n') is var end and >= 0 ? line[..end] : line;
        return Encoding.UTF8.GetString(line[line.IndexOf((byte)'/')..]);
    }

    private bool IsGo(int process)
    {
        var path = ProcFile.PathOf(process, "exe");
        return NativeFiles.StatusOf(path, followLinks: true) is { IsRegular: true } status
            && _isGo.GetOrAdd(status.Identity, static (_, p) => HasGoSection(p), path);
    }

    /// <summary>Whether an executable has the section in which Go says how it was built. Of the format ELF with 64 bits, lowest byte first.</summary>
    private static bool HasGoSection(string path)
    {
        const int HeaderLength = 64;
        const int EntryLength = 64;
        const int MaxNames = 64 * 1024;
        try
        {
            using var file = NativeFiles.OpenFile(null, path, path, NativeFiles.Opening.Read, followLinks: true);
            var header = new byte[HeaderLength];
            if (RandomAccess.Read(file, header, 0) != HeaderLength || !header.AsSpan().StartsWith("\u007fELF\u0002\u0001"u8))
                return false;
            var entry = new byte[EntryLength];
            var at = BitConverter.ToInt64(header, 40) + ((long)BitConverter.ToUInt16(header, 62) * EntryLength);
            if (at <= 0 || RandomAccess.Read(file, entry, at) != EntryLength)
                return false;
            var names = new byte[Math.Clamp(BitConverter.ToInt64(entry, 32), 0, MaxNames)];
            return BitConverter.ToInt64(entry, 24) is var start and > 0
                && names.AsSpan(0, RandomAccess.Read(file, names, start)).IndexOf(".go.buildinfo\0"u8) >= 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private delegate T MapsReader<T>(ReadOnlySpan<byte> maps);

    [GeneratedRegex(@"^(python|pypy)\d*(\.\d+)*\z", RegexOptions.CultureInvariant)]
    private static partial Regex PythonName();
}
