using System.Buffers.Binary;
using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using CaPortal.Tests.Testing;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.Pkcs;
using static CaPortal.Tests.Formats.HostileDer;

namespace CaPortal.Tests.Formats;

/// <summary>Files of as many parts as fit. A parser may build all of them before it is stopped.</summary>
public sealed class HostilePartsTests(ReadingCost.Meter meter) : IClassFixture<ReadingCost.Meter>
{
    private const int Megabytes10 = 10 * 1024 * 1024;

    private const string Multipart = "Content-Type: multipart/mixed; boundary=X\n";

    private static readonly byte[] Root = TestCertificates.Root().RawData;

    public static TheoryData<string> Files => [.. Table.Keys];

    internal static readonly Dictionary<string, Func<byte[]>> Table = new()
    {
        ["e-mail of parts"] = () => Utf8(Multipart + "\n" + Many("--X\n\n", Megabytes10)),
        ["e-mail of parts behind spaces"] = () => Utf8(Multipart + "\n" + Many(" --X\n\n", Megabytes10)),
        ["e-mail of header lines"] = () => Utf8(Multipart + Many("a: b\n", Megabytes10)),
        ["e-mail of header lines in a part"] = () => Utf8(Multipart + "\n--X\n" + Many("a: b\n", Megabytes10)),
        ["e-mail of one header"] = () => Utf8(Multipart + "a: " + Many("b", Megabytes10)),
        ["e-mail of one header of lines"] = () => Utf8(Multipart + "a: " + Many(" b\n", Megabytes10)),
        ["e-mail of parameters"] = () => Utf8(Multipart + "\n--X\nContent-Type: text/plain" + Many("; a=b", Megabytes10)),
        ["e-mail of numbered parameters"] = () =>
            Utf8(Multipart + "\n--X\nContent-Type: text/plain" + string.Concat(Enumerable.Range(0, 500_000).Select(i => $"; a*{i}*=b"))),
        ["e-mail of addresses"] = () => Utf8("Content-Type: message/rfc822\n\nTo: " + Many("a@b.c, ", Megabytes10)),
        ["e-mail of words"] = () => Utf8("Content-Type: message/rfc822\n\nSubject: " + Many("=?utf-8?q?a?= ", Megabytes10)),
        ["e-mail in another"] = () => Utf8(Many("Content-Type: message/rfc822\n\n", Megabytes10)),
        ["e-mail of multiparts"] = () =>
            Utf8(
                Multipart + "\n" + string.Concat(Enumerable.Range(0, 150_000).Select(i => $"--X\nContent-Type: multipart/mixed; boundary=X{i}\n\n--X{i}\n\n"))),
        ["e-mail of one part"] = () => Utf8("Content-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\n" + Many("MIIBAAAA\n", Megabytes10)),
        ["e-mail of escapes"] = () => Utf8("Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n" + Many("=41", Megabytes10)),
        ["e-mail of parts within the bounds"] = () => Utf8(Multipart + "\n" + Many("--X\na: b\na: b\na: b\na: b\n\n", 19_990 * 25)),
        ["e-mail of words within the bounds"] = () =>
            Utf8(Multipart + "\n" + Many("--X\nContent-Type: message/rfc822\n\nSubject: " + Many("=?utf-8?q?a?= ", 60_000) + "\n\n", 30 * 60_000)),
        ["e-mail of addresses within the bounds"] = () =>
            Utf8(Multipart + "\n" + Many("--X\nContent-Type: message/rfc822\n\nTo: " + Many("a@b.c, ", 60_000) + "\n\n", 30 * 60_000)),
        ["e-mail of parameters within the bounds"] = () =>
            Utf8(Multipart + "\n" + Many("--X\nContent-Type: text/plain" + Many("; a=b", 60_000) + "\n\n", 30 * 60_000)),
        ["e-mail of header lines in a message"] = () => Utf8("Content-Type: message (a)/rfc822\n\n" + Many("a: b\n", Megabytes10)),
        ["e-mail of header lines in a digest"] = () => Utf8("Content-Type: multipart/digest; boundary=X\n\n--X\n\n" + Many("a: b\n", Megabytes10)),
        ["e-mail of lines that are no headers"] = () => Utf8(Multipart + "\n--X\n" + Many("a\n", Megabytes10)),
        ["e-mail of spaces in a message"] = () => Utf8("Content-Type: message/rfc822\n\n" + Many(" a\n", Megabytes10)),
        ["e-mail of odd headers in a message"] = () => Utf8("Content-Type: message/rfc822\n\n" + Many("a!: b\n", Megabytes10)),
        ["e-mail of headers with a From line"] = () => Utf8("Content-Type: message/rfc822\n\nFrom a\n" + Many("a: b\n", Megabytes10)),
        ["tar of long names"] = () => Tar(4_000, i => new PaxTarEntry(TarEntryType.RegularFile, new string('a', 1_000) + i)),
        ["tar of attributes"] = () =>
            Tar(1, _ => new PaxTarEntry(TarEntryType.RegularFile, "a", Enumerable.Range(0, 500_000).Select(i => KeyValuePair.Create($"a{i}", "b")))),
        ["ZIP of long names"] = () => Zip(9_900, 400, 0),
        ["ZIP of files"] = () => Zip(9_900, 1, 1_000),
        ["gzip of zeros"] = () => Gzip(new byte[Megabytes10]),
        ["gzip of parts"] = () => Gzip(Utf8(Many("a: b\n", Megabytes10 - 100))),
        ["PKCS#7 of certificates"] = () => Pkcs7(Enumerable.Repeat(Root, 2_000).SelectMany(b => b)),
        ["PKCS#12 of certificates"] = () => Pfx(Bags(2_000)),
        ["PKCS#12 of empty bags"] = () => Pfx(Bags(9_000, isEmpty: true)),
        ["DER of certificates"] = () => [.. Enumerable.Repeat(Root, 2_000).SelectMany(b => b)],
        ["DER of empty elements"] = () => [.. Root, .. Enumerable.Repeat((byte[])[0x30, 0x00], 5_000_000).SelectMany(b => b)],
        ["certificates with many alternative names"] = () =>
            Pems(160, Certificate(extensions: Extension("2.5.29.17", Sequence(Repeated(0x82, 0x01, 0x61, 20_000))))),
        ["certificates with many purposes"] = () => Pems(160, Certificate(extensions: Extension("2.5.29.37", Sequence(Repeated(0x06, 0x01, 0x2a, 20_000))))),
        ["certificates with many issuer addresses"] = () =>
            Pems(
                160,
                Certificate(
                    extensions: Extension(
                        "1.3.6.1.5.5.7.1.1",
                        Sequence([
                            .. Enumerable.Repeat((byte[])[0x30, 0x0d, 0x06, 0x08, 0x2b, 6, 1, 5, 5, 7, 0x30, 2, 0x86, 1, 0x61], 4_000).SelectMany(b => b),
                        ])))),
        ["certificates with many names"] = () => Pems(160, Certificate(subject: Names(4_000))),
        ["JKS of certificates"] = () => Jks(2_000, 10, Root),
        ["JKS of long names"] = () => Jks(9_900, 1_000, []),
        ["serialized store of certificates"] = () =>
            [
                0,
                0,
                0,
                0,
                .. "CERT"u8,
                .. Enumerable.Repeat((byte[])[32, 0, 0, 0, 1, 0, 0, 0, .. BitConverter.GetBytes(Root.Length), .. Root], 2_000).SelectMany(b => b),
            ],
        ["serialized store of long names"] = () =>
            [
                0,
                0,
                0,
                0,
                .. "CERT"u8,
                .. Enumerable
                    .Repeat(
                        (byte[])[11, 0, 0, 0, 1, 0, 0, 0, .. BitConverter.GetBytes(800), .. Utf8(Many("a\0", 1000)), 32, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0],
                        9_900)
                    .SelectMany(b => b),
            ],
        ["PEM of certificates"] = () => Pems(2_000, Root),
        ["PEM of entities"] = () => Utf8("-----BEGIN CERTIFICATE-----\n" + Many("&#x41;", Megabytes10 - 100) + "\n-----END CERTIFICATE-----\n"),
        ["PEM of equals signs"] = () => Utf8("-----BEGIN CERTIFICATE-----\n" + Many("=4D", Megabytes10 - 100) + "\n-----END CERTIFICATE-----\n"),
        ["base64 of equals signs"] = () => Utf8(Many("AA==", Megabytes10)),
        ["PEM in UTF-16"] = () =>
            Encoding.Unicode.GetBytes("-----BEGIN CERTIFICATE-----\n" + Many("A", Megabytes10 / 2 - 100) + "\n-----END CERTIFICATE-----\n"),
        ["text of many encodings"] = () =>
            [
                .. Enumerable
                    .Repeat((byte[])[.. "\uFEFFabcdefgh\n"u8, .. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("abcdefghi\n")], 300_000)
                    .SelectMany(b => b),
            ],
        ["p11-kit objects"] = () => Utf8(Many("[p11-kit-object-v1]\n", Megabytes10 - 100) + "-----BEGIN CERTIFICATE-----\n"),
        ["p11-kit objects alone"] = () => Utf8(Many("[p11-kit-object-v1]\n", Megabytes10)),
        ["p11-kit objects of an attribute"] = () => Utf8(Many("[p11-kit-object-v1]\na:\n", Megabytes10)),
        ["p11-kit attributes alone"] = () => Utf8("[p11-kit-object-v1]\n" + string.Concat(Enumerable.Range(0, 900_000).Select(i => $"a{i}:b\n"))),
        ["text in UTF-32"] = () => [.. Encoding.UTF32.Preamble, .. Encoding.UTF32.GetBytes(Many("a: b\n", (Megabytes10 / 4) - 200))],
        ["p11-kit attributes"] = () =>
            Utf8("[p11-kit-object-v1]\n" + string.Concat(Enumerable.Range(0, 900_000).Select(i => $"a{i}:b\n")) + "-----BEGIN CERTIFICATE-----\n"),
        ["JSON of keys"] = () => Utf8("{" + string.Concat(Enumerable.Range(0, 800_000).Select(i => $"\"k{i}\":1,")) + "\"a\":1}"),
        ["JSON of files"] = () => Utf8("[" + Many($"\"{Convert.ToBase64String(Root)}\",", Megabytes10 - 100) + "1]"),
        ["data: URLs of files"] = () => Utf8(Many($"data:;base64,{Convert.ToBase64String(Root)} ", Megabytes10)),
        ["YAML of files"] = () => Utf8(Many($"a: {Convert.ToBase64String(Root)}\n", Megabytes10)),
        ["YAML of one value"] = () => Utf8("a: " + Many("A", Megabytes10 - 100)),
        ["YAML of one quoted value"] = () => Utf8("a: \"" + Many("A", Megabytes10 - 100) + "\""),
        ["YAML of one block"] = () => Utf8("a: |\n" + Many("  " + new string('A', 62) + "\n", Megabytes10 - 100)),
        ["YAML of aliases"] = () => Utf8(Many($"- {new string('A', 80)}\n", 200) + "- &a b\n" + Many("- *a\n", Megabytes10 - 20_000)),
        ["YAML of flow keys"] = () => Utf8($"a: {new string('A', 80)}\nb: {{" + Many("a, ", Megabytes10 - 200)),
        ["property list of data in data"] = () =>
            Utf8("<plist><array>" + Many($"<data>{Convert.ToBase64String(Root)}</data>", Megabytes10 - 100) + "</array></plist>"),
        ["property list of names"] = () => Utf8("<plist>" + string.Concat(Enumerable.Range(0, 900_000).Select(i => $"<a{i}/>"))),
        ["property list of namespaces"] = () => Utf8("<plist>" + string.Concat(Enumerable.Range(0, 300_000).Select(i => $"<a xmlns:a{i}=\"a{i}\">"))),
        ["property list of entities"] = () => Utf8("<plist><array><data>" + Many("&#x41;", Megabytes10 - 100) + "</data></array></plist>"),
        ["property list of text"] = () => Utf8("<plist><array><string>" + Many("a", Megabytes10 - 100) + "</string></array></plist>"),
    };

    [Theory]
    [MemberData(nameof(Files))]
    public Task Read_FileOfManyParts_CostsLittleAndGivesAnItem(string name) => meter.AssertIsLittleAsync(nameof(HostilePartsTests), name, longestMessage: 1000);

    private static byte[] Repeated(byte a, byte b, byte c, int count) => [.. Enumerable.Repeat((byte[])[a, b, c], count).SelectMany(x => x)];

    private static byte[] Sequence(byte[] content) => [0x30, 0x83, (byte)(content.Length >> 16), (byte)(content.Length >> 8), (byte)content.Length, .. content];

    /// <summary>As many of the text as fit.</summary>
    private static string Many(string text, int length) => new StringBuilder().Insert(0, text, Math.Max(1, (length - 200) / text.Length)).ToString();

    private static byte[] Pems(int count, byte[] der) =>
        Utf8(
            string.Concat(
                Enumerable.Repeat(new string(PemEncoding.Write("CERTIFICATE", der)) + "\n", Math.Min(count, Megabytes10 / (der.Length * 14 / 10 + 60)))));

    /// <summary>One ContentInfo of data that holds certificate bags.</summary>
    private static byte[] Bags(int count, bool isEmpty = false)
    {
        var bag = new DerSequence(
            new DerObjectIdentifier("1.2.840.113549.1.12.10.1.3"),
            new DerTaggedObject(0, new CertBag(
                new DerObjectIdentifier("1.2.840.113549.1.9.22.1"), new DerOctetString(isEmpty ? [] : Root)))).GetEncoded();
        byte[] bags = [.. Enumerable.Repeat(bag, Math.Min(count, (Megabytes10 - 1000) / bag.Length)).SelectMany(b => b)];
        return new DerSequence(
            new DerObjectIdentifier("1.2.840.113549.1.7.1"),
            new DerTaggedObject(0, new DerOctetString((byte[])[0x30, 0x84, .. BigEndian(bags.Length), .. bags]))).GetEncoded();
    }

    private static byte[] Jks(int count, int name, byte[] certificate)
    {
        byte[] entry =
        [
            0,
            0,
            0,
            2,
            (byte)(name >> 8),
            (byte)name,
            .. Utf8(new string('a', name)),
            .. new byte[8],
            0,
            5,
            .. "X.509"u8,
            .. BigEndian(certificate.Length),
            .. certificate,
        ];
        return [0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2, .. BigEndian(count), .. Enumerable.Repeat(entry, count).SelectMany(b => b), .. new byte[20]];
    }

    private static byte[] BigEndian(int value)
    {
        var bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    private static byte[] Tar(int entries, Func<int, TarEntry> entry)
    {
        using var archive = new MemoryStream();
        using (var writer = new TarWriter(archive, TarEntryFormat.Pax, leaveOpen: true))
        {
            for (var i = 0; i < entries; i++)
                writer.WriteEntry(entry(i));
        }

        return archive.ToArray();
    }

    private static byte[] Zip(int entries, int name, int length)
    {
        using var packed = new MemoryStream();
        using (var archive = new ZipArchive(packed, ZipArchiveMode.Create, leaveOpen: true))
        {
            for (var i = 0; i < entries; i++)
            {
                using var content = archive.CreateEntry(new string('a', name) + i, CompressionLevel.Fastest).Open();
                content.Write(new byte[length]);
            }
        }

        return packed.ToArray();
    }

    private static byte[] Gzip(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var stream = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            stream.Write(content);
        return packed.ToArray();
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
