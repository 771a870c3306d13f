using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace CaPortal.Tests.Formats;

/// <summary>Containers whose only purpose is to cost much.</summary>
public sealed class HostileContainerTests(ReadingCost.Meter meter) : IClassFixture<ReadingCost.Meter>
{
    private const int Megabytes10 = 10 * 1024 * 1024;

    private static readonly string Run = $"ca: {new string('A', 80)}\n";

    public static TheoryData<string> Files => [.. Table.Keys];

    internal static readonly Dictionary<string, Func<byte[]>> Table = new()
    {
        ["serialized store of empty properties"] = () =>
            [0, 0, 0, 0, .. "CERT"u8, .. Enumerable.Repeat((byte[])[3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0], 800_000).SelectMany(b => b)],
        ["serialized store of empty certificates"] = () =>
            [0, 0, 0, 0, .. "CERT"u8, .. Enumerable.Repeat((byte[])[32, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0], 800_000).SelectMany(b => b)],
        ["BKS with endless counts"] = () =>
            [0, 0, 0, 2, 0, 0, 0, 20, .. new byte[20], 0, 0, 4, 0, 1, 0, 1, 65, .. new byte[8], 0xff, 0xff, 0xff, 0xff, .. new byte[Megabytes10 - 100]],
        ["BKS of empty certificates"] = () =>
            [
                0,
                0,
                0,
                2,
                0,
                0,
                0,
                20,
                .. new byte[20],
                0,
                0,
                4,
                0,
                .. Enumerable.Repeat((byte[])[1, 0, 1, 65, .. new byte[8], 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 400_000).SelectMany(b => b),
            ],
        ["tar of empty entries"] = () => Tar(15_000),
        ["ZIP of empty entries"] = () => Zip(9_000),
        ["ZIP of headers"] = () => Utf8(string.Concat(Enumerable.Repeat("PK\x3\x4PK\x1\x2", 1_000_000))),
        ["ZIP of noise"] = () => [.. "PK\x3\x4"u8, .. Noise(Megabytes10 - 100)],
        ["gzip of noise"] = () => [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, .. Noise(Megabytes10 - 100)],
        ["YAML of short values"] = () => Utf8(Run + string.Concat(Enumerable.Repeat("a: b\n", 1_900_000))),
        ["YAML of long values"] = () => Utf8(string.Concat(Enumerable.Repeat(Run, 110_000))),
        ["YAML of brackets"] = () => Utf8(Run + new string('[', Megabytes10 - 100)),
        ["YAML of braces"] = () => Utf8(Run + string.Concat(Enumerable.Repeat("{a: ", 2_400_000))),
        ["YAML of hyphens"] = () => Utf8(Run + "b:\n" + string.Concat(Enumerable.Repeat("- ", 4_000_000))),
        ["YAML of questions"] = () => Utf8(Run + string.Concat(Enumerable.Repeat("? ", 4_000_000))),
        ["YAML of anchors"] = () => Utf8(Run + "b: [" + string.Concat(Enumerable.Range(0, 500_000).Select(i => $"&a{i} b, "))),
        ["YAML of documents"] = () => Utf8(Run + string.Concat(Enumerable.Repeat("---\n", 2_000_000))),
        ["YAML of an open quote"] = () => Utf8(Run + "b: \"" + string.Concat(Enumerable.Repeat("a\n", 4_000_000))),
        ["YAML of escapes"] = () => Utf8(Run + "b: \"" + string.Concat(Enumerable.Repeat("\\u0041", 1_600_000))),
        ["YAML of a block of empty lines"] = () => Utf8(Run + "b: |\n" + new string('\n', 9_000_000)),
        ["YAML of words"] = () => Utf8(Run + string.Concat(Enumerable.Repeat("word\n", 1_900_000))),
        ["YAML of spaces"] = () => Utf8(Run + "b: " + new string(' ', 9_000_000) + "c"),
        ["YAML of tags"] = () => Utf8(Run + "b: !<" + new string('a', 9_000_000)),
        ["YAML of directives"] = () => Utf8(string.Concat(Enumerable.Repeat("%TAG ! tag:a,2000:\n", 400_000)) + "---\n" + Run),
        ["JSON of brackets"] = () => Utf8(new string('[', Megabytes10)),
        ["JSON of values"] = () => Utf8("[" + string.Concat(Enumerable.Repeat($"\"{new string('A', 80)}\",", 110_000)) + "1]"),
        ["JSON of one value"] = () => Utf8("[\"" + new string('A', Megabytes10 - 100) + "\"]"),
        ["data: schemes"] = () => Utf8(string.Concat(Enumerable.Repeat("data:", 2_000_000))),
        ["data: URLs"] = () => Utf8(string.Concat(Enumerable.Repeat("data:,x ", 1_200_000))),
        ["data: URL of escapes"] = () => Utf8("data:," + string.Concat(Enumerable.Repeat("%41", 3_000_000))),
        ["data: URL in another"] = () => Utf8(Enumerable.Range(0, 12).Aggregate("x", (inner, _) => "data:;base64," + Convert.ToBase64String(Utf8(inner)))),
        ["property list of data"] = () => Utf8("<plist><array>" + string.Concat(Enumerable.Repeat("<data>AAAA</data>", 500_000)) + "</array></plist>"),
        ["property list of keys"] = () => Utf8("<plist><dict>" + string.Concat(Enumerable.Repeat("<key>a</key>", 800_000))),
        ["property list of attributes"] = () => Utf8("<plist " + string.Concat(Enumerable.Range(0, 500_000).Select(i => $"a{i}=\"\" ")) + "/>"),
        ["property list of elements"] = () => Utf8("<plist>" + string.Concat(Enumerable.Repeat("<a>", 3_000_000))),
    };

    [Theory]
    [MemberData(nameof(Files))]
    public Task Read_HostileContainer_CostsLittleAndGivesAnItem(string name) =>
        meter.AssertIsLittleAsync(nameof(HostileContainerTests), name, longestMessage: 1000);

    private static byte[] Tar(int entries)
    {
        using var archive = new MemoryStream();
        using (var writer = new TarWriter(archive, TarEntryFormat.Ustar, leaveOpen: true))
        {
            for (var i = 0; i < entries; i++)
                writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, $"{i}"));
        }

        return archive.ToArray();
    }

    private static byte[] Zip(int entries)
    {
        using var packed = new MemoryStream();
        using (var archive = new ZipArchive(packed, ZipArchiveMode.Create, leaveOpen: true))
        {
            for (var i = 0; i < entries; i++)
                archive.CreateEntry($"{i}");
        }

        return packed.ToArray();
    }

    private static byte[] Noise(int length)
    {
        const int seed = 20260101;
        var noise = new byte[length];
        new Random(seed).NextBytes(noise);
        return noise;
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
