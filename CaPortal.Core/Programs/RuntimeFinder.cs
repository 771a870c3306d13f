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
    private const int MostWithout = 20_000;

    // A program loads what it runs on when it starts; some load Java or Python later.
    private static readonly TimeSpan Starting = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(10);

    private static readonly BoundedCache<FileIdentity, bool> NeedsOpenSsl = new(100);

    private readonly BoundedCache<FileIdentity, bool> _isGo = new(1000);
    private readonly BoundedCache<(int Id, long Ticks, string Executable, long Period), bool> _without = new(MostWithout);

    /// <summary>The runtime of a process; null if it has none that is known. One without is looked at again after some minutes.</summary>
    /// <param name="status">The process.</param>
    /// <param name="executable">Where its link <c>exe</c> leads.</param>
    public FoundRuntime? Find(ProcessStatus status, string executable)
    {
        var now = TimeProvider.System.GetUtcNow();
        var key = (status.Id, status.Ticks, executable, now.Ticks / Memory.Ticks);
        if (_without.TryGet(key, out _))
            return null;
        var found = Find(status.Id, executable);
        if (found is null && now - status.StartedAt > Starting)
            _without.GetOrAdd(key, static (_, _) => true, 0);
        return found;
    }

    private FoundRuntime? Find(int process, string executable)
    {
        if (executable.EndsWith(Deleted, StringComparison.Ordinal))
            executable = executable[..^Deleted.Length];
        return ByName(Path.GetFileName(executable)) is { } named ? new FoundRuntime(named, executable, null)
            : ByLibrary(process) is var (runtime, library) ? new FoundRuntime(runtime, executable, library)
            : IsGo(process) ? new FoundRuntime(Runtime.Go, executable, null)
            : null;
    }

    /// <summary>
    /// Whether Node.js uses OpenSSL as a library of the system, and not the one that is built into it. What a module of the program
    /// loads for itself does not count.
    /// </summary>
    /// <param name="process">The process.</param>
    /// <param name="found">What it runs on.</param>
    public static bool HasSharedOpenSsl(int process, FoundRuntime found)
    {
        // As the process sees it; its executable is there also where it was deleted.
        var file = found.Library is { } library ? ProcFile.PathOf(process, $"root{library}") : ProcFile.PathOf(process, "exe");
        return NativeFiles.StatusOf(file, followLinks: true) is { IsRegular: true } status
            && NeedsOpenSsl.GetOrAdd(status.Identity, static (_, f) => ElfFile.Needs(f, "libcrypto.so") || ElfFile.Needs(f, "libssl.so"), file);
    }

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
            && _isGo.GetOrAdd(status.Identity, static (_, p) => ElfFile.HasSection(p, ".go.buildinfo"), path);
    }

    private delegate T MapsReader<T>(ReadOnlySpan<byte> maps);

    [GeneratedRegex(@"^(python|pypy)\d*(\.\d+)*\z", RegexOptions.CultureInvariant)]
    private static partial Regex PythonName();
}
