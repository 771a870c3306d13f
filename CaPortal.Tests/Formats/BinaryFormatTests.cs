using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Formats;

public sealed class BinaryFormatTests : IDisposable
{
    private readonly X509Certificate2 _first = TestCertificates.Root("First");
    private readonly X509Certificate2 _second = TestCertificates.Root("Second");

    [Fact]
    public async Task Read_Der_GivesTheCertificateWithoutPosition()
    {
        var result = await Reader.ReadAsync(_first.RawData);

        var item = Assert.Single(result.Items);
        Assert.Equal(("DER", "Certificate", null), (result.Format, item.Kind, item.Position));
        Assert.Equal(_first.RawData, item.Der.ToArray());
        Assert.Empty(item.Findings);
    }

    [Fact]
    public async Task Read_ConcatenatedDer_GivesEveryCertificate()
    {
        var result = await Reader.ReadAsync((byte[])[.. _first.RawData, .. _second.RawData]);

        Assert.Equal([_first.RawData, _second.RawData], result.Certificates());
        Assert.Equal($"certificate 2, byte {_first.RawData.Length}", result.Items[1].Position);
    }

    [Theory]
    [InlineData("\n", false)]
    [InlineData("\r\n\0", false)]
    [InlineData("junk", true)]
    public async Task Read_BytesBehindDer_AreLeftOut(string rest, bool isTold)
    {
        var item = Assert.Single((await Reader.ReadAsync((byte[])[.. _first.RawData, .. System.Text.Encoding.ASCII.GetBytes(rest)])).Items);

        Assert.Equal(_first.RawData, item.Der.ToArray());
        Assert.Equal(isTold, item.Has(FindingCode.Unusual, FindingSeverity.Information));
        Assert.DoesNotContain(item.Findings, f => f.Severity != FindingSeverity.Information);
    }

    [Fact]
    public async Task Read_SecondDerCutOff_KeepsTheFirstAndTellsTheDamage()
    {
        var result = await Reader.ReadAsync((byte[])[.. _first.RawData, .. _second.RawData.AsSpan(0, 200)]);

        Assert.Equal([_first.RawData], result.Certificates());
        Assert.Equal("Damaged certificate", result.Items[1].Kind);
    }

    [Fact]
    public async Task Read_CutOffDer_SaysSo()
    {
        var item = Assert.Single((await Reader.ReadAsync(_first.RawData.AsMemory(0, 200))).Items);

        Assert.Contains("cut off", item.Findings[0].Message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Read_Pkcs7_GivesEveryCertificate(bool base64)
    {
        var p7b = new X509Certificate2Collection { _first, _second }.Export(X509ContentType.Pkcs7)!;

        var result = base64 ? await Reader.ReadAsync(Convert.ToBase64String(p7b, Base64FormattingOptions.InsertLineBreaks)) : await Reader.ReadAsync(p7b);

        Assert.Equal("PKCS#7", result.Format);
        Assert.Equal(2, result.Items.Count);
        Assert.Equivalent(new[] { _first.RawData, _second.RawData }, result.Certificates());
    }

    [Fact]
    public async Task Read_BareBase64OfDer_GivesTheCertificate()
    {
        var result = await Reader.ReadAsync("\ufeff" + Convert.ToBase64String(_first.RawData));

        Assert.Equal([_first.RawData], result.Certificates());
    }

    [Fact]
    public async Task Read_LargerThanAllowed_IsAnItem()
    {
        var item = Assert.Single((await Reader.ReadAsync(_first.RawData, limits: new() { MaxFileBytes = 100 })).Items);

        Assert.Equal("File too large", item.Kind);
        Assert.True(item.Has(FindingCode.NotACertificate));
    }

    [Fact]
    public async Task Read_CertificateLargerThanAllowed_IsAnItem()
    {
        var item = Assert.Single((await Reader.ReadAsync(_first.RawData, limits: new() { MaxCertificateBytes = 100 })).Items);

        Assert.Equal("Certificate too large", item.Kind);
        Assert.True(item.Has(FindingCode.NotACertificate));
    }

    [Fact]
    public async Task Read_CancelledByCaller_Throws() =>
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Reader.Create().ReadAsync(_first.RawData, null, new CancellationToken(canceled: true)));

    [Fact]
    public async Task Read_TimeLimitReached_IsAnItem()
    {
        var item = Assert.Single((await Reader.ReadAsync(_first.RawData, limits: new() { Timeout = TimeSpan.Zero })).Items);

        Assert.Equal("File not read in time", item.Kind);
    }

    public static TheoryData<string, string> OtherFiles => new()
    {
        { "", "Empty file" },
        { Hex(" \r\n\t"u8), "Empty file" },
        { Hex(new byte[5000]), "Text" },
        { Hex("PK\x3\x4 and so on"u8), "Damaged ZIP archive" },
        { "89504E470D0A1A0A00", "PNG image" },
        { "7F454C460201010000", "Executable" },
        { Hex("MZ and so on"u8), "Executable" },
        { Hex("%PDF-1.7"u8), "PDF document" },
        { Hex("<!DOCTYPE html><html><body>Sign in</body></html>"u8), "HTML page" },
        { Hex("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB me@host"u8), "SSH key" },
        { Hex("---- BEGIN SSH2 PUBLIC KEY ----\nAAAA"u8), "SSH key" },
        { Hex("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQ\n=abcd\n-----END PGP PUBLIC KEY BLOCK-----"u8), "PGP key or message" },
        { Hex("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"u8), "Public key" },
        { Hex("{ \"a\": 1 }"u8), "JSON text" },
        { Hex("just some words about certificates"u8), "Text" },
        { "FF00FF00FF00", "Unknown data" },
    };

    [Theory]
    [MemberData(nameof(OtherFiles))]
    public async Task Read_OtherFile_IsNamed(string hex, string kind)
    {
        var result = await Reader.ReadAsync(Convert.FromHexString(hex));

        var item = Assert.Single(result.Items);
        Assert.Equal(kind, item.Kind);
        Assert.True(item.Has(FindingCode.NotACertificate));
        Assert.NotNull(item.Findings[0].Advice);
    }

    [Theory]
    [InlineData("CSR", "Certificate signing request")]
    [InlineData("CRL", "Certificate revocation list")]
    [InlineData("PKCS8", "Private key")]
    [InlineData("PKCS8 encrypted", "Private key")]
    [InlineData("PKCS1", "Private key")]
    [InlineData("SEC1", "Private key")]
    [InlineData("SPKI", "Public key")]
    [InlineData("PKCS1 public", "Public key")]
    public async Task Read_DerOfOtherKind_IsNamed(string what, string kind)
    {
        using var rsa = RSA.Create(2048);
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] content = what switch
        {
            "CSR" => new CertificateRequest("CN=x", ec, HashAlgorithmName.SHA256).CreateSigningRequest(),
            "CRL" => new CertificateRevocationListBuilder().Build(
                _first,
                1,
                TestCertificates.Yesterday.AddDays(9),
                HashAlgorithmName.SHA256,
                thisUpdate: TestCertificates.Yesterday),
            "PKCS8" => ec.ExportPkcs8PrivateKey(),
            "PKCS8 encrypted" => ec.ExportEncryptedPkcs8PrivateKey("x", new(PbeEncryptionAlgorithm.Aes128Cbc, HashAlgorithmName.SHA256, 1000)),
            "PKCS1" => rsa.ExportRSAPrivateKey(),
            "SEC1" => ec.ExportECPrivateKey(),
            "SPKI" => ec.ExportSubjectPublicKeyInfo(),
            _ => rsa.ExportRSAPublicKey(),
        };

        foreach (var file in (byte[][])[content, System.Text.Encoding.ASCII.GetBytes(Convert.ToBase64String(content))])
        {
            var item = Assert.Single((await Reader.ReadAsync(file)).Items);
            Assert.Equal(kind, item.Kind);
            Assert.True(item.Has(FindingCode.NotACertificate));
            Assert.Equal(kind == "Private key", item.Has(FindingCode.PrivateKeyInUpload, FindingSeverity.Warning));
        }
    }

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }

    private static string Hex(ReadOnlySpan<byte> text) => Convert.ToHexString(text);
}
