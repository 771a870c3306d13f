using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CaPortal.Tests.Testing;
using Org.BouncyCastle.Asn1;
using static CaPortal.Tests.Formats.HostileDer;

namespace CaPortal.Tests.Formats;

public sealed class HostileFileTests(ReadingCost.Meter meter) : IClassFixture<ReadingCost.Meter>
{
    private const int Megabytes10 = 10 * 1024 * 1024;

    public static TheoryData<string> Files => [.. Table.Keys];

    internal static readonly Dictionary<string, Func<byte[]>> Table = new()
    {
        ["noise"] = () => Noise(Megabytes10),
        ["noise that begins like DER"] = () => [0x30, 0x84, 0x00, 0x9f, 0xff, 0x00, .. Noise(Megabytes10 - 1000)],
        ["zeros"] = () => new byte[Megabytes10],
        ["base64 letters"] = () => [.. Enumerable.Repeat((byte)'M', Megabytes10)],
        ["hyphens"] = () => [.. Enumerable.Repeat((byte)'-', Megabytes10)],
        ["BEGIN lines"] = () => Utf8(string.Concat(Enumerable.Repeat("-----BEGIN CERTIFICATE-----\n", 100_000))),
        ["END lines"] = () => Utf8(string.Concat(Enumerable.Repeat("-----END CERTIFICATE-----\n", 100_000))),
        ["BEGIN words"] = () => Utf8(string.Concat(Enumerable.Repeat("-----BEGIN ", 900_000))),
        ["one endless block"] = () => Utf8("-----BEGIN CERTIFICATE-----\n" + new string('A', Megabytes10 - 100)),
        ["nested sequences"] = () => Nested(60_000),
        ["nested sequences in a certificate"] = () => Certificate(subject: Nested(10_000)),
        ["nested sequences in an extension"] = () => Certificate(extensions: Extension("2.5.29.19", Nested(10_000))),
        ["nested indefinite lengths"] = () =>
            [.. Enumerable.Repeat((byte[])[0x30, 0x80], Megabytes10 / 4).SelectMany(b => b), .. new byte[Megabytes10 / 2 - 8]],
        ["nested indefinite lengths in PEM"] = () =>
            Utf8(
                new string(PemEncoding.Write("CERTIFICATE", [.. Enumerable.Repeat((byte[])[0x30, 0x80], 500_000).SelectMany(b => b), .. new byte[1_000_000]]))),
        ["many indefinite lengths"] = () => [0x30, 0x80, .. Enumerable.Repeat((byte[])[0x30, 0x80, 0, 0], Megabytes10 / 5).SelectMany(b => b), 0, 0],
        ["huge length"] = () => [0x30, 0x84, 0x7f, 0xff, 0xff, 0xff, 0x30, 0x84, 0x7f, 0xff, 0xff, 0xf0],
        ["negative length"] = () => [0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x30, 0x03, 0x02, 0x01, 0x00],
        ["length of lengths"] = () => [0x30, 0xff, .. new byte[200]],
        ["many names"] = () => Certificate(subject: Names(100_000)),
        ["names within the size limit"] = () => Certificate(subject: Names(4_000)),
        ["many certificates with many names"] = () =>
            Utf8(string.Concat(Enumerable.Repeat(new string(PemEncoding.Write("CERTIFICATE", Certificate(subject: Names(4_000)))) + "\n", 115))),
        ["names of several values"] = () =>
            Certificate(subject: new DerSequence(new DerSet(Enumerable.Range(0, 4_000).Select(i => Attribute($"{i}")).ToArray<Asn1Encodable>())).GetEncoded()),
        ["large serial number"] = () => Certificate(serialBytes: 500_000),
        ["serial number within the size limit"] = () => Certificate(serialBytes: 60_000),
        ["many extensions"] = () => Certificate(extensions: [.. Enumerable.Range(0, 4_000).SelectMany(i => Extension($"1.2.3.{i}", [5, 0]))]),
        ["one extension many times"] = () => Certificate(extensions: [.. Enumerable.Range(0, 4_000).SelectMany(_ => Extension("1.2.3.4", [5, 0]))]),
        ["huge RSA key"] = () => Certificate(key: RsaKey(55_000, 3)),
        ["huge RSA exponent"] = () => Certificate(key: RsaKey(256, 55_000)),
        ["explicit curve with a huge field"] = () => Certificate(key: ExplicitCurve(50_000)),
        ["many empty certificates"] = () => Utf8(string.Concat(Enumerable.Repeat("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n", 10_000))),
        ["PKCS#7 of empty sequences"] = () => Pkcs7(Enumerable.Repeat((byte[])[0x30, 0x00], 2_000_000).SelectMany(b => b)),
        ["PKCS#12 of empty parts"] = () => Pfx([.. Enumerable.Repeat((byte[])[0x30, 0x00], 2_000_000).SelectMany(b => b)]),
        ["nested PKCS#12 safes"] = () => Pfx(NestedSafes(2_000)),
        ["JKS with endless counts"] = () => [0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2, 0xff, 0xff, 0xff, 0xff, .. new byte[Megabytes10 - 100]],
        ["JCEKS secret without end"] = () =>
            [0xce, 0xce, 0xce, 0xce, 0, 0, 0, 2, 0, 0, 0, 9, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xac, 0xed, 0, 5, .. new byte[Megabytes10 - 100]],
        ["JSON escapes"] = () => Utf8("-----BEGIN CERTIFICATE-----" + new string('\\', Megabytes10 - 100) + "-----END CERTIFICATE-----"),
        ["base64 of base64"] = () => Encoded(Noise(1000), 8),
    };

    [Theory]
    [MemberData(nameof(Files))]
    public Task Read_HostileFile_CostsLittleAndGivesAnItem(string name) => meter.AssertIsLittleAsync(nameof(HostileFileTests), name, longestMessage: 500);

    [Fact]
    public async Task Read_GoodFilesWithRandomDamage_NeverThrows()
    {
        const int seed = 20260101;
        const int rounds = 3_000;
        var random = new Random(seed);
        var files = GoodFiles();
        var reader = Reader.Create();
        for (var round = 0; round < rounds; round++)
        {
            var file = Damage(files[round % files.Count], random);

            var result = await reader.ReadAsync(file, "x", TestContext.Current.CancellationToken);

            Assert.True(result.Items.Count > 0 && result.Items[0].Kind != "File not read in time", $"round {round}");
            Assert.All(result.Items, i => Assert.True(i.Facts is not null ? i.Der.Length > 0 : i.Findings.Count > 0, $"round {round}"));
        }
    }

    private static List<byte[]> GoodFiles()
    {
        using var root = TestCertificates.Root();
        using var intermediate = TestCertificates.Intermediate(root);
        var both = new X509Certificate2Collection { root, intermediate };
        var jks = new Org.BouncyCastle.Security.JksStore();
        jks.SetCertificateEntry("a", new Org.BouncyCastle.X509.X509Certificate(root.RawData));
        jks.SetCertificateEntry("b", new Org.BouncyCastle.X509.X509Certificate(intermediate.RawData));
        using var saved = new MemoryStream();
        jks.Save(saved, "x".ToCharArray());
        return
        [
            root.RawData,
            [.. root.RawData, .. intermediate.RawData],
            Utf8(both.ExportCertificatePems()),
            both.Export(X509ContentType.Pkcs7)!,
            both.ExportPkcs12(new PbeParameters(PbeEncryptionAlgorithm.Aes128Cbc, HashAlgorithmName.SHA256, 10), "x"),
            both.ExportPkcs12(new PbeParameters(PbeEncryptionAlgorithm.TripleDes3KeyPkcs12, HashAlgorithmName.SHA1, 10), "x"),
            saved.ToArray(),
            Encoding.Unicode.GetBytes(both.ExportCertificatePems()),
            Utf8(Convert.ToBase64String(root.RawData)),
        ];
    }

    private static byte[] Damage(byte[] good, Random random)
    {
        var file = good.ToList();
        for (var i = random.Next(1, 6); i > 0 && file.Count > 8; i--)
        {
            var at = random.Next(file.Count);
            switch (random.Next(5))
            {
                case 0: file[at] = (byte)random.Next(256); break;
                case 1: file[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: file.RemoveRange(at, Math.Min(file.Count - at, random.Next(1, 20))); break;
                case 3: file.InsertRange(at, file.GetRange(at, Math.Min(file.Count - at, random.Next(1, 40)))); break;
                default: file.RemoveRange(at, file.Count - at); break;
            }
        }

        return [.. file];
    }

    private static byte[] Encoded(byte[] content, int times)
    {
        for (; times > 0; times--)
            content = Utf8(Convert.ToBase64String(content));
        return content;
    }

    private static byte[] Noise(int length)
    {
        var noise = new byte[length];
        new Random(1).NextBytes(noise);
        return noise;
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
