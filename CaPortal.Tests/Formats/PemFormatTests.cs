using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CaPortal.Core.Certificates;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Formats;

public sealed class PemFormatTests : IDisposable
{
    private readonly X509Certificate2 _first = TestCertificates.Root("First");
    private readonly X509Certificate2 _second = TestCertificates.Root("Second");

    private string First => _first.ExportCertificatePem();

    private string Second => _second.ExportCertificatePem();

    public static TheoryData<string> Disguises => [.. DisguiseTable.Keys];

    private static readonly Dictionary<string, Func<string, string, byte[]>> DisguiseTable = new()
    {
        ["LF"] = (a, b) => Utf8($"{a}\n{b}\n"),
        ["CRLF"] = (a, b) => Utf8($"{a}\n{b}\n".ReplaceLineEndings("\r\n")),
        ["CR"] = (a, b) => Utf8($"{a}\n{b}\n".ReplaceLineEndings("\r")),
        ["UTF-8 BOM"] = (a, b) => [.. Encoding.UTF8.Preamble, .. Utf8($"{a}\n{b}")],
        ["UTF-16 LE BOM"] = (a, b) => [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes($"{a}\n{b}")],
        ["UTF-16 BE BOM"] = (a, b) => [.. Encoding.BigEndianUnicode.Preamble, .. Encoding.BigEndianUnicode.GetBytes($"{a}\n{b}")],
        ["UTF-16 LE"] = (a, b) => Encoding.Unicode.GetBytes($"{a}\n{b}"),
        ["UTF-16 BE"] = (a, b) => Encoding.BigEndianUnicode.GetBytes($"{a}\n{b}"),
        ["Latin-1 comments"] = (a, b) => [.. Encoding.Latin1.GetBytes("# M\u00fcller\n"), .. Utf8($"{a}\n{b}")],
        ["indented"] = (a, b) => Utf8("  ca: |\n    " + $"{a}\n{b}".ReplaceLineEndings("\n    ")),
        ["spaces for newlines"] = (a, b) => Utf8($"{a} {b}".ReplaceLineEndings(" ")),
        ["no newlines"] = (a, b) => Utf8($"{a}{b}".ReplaceLineEndings("")),
        ["glued"] = (a, b) => Utf8($"{a}{b}"),
        ["glued with shared dashes"] = (a, b) => Utf8(a[..^"-----".Length] + b),
        ["text around"] = (a, b) => Utf8($"Bag Attributes\n    friendlyName: x\nsubject=CN = x\n{a}\n----------\nissuer\n{b}\nend of file"),
        ["JSON"] = (a, b) => Utf8($$"""{ "ca": "{{(a + "\n" + b).ReplaceLineEndings("\\n").Replace("/", "\\/").Replace("+", "\\u002B")}}" }"""),
        ["JSON in JSON"] = (a, b) => Utf8($"{a}\n{b}".ReplaceLineEndings("\\\\n")),
        ["C source"] = (a, b) => Utf8("\"" + $"{a}\n{b}".ReplaceLineEndings("\\n\"\n\"") + "\""),
        ["mail"] = (a, b) => Utf8("> " + $"{a}\n{b}".ReplaceLineEndings("\n> ")),
        ["X509 label"] = (a, b) => Utf8($"{a}\n{b}".Replace("CERTIFICATE", "X509 CERTIFICATE")),
        ["headers"] = (a, b) => Utf8($"{a}\n{b}".Replace("BEGIN CERTIFICATE-----", "BEGIN CERTIFICATE-----\nComment: mine: x\n\n")),
        ["no padding"] = (a, b) => Utf8($"{a}\n{b}".Replace("=", "")),
        ["trailing zero"] = (a, b) => Utf8($"{a}\n{b}\0"),
        ["base64 of PEM"] = (a, b) => Utf8(Convert.ToBase64String(Utf8($"{a}\n{b}"))),
    };

    [Theory]
    [MemberData(nameof(Disguises))]
    public async Task Read_AnyDisguise_GivesEveryCertificate(string disguise)
    {
        var result = await Reader.ReadAsync(DisguiseTable[disguise](First, Second));

        Assert.Equal([_first.RawData, _second.RawData], result.Certificates());
        Assert.Equal(2, result.Items.Count);
        Assert.All(result.Items, i => Assert.Empty(i.Findings));
        Assert.Equal("PEM", result.Format);
    }

    [Fact]
    public async Task Read_DamagedBlockBetweenGoodOnes_KeepsTheGoodOnesAndNamesThePosition()
    {
        var bad = First.Remove(100, 7);

        var result = await Reader.ReadAsync($"{First}\n{bad}\n{Second}");

        Assert.Equal([_first.RawData, _second.RawData], result.Certificates());
        Assert.Equal("Damaged certificate", result.Items[1].Kind);
        Assert.StartsWith("block 2, line ", result.Items[1].Position);
        Assert.Equal(First.Split('\n').Length + 1, int.Parse(result.Items[1].Position!["block 2, line ".Length..], null));
        Assert.True(result.Items[1].Has(FindingCode.NotACertificate));
    }

    [Fact]
    public async Task Read_EndLineMissingBehindWholeCertificate_GivesItWithRemark()
    {
        var result = await Reader.ReadAsync($"{First[..First.IndexOf("-----END", StringComparison.Ordinal)]}\n{Second}");

        Assert.Equal([_first.RawData, _second.RawData], result.Certificates());
        Assert.True(result.Items[0].Has(FindingCode.Unusual, FindingSeverity.Information));
    }

    [Theory]
    [InlineData("-----BEGIN CERTIFICATE-----")]
    [InlineData("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----")]
    [InlineData("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----")]
    [InlineData("-----BEGIN CERTIFICATE-----\n????\n-----END CERTIFICATE-----")]
    [InlineData("MIIB\n-----END CERTIFICATE-----")]
    public async Task Read_BrokenBlock_IsADamagedCertificate(string text)
    {
        var item = Assert.Single((await Reader.ReadAsync(text)).Items);

        Assert.Equal("Damaged certificate", item.Kind);
        Assert.True(item.Has(FindingCode.NotACertificate));
    }

    [Theory]
    [InlineData("PRIVATE KEY")]
    [InlineData("ENCRYPTED PRIVATE KEY")]
    [InlineData("RSA PRIVATE KEY")]
    [InlineData("EC PRIVATE KEY")]
    [InlineData("OPENSSH PRIVATE KEY")]
    [InlineData("CERTIFICATE")]
    public async Task Read_PrivateKeyBesideCertificate_GivesTheCertificateAndAWarning(string label)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var pem = new string(PemEncoding.Write(label, key.ExportPkcs8PrivateKey()));

        var result = await Reader.ReadAsync($"{pem}\n{First}");

        Assert.Equal([_first.RawData], result.Certificates());
        Assert.Equal("Private key", result.Items[0].Kind);
        Assert.True(result.Items[0].Has(FindingCode.PrivateKeyInUpload, FindingSeverity.Warning));
        Assert.DoesNotContain(result.Items[0].Findings, f => f.Severity == FindingSeverity.Error);
        Assert.True(result.Items[0].Der.IsEmpty);
    }

    [Fact]
    public async Task Read_EncryptedLegacyKeyAlone_IsAnErrorAndAsksNobodyForAPassPhrase()
    {
        var item = Assert.Single((await Reader.ReadAsync(
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----")).Items);

        Assert.True(item.Has(FindingCode.PrivateKeyInUpload, FindingSeverity.Warning));
        Assert.True(item.Has(FindingCode.NotACertificate));
    }

    [Fact]
    public async Task Read_BytesBehindTheCertificate_AreTrimmedWithARemark()
    {
        var pem = new string(PemEncoding.Write("CERTIFICATE", [.. _first.RawData, 1, 2, 3]));

        var item = Assert.Single((await Reader.ReadAsync(pem)).Items);

        Assert.Equal(_first.RawData, item.Der.ToArray());
        var finding = Assert.Single(item.Findings);
        Assert.Equal((FindingCode.Unusual, FindingSeverity.Information), (finding.Code, finding.Severity));
    }

    [Theory]
    [InlineData("PKCS7")]
    [InlineData("CMS")]
    [InlineData("CERTIFICATE")]
    public async Task Read_Pkcs7Block_GivesEveryCertificate(string label)
    {
        var p7b = new X509Certificate2Collection { _first, _second }.Export(X509ContentType.Pkcs7)!;

        var result = await Reader.ReadAsync(new string(PemEncoding.Write(label, p7b)) + "\n" + First);

        Assert.Equal(3, result.Certificates().Length);
        Assert.StartsWith("block 1, line 1, certificate ", result.Items[1].Position);
    }

    [Fact]
    public async Task Read_MoreBlocksThanAllowed_IsRefusedAsAWhole()
    {
        var item = Assert.Single((await Reader.ReadAsync(Utf8($"{First}\n{Second}\n{First}"), limits: new() { MaxCertificates = 2 })).Items);

        Assert.Contains("more than 2 items", item.Findings[0].Message);
    }

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
