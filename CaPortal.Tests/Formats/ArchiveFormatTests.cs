using System.IO.Compression;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Core.Formats;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Formats;

public sealed class ArchiveFormatTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly X509Certificate2 _first = TestCertificates.Root("First");
    private readonly X509Certificate2 _second = TestCertificates.Root("Second");

    public ArchiveFormatTests()
    {
        Directory.CreateDirectory(_folder["certs"]);
        File.WriteAllText(_folder["certs/first.pem"], _first.ExportCertificatePem());
        File.WriteAllBytes(_folder["certs/second.der"], _second.RawData);
        File.WriteAllText(_folder["certs/README"], "Our certificates");
    }

    [Theory]
    [InlineData("tar", "-cf out certs", "Tar archive")]
    [InlineData("tar", "--format=v7 -cf out certs", "Tar archive")]
    [InlineData("tar", "--format=posix -cf out certs", "Tar archive")]
    [InlineData("tar", "-czf out certs", "Tar archive")]
    [InlineData("zip", "-q -r out.zip certs", "ZIP archive")]
    [InlineData("zip", "-q -r -0 out.zip certs", "ZIP archive")]
    public async Task Read_ArchiveOfTheTool_GivesEveryCertificateAndWhereItIs(string tool, string arguments, string format)
    {
        var result = await Reader.ReadAsync(await PackAsync(tool, arguments));

        Assert.Equal(format, result.Format);
        Assert.Equal(
            [("entry \"certs/first.pem\"", "First"), ("entry \"certs/second.der\"", "Second")],
            result.Items.Where(i => i.Facts is not null).Select(i => (i.Position!, i.Facts!.Name)).Order());
        var left = Assert.Single(result.Items, i => i.Facts is null);
        Assert.Equal("Other files", left.Kind);
        Assert.Contains("certs/README", Assert.Single(left.Findings).Message);
        Assert.True(left.Has(FindingCode.NotACertificate, FindingSeverity.Information));
    }

    [Theory]
    [InlineData("gzip", "-k certs/first.pem", "certs/first.pem.gz")]
    [InlineData("gzip", "-k certs/second.der", "certs/second.der.gz")]
    public async Task Read_GzipOfOneFile_GivesIt(string tool, string arguments, string file) =>
        Assert.Single((await Reader.ReadAsync(await PackAsync(tool, arguments, file))).Certificates());

    [Theory]
    [InlineData("bzip2", "-k certs/first.pem", "certs/first.pem.bz2", "Bzip2 archive", "bzip2 -dk FILE")]
    [InlineData("xz", "-k certs/first.pem", "certs/first.pem.xz", "XZ archive", "xz -dk FILE")]
    [InlineData("zstd", "-q certs/first.pem", "certs/first.pem.zst", "Zstandard archive", "zstd -d FILE")]
    public async Task Read_OtherArchive_IsNamedWithTheCommandThatUnpacksIt(string tool, string arguments, string file, string kind, string command)
    {
        var item = Assert.Single((await Reader.ReadAsync(await PackAsync(tool, arguments, file))).Items);

        Assert.Equal(kind, item.Kind);
        Assert.True(item.Has(FindingCode.NotACertificate));
        Assert.Contains(command, item.Findings[0].Advice);
    }

    [Theory]
    [InlineData("377ABCAF271C0004", "7-Zip archive")]
    [InlineData("526172211A0700", "RAR archive")]
    [InlineData("62706C6973743030D1", "Binary property list")]
    public async Task Read_BeginningOfOtherArchive_IsNamed(string hex, string kind) =>
        Assert.Equal(kind, Assert.Single((await Reader.ReadAsync(Convert.FromHexString(hex))).Items).Kind);

    [Fact]
    public async Task Read_GzipOfSeveralCertificatesCutAnywhere_LosesNothingInSilence()
    {
        var packed = Gzip([.. Gzip([.. _first.RawData]), .. Gzip([.. _second.RawData])]);

        await CutFiles.AssertSaidAsync(packed, 2);
    }

    [Fact]
    public async Task Read_EncryptedZipEntry_IsNamedBesideTheOthers()
    {
        await PackAsync("zip", "-q out.zip certs/second.der");

        var result = await Reader.ReadAsync(await PackAsync("zip", "-q -P secret out.zip certs/first.pem"));

        Assert.Equal([_second.RawData], result.Certificates());
        var unread = Assert.Single(result.Items, i => i.Position == "entry \"certs/first.pem\"");
        Assert.Contains("it is encrypted", unread.Findings[0].Message);
        Assert.Contains("unzip FILE", unread.Findings[0].Advice);
    }

    [Fact]
    public async Task Read_ArchiveWithoutCertificates_SaysWhatIsInIt()
    {
        var item = Assert.Single((await Reader.ReadAsync(await PackAsync("tar", "-cf out certs/README"))).Items);

        Assert.True(item.Has(FindingCode.NotACertificate));
        Assert.Contains("certs/README", item.Findings[0].Message);
    }

    [Fact]
    public async Task Read_DamagedCertificateAndKeyInArchive_AreItems()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await File.WriteAllTextAsync(_folder["certs/first.key"], key.ExportPkcs8PrivateKeyPem(), TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(_folder["certs/third.crt"], _first.RawData[..200], TestContext.Current.CancellationToken);

        var result = await Reader.ReadAsync(await PackAsync("tar", "-cf out certs"));

        Assert.Equal(2, result.Certificates().Length);
        Assert.True(result.Items.Single(i => i.Position == "entry \"certs/first.key\"").Has(FindingCode.PrivateKeyInUpload, FindingSeverity.Warning));
        Assert.True(result.Items.Single(i => i.Position == "entry \"certs/third.crt\"").Has(FindingCode.NotACertificate));
    }

    [Fact]
    public async Task Read_Pkcs12InArchive_AsksForItsPasswordAndKeepsTheOthers()
    {
        var pfx = new X509Certificate2Collection(_first).ExportPkcs12(
            new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 2000),
            "secret");
        await File.WriteAllBytesAsync(_folder["certs/store.p12"], pfx, TestContext.Current.CancellationToken);
        File.Delete(_folder["certs/first.pem"]);
        var archive = await PackAsync("tar", "-cf out certs");

        var without = await Reader.ReadAsync(archive);
        var wrong = await Reader.ReadAsync(archive, "another");
        var with = await Reader.ReadAsync(archive, "secret");

        Assert.Equal((PasswordState.Needed, PasswordState.Wrong, PasswordState.NotNeeded), (without.Password, wrong.Password, with.Password));
        Assert.Equal([_second.RawData], without.Certificates());
        Assert.Contains(without.Items, i => i.Position == "entry \"certs/store.p12\"" && i.Kind == "PKCS#12 file");
        Assert.Equal(2, with.Certificates().Length);
        Assert.Contains(with.Items, i => i.Facts is not null && i.Position!.StartsWith("entry \"certs/store.p12\", ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Read_DerivationsOfAllFilesTogether_AreBounded()
    {
        const int iterations = 30_000;
        var parameters = new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, iterations);
        for (var i = 0; i < 4; i++)
            await File.WriteAllBytesAsync(
                _folder[$"certs/{i}.p12"],
                new X509Certificate2Collection(_first).ExportPkcs12(parameters, "secret"),
                TestContext.Current.CancellationToken);

        var result = await Reader.ReadAsync(
            await PackAsync("tar", "-cf out certs"),
            "secret",
            new() { MaxTotalKeyDerivationIterations = 5 * iterations, Timeout = TestFiles.Timeout });

        // Each asks for as many to check the file and to decrypt it.
        Assert.Equal(2 + 2, result.Certificates().Length);
        Assert.Equal(2, result.Items.Count(i => i.Kind == "PKCS#12 file with too many iterations"));
    }

    [Fact]
    public async Task Read_ArchiveInArchive_IsReadWithinTheBounds()
    {
        await PackAsync("tar", "-czf certs/inner.tar.gz certs/first.pem", "certs/inner.tar.gz");

        var result = await Reader.ReadAsync(await PackAsync("zip", "-q out.zip certs/inner.tar.gz"));

        Assert.Equal("entry \"certs/inner.tar.gz\", entry \"certs/first.pem\"", Assert.Single(result.Items).Position);
        Assert.Equal([_first.RawData], result.Certificates());
    }

    [Fact]
    public async Task Read_NestedBeyondTheBound_IsNamed()
    {
        var archive = File.ReadAllBytes(_folder["certs/second.der"]);
        for (var i = 0; i < 10; i++)
            archive = Zip($"{i}", archive);

        var item = Assert.Single((await Reader.ReadAsync(archive)).Items);

        Assert.Equal("File in too many others", item.Kind);
        Assert.True(item.Has(FindingCode.NotACertificate));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("zip")]
    [InlineData("zip of gzip")]
    public async Task Read_Bomb_IsNotUnpacked(string kind)
    {
        var bomb = kind.StartsWith("zip", StringComparison.Ordinal)
            ? Zip("bomb", kind == "zip" ? new byte[30_000_000] : Gzip(new byte[30_000_000]))
            : Gzip(new byte[30_000_000]);
        Assert.True(bomb.Length < 100_000);

        var item = Assert.Single((await Reader.ReadAsync(bomb)).Items);

        Assert.Contains("holds more than the 10,485,760 bytes that are read", item.Findings[0].Message);
    }

    [Fact]
    public async Task Read_ManySmallBombs_ShareOneBound()
    {
        var small = Gzip(new byte[2_000_000]);
        using var packed = new MemoryStream();
        using (var archive = new ZipArchive(packed, ZipArchiveMode.Create, leaveOpen: true))
        {
            for (var i = 0; i < 50; i++)
                Add(archive, $"{i}.gz", small);
        }

        var result = await Reader.ReadAsync(packed.ToArray());

        Assert.True(result.Items.Count(i => i.Kind == "Gzip archive that is too large") >= 45);
    }

    [Fact]
    public async Task Read_MoreEntriesThanAllowed_IsRefusedAsAWhole()
    {
        foreach (var archive in (byte[][])
                [await PackAsync("tar", "-cf out certs"), await PackAsync("zip", "-q out.zip certs/first.pem certs/second.der certs/README")])
            Assert.Equal("File with too many items", Assert.Single((await Reader.ReadAsync(archive, limits: new() { MaxCertificates = 1 })).Items).Kind);
    }

    [Theory]
    [InlineData("tar", "-cf out certs/first.pem certs/second.der")]
    [InlineData("tar", "-czf out certs/first.pem certs/second.der")]
    [InlineData("zip", "-q out.zip certs/first.pem certs/second.der")]
    [InlineData("zip", "-q -0 out.zip certs/first.pem certs/second.der")]
    public async Task Read_CutAnywhere_LosesNothingInSilence(string tool, string arguments) =>
        await CutFiles.AssertSaidAsync(Trimmed(await PackAsync(tool, arguments)), 2);

    public void Dispose()
    {
        _folder.Dispose();
        _first.Dispose();
        _second.Dispose();
    }

    private async Task<byte[]> PackAsync(string tool, string arguments, string? file = null)
    {
        Tool.Require(tool);
        await Tool.RunAsync(_folder.Path, tool, arguments.Split(' '));
        return await File.ReadAllBytesAsync(_folder[file ?? (tool == "zip" ? "out.zip" : "out")], TestContext.Current.CancellationToken);
    }

    /// <summary>Without the zeros that fill up a tar archive.</summary>
    private static byte[] Trimmed(byte[] archive) =>
        archive.AsSpan(0, Math.Min(archive.Length, archive.AsSpan().LastIndexOfAnyExcept((byte)0) + 600)).ToArray();

    private static byte[] Gzip(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var stream = new GZipStream(packed, CompressionLevel.SmallestSize))
            stream.Write(content);
        return packed.ToArray();
    }

    private static byte[] Zip(string name, byte[] content)
    {
        using var packed = new MemoryStream();
        using (var archive = new ZipArchive(packed, ZipArchiveMode.Create, leaveOpen: true))
            Add(archive, name, content);
        return packed.ToArray();
    }

    private static void Add(ZipArchive archive, string name, byte[] content)
    {
        using var entry = archive.CreateEntry(name).Open();
        entry.Write(content);
    }
}
