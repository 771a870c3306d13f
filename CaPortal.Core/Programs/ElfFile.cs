using System.Buffers.Binary;
using System.Runtime.Versioning;
using System.Text;
using CaPortal.Core.Files;
using Microsoft.Win32.SafeHandles;

namespace CaPortal.Core.Programs;

/// <summary>An executable or library of the format ELF with 64 bits, lowest byte first. What is no such file has nothing in it.</summary>
[SupportedOSPlatform("linux")]
internal sealed class ElfFile : IDisposable
{
    private const int HeaderLength = 64;
    private const int SectionLength = 64;
    private const int MaxSections = 1000;
    private const int MaxBytes = 1024 * 1024;
    private const uint DynamicSection = 6;
    private const long NeededLibrary = 1;

    private readonly SafeFileHandle _file;
    private readonly List<Section> _sections = [];
    private readonly byte[] _names = [];

    private ElfFile(SafeFileHandle file)
    {
        _file = file;
        var header = Read(0, HeaderLength);
        if (header.Length != HeaderLength || !header.AsSpan().StartsWith("\u007fELF\u0002\u0001"u8))
            return;
        var count = Math.Min((int)BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(60)), MaxSections);
        var table = Read(BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(40)), count * SectionLength);
        for (var at = 0; at + SectionLength <= table.Length; at += SectionLength)
        {
            var entry = table.AsSpan(at, SectionLength);
            _sections.Add(new(
                BinaryPrimitives.ReadInt32LittleEndian(entry),
                BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]),
                BinaryPrimitives.ReadInt64LittleEndian(entry[24..]),
                BinaryPrimitives.ReadInt64LittleEndian(entry[32..]),
                BinaryPrimitives.ReadInt32LittleEndian(entry[40..])));
        }

        if (_sections.ElementAtOrDefault(BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(62))) is { } names)
            _names = Read(names.Start, names.Length);
    }

    /// <summary>Whether a file has a section of this name.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">The name: <c>.go.buildinfo</c>.</param>
    public static bool HasSection(string path, string name) => Ask(path, f => f._sections.Exists(s => Text(f._names, s.Name) == name));

    /// <summary>Whether a file itself asks for a library, which one that it loads later does not count for.</summary>
    /// <param name="path">The file.</param>
    /// <param name="beginning">What the library's name begins with.</param>
    public static bool Needs(string path, string beginning) => Ask(path, f => f.Libraries().Any(l => l.StartsWith(beginning, StringComparison.Ordinal)));

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static bool Ask(string path, Func<ElfFile, bool> question)
    {
        try
        {
            using var file = new ElfFile(NativeFiles.OpenFile(null, path, path, NativeFiles.Opening.Read, followLinks: true));
            return question(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private IEnumerable<string> Libraries()
    {
        if (_sections.Find(s => s.Type == DynamicSection) is not { } dynamic || _sections.ElementAtOrDefault(dynamic.Link) is not { } texts)
            yield break;
        var (entries, names) = (Read(dynamic.Start, dynamic.Length), Read(texts.Start, texts.Length));
        for (var at = 0; at + 16 <= entries.Length; at += 16)
            if (BinaryPrimitives.ReadInt64LittleEndian(entries.AsSpan(at)) == NeededLibrary)
                yield return Text(names, BinaryPrimitives.ReadInt64LittleEndian(entries.AsSpan(at + 8)));
    }

    private static string Text(byte[] texts, long start) =>
        start >= 0 && start < texts.Length && texts.AsSpan((int)start) is var text && text.IndexOf((byte)0) is var end and > 0
            ? Encoding.UTF8.GetString(text[..end])
            : "";

    private byte[] Read(long start, long length)
    {
        if (start < 0 || length <= 0)
            return [];
        var content = new byte[Math.Min(length, MaxBytes)];
        return content[..RandomAccess.Read(_file, content, start)];
    }

    private sealed record Section(int Name, uint Type, long Start, long Length, int Link);
}
