using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CaPortal.Core.Certificates;
using CaPortal.Core.Formats;
using CaPortal.Tests.Testing;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.Pkcs;
using Org.BouncyCastle.Crypto.Generators;
using AlgorithmIdentifier = Org.BouncyCastle.Asn1.X509.AlgorithmIdentifier;

namespace CaPortal.Tests.Formats;

public sealed class Pkcs12FormatTests : IDisposable
{
    private readonly X509Certificate2 _first = TestCertificates.Root("First");
    private readonly X509Certificate2 _second = TestCertificates.Root("Second");

    public static TheoryData<string, string> OpenSslVariants
    {
        get
        {
            string[] variants =
            [
                "",
                "-legacy",
                "-certpbe NONE -keypbe NONE",
                "-nomac",
                "-certpbe NONE -keypbe NONE -nomac",
                "-macalg sha1",
                "-macalg sha512",
                "-macalg sha384",
                "-nomaciter -noiter",
                "-certpbe AES-128-CBC",
                "-certpbe AES-192-CBC",
                "-certpbe PBE-SHA1-3DES",
                "-certpbe PBE-SHA1-2DES",
                "-legacy -certpbe PBE-SHA1-RC2-40",
                "-legacy -certpbe PBE-SHA1-RC2-128",
                "-legacy -certpbe PBE-SHA1-RC4-128",
                "-certpbe DES-EDE3-CBC",
                "-certpbe CAMELLIA-256-CBC",
                "-certpbe ARIA-128-CBC",
                "-iter 600000",
            ];
            var data = new TheoryData<string, string>();
            foreach (var variant in variants)
            {
                data.Add(variant, "changeit");
                if (variant.Length < 12)
                {
                    data.Add(variant, "");
                    data.Add(variant, "pä€𝄞ss");
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(OpenSslVariants))]
    public async Task Read_WrittenByOpenSsl_GivesEveryCertificateAndNamesTheKey(string variant, string password)
    {
        Tool.Require("openssl");
        using var folder = new TemporaryDirectory();
        await WriteInputsAsync(folder);
        await Tool.RunAsync(
            folder.Path,
            "openssl",
            [
                "pkcs12",
                "-export",
                "-in",
                "first.pem",
                "-inkey",
                "key.pem",
                "-certfile",
                "second.pem",
                "-name",
                "mine",
                "-out",
                "out.p12",
                "-passout",
                $"pass:{password}",
                .. variant.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            ]);

        var result = await Reader.ReadAsync(await File.ReadAllBytesAsync(folder["out.p12"], TestContext.Current.CancellationToken), password);

        Assert.Equal(("PKCS#12", PasswordState.NotNeeded), (result.Format, result.Password));
        Assert.Equal([_first.RawData, _second.RawData], result.Certificates());
        Assert.Equal(3, result.Items.Count);
        Assert.Equal("mine", result.Items[0].FriendlyName);
        Assert.True(result.Items[2].Has(FindingCode.PrivateKeyInUpload, FindingSeverity.Warning));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-legacy")]
    [InlineData("-certpbe AES-128-CBC -iter 300000")]
    public async Task Read_PasswordTypedInALatin1Terminal_Opens(string variant)
    {
        Tool.Require("openssl");
        using var folder = new TemporaryDirectory();
        await WriteInputsAsync(folder);
        await File.WriteAllBytesAsync(folder["password"], Encoding.Latin1.GetBytes("Schlüssel"), TestContext.Current.CancellationToken);
        await Tool.RunAsync(
            folder.Path,
            "openssl",
            [
                "pkcs12",
                "-export",
                "-in",
                "both.pem",
                "-nokeys",
                "-out",
                "out.p12",
                "-passout",
                "file:password",
                .. variant.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            ]);
        var file = await File.ReadAllBytesAsync(folder["out.p12"], TestContext.Current.CancellationToken);

        Assert.Equal([_first.RawData, _second.RawData], (await Reader.ReadAsync(file, "Schlüssel")).Certificates());
        Assert.Equal(PasswordState.Wrong, (await Reader.ReadAsync(file, "Schlussel")).Password);
    }

    [Fact]
    public async Task Read_PasswordOfWhichEachByteBecameACharacter_Opens()
    {
        // As OpenSSL did before 1.1.0 in a terminal of UTF-8.
        var password = Encoding.Latin1.GetString("pä€"u8);
        var builder = new Pkcs12Builder();
        builder.AddSafeContentsEncrypted(Contents(_first), password, new(PbeEncryptionAlgorithm.TripleDes3KeyPkcs12, HashAlgorithmName.SHA1, 1000));
        builder.SealWithMac(password, HashAlgorithmName.SHA1, 1000);

        Assert.Equal(PasswordState.Wrong, (await Reader.ReadAsync(builder.Encode(), "pä")).Password);
        Assert.Equal([_first.RawData], (await Reader.ReadAsync(builder.Encode(), "pä€")).Certificates());
    }

    [Theory]
    [InlineData("-nokeys", 2)]
    [InlineData("-nokeys -caname a -caname b", 2)]
    public async Task Read_CertificatesWithoutKey_AllComeOut(string options, int count)
    {
        Tool.Require("openssl");
        using var folder = new TemporaryDirectory();
        await WriteInputsAsync(folder);
        await Tool.RunAsync(folder.Path, "openssl", ["pkcs12", "-export", "-in", "both.pem", "-out", "out.p12", "-passout", "pass:x", .. options.Split(' ')]);

        var result = await Reader.ReadAsync(await File.ReadAllBytesAsync(folder["out.p12"], TestContext.Current.CancellationToken), "x");

        Assert.Equal(count, result.Certificates().Length);
        Assert.Equal(count, result.Items.Count);
    }

    [Fact]
    public async Task Read_Base64OfPkcs12_AsksForThePassword()
    {
        var text = Convert.ToBase64String(Export(_first, "secret"));

        Assert.Equal(PasswordState.Needed, (await Reader.ReadAsync(text)).Password);
        Assert.Equal([_first.RawData], (await Reader.ReadAsync(text, "secret")).Certificates());
    }

    [Theory]
    [InlineData(null, PasswordState.Needed)]
    [InlineData("", PasswordState.Needed)]
    [InlineData("wrong", PasswordState.Wrong)]
    public async Task Read_PasswordMissingOrWrong_SaysWhich(string? password, PasswordState expected)
    {
        var result = await Reader.ReadAsync(Export(_first, "secret"), password);

        Assert.Equal(expected, result.Password);
        Assert.True(Assert.Single(result.Items).Has(FindingCode.NotACertificate));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("not needed at all")]
    public async Task Read_FileWithEmptyPassword_OpensWhateverIsTyped(string? password) =>
        Assert.Equal([_first.RawData], (await Reader.ReadAsync(Export(_first, ""), password)).Certificates());

    [Fact]
    public async Task Read_WithoutMac_NeverCallsThePasswordWrong()
    {
        var file = WithoutMac(Export(_first, "secret"));

        var wrong = await Reader.ReadAsync(file, "wrong");

        Assert.Equal([_first.RawData], (await Reader.ReadAsync(file, "secret")).Certificates());
        Assert.Equal(PasswordState.Needed, (await Reader.ReadAsync(file)).Password);
        Assert.Equal(PasswordState.Needed, wrong.Password);
        Assert.Contains("no integrity check", wrong.Items[0].Findings[0].Message);
    }

    [Fact]
    public async Task Read_PlainPartsWithMac_NeedNoPasswordButARightOneWhereItIsTyped()
    {
        var builder = new Pkcs12Builder();
        builder.AddSafeContentsUnencrypted(Contents(_first, _second));
        builder.SealWithMac("secret", HashAlgorithmName.SHA256, 1000);
        var file = builder.Encode();

        Assert.Equal([_first.RawData, _second.RawData], (await Reader.ReadAsync(file)).Certificates());
        Assert.Equal([_first.RawData, _second.RawData], (await Reader.ReadAsync(file, "secret")).Certificates());
        Assert.Equal(PasswordState.Wrong, (await Reader.ReadAsync(file, "wrong")).Password);
    }

    [Fact]
    public async Task Read_NestedSafeAndSecretBags_GivesTheCertificatesAndNamesTheRest()
    {
        var outer = Contents(_first);
        outer.AddNestedContents(Contents(_second));
        outer.AddSecret(new Oid("1.2.3.4"), new byte[] { 0x04, 0x01, 0x07 });
        var builder = new Pkcs12Builder();
        builder.AddSafeContentsUnencrypted(outer);
        builder.SealWithoutIntegrity();

        var result = await Reader.ReadAsync(builder.Encode());

        Assert.Equal([_first.RawData, _second.RawData], result.Certificates());
        Assert.Equal("Secret key", result.Items[2].Kind);
        Assert.DoesNotContain(result.Items[2].Findings, f => f.Severity == FindingSeverity.Error);
    }

    [Theory]
    [InlineData("256")]
    [InlineData("512")]
    public async Task Read_Pbmac1_ChecksThePassword(string hash)
    {
        var file = WithPbmac1(Export(_first, "pä"), "pä", new HashAlgorithmName($"SHA{hash}"));

        Assert.Equal([_first.RawData], (await Reader.ReadAsync(file, "pä")).Certificates());
        Assert.Equal(PasswordState.Wrong, (await Reader.ReadAsync(file, "pa")).Password);
    }

    [Fact]
    public async Task Read_Scrypt_IsReadWithinTheMemoryLimitAndRefusedAboveIt()
    {
        Assert.Equal([_first.RawData], (await Reader.ReadAsync(WithScrypt(1024), "secret")).Certificates());
        var refused = Assert.Single((await Reader.ReadAsync(WithScrypt(1 << 20), "secret")).Items);
        Assert.Contains("1,073,741,824", refused.Findings[0].Message);
    }

    public static TheoryData<string, string> TooManyIterations => new()
    {
        { "1000001", "1,000,001" },
        { "2000000", "2,000,000" },
        { "2147483647", "2,147,483,647" },
        { "4294967296", "4,294,967,296" },
        { "340282366920938463463374607431768211456", "9,223,372,036,854,775,807 or more" },
    };

    [Theory]
    [MemberData(nameof(TooManyIterations))]
    public async Task Read_MoreIterationsThanAllowed_IsRefusedAtOnceWithTheNumber(string iterations, string shown)
    {
        foreach (var file in (byte[][])[WithMacIterations(iterations), WithCipherIterations(iterations)])
        {
            var before = Environment.CpuUsage.TotalTime;
            var item = Assert.Single((await Reader.ReadAsync(file, "secret")).Items);

            Assert.Contains(shown, item.Findings[0].Message);
            Assert.True(Environment.CpuUsage.TotalTime - before < TimeSpan.FromSeconds(5));
        }
    }

    [Fact]
    public async Task Read_PartsTogetherAboveTheTotal_AreRefused()
    {
        var builder = new Pkcs12Builder();
        for (var i = 0; i < 3; i++)
            builder.AddSafeContentsEncrypted(Contents(_first), "secret", new(PbeEncryptionAlgorithm.Aes128Cbc, HashAlgorithmName.SHA256, 40));
        builder.SealWithMac("secret", HashAlgorithmName.SHA256, 40);

        var item = Assert.Single((await Reader.ReadAsync(builder.Encode(), "secret", new() { MaxTotalKeyDerivationIterations = 150 })).Items);

        Assert.Contains("together ask for 160 ", item.Findings[0].Message);
    }

    [Fact]
    public async Task Read_ZeroIterations_IsDamage() =>
        Assert.Contains("not positive", Assert.Single((await Reader.ReadAsync(WithMacIterations("0"), "secret")).Items).Findings[0].Message);

    [Fact]
    public async Task Read_UnknownCipher_NamesItAndReadsTheOtherParts()
    {
        var builder = new Pkcs12Builder();
        builder.AddSafeContentsUnencrypted(Contents(_first));
        builder.AddSafeContentsEncrypted(Contents(_second), "secret", new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 10));
        builder.SealWithoutIntegrity();
        var file = builder.Encode();
        // id-aes256-CBC becomes an algorithm that nobody knows.
        var oid = new DerObjectIdentifier("2.16.840.1.101.3.4.1.42").GetEncoded();
        file[file.AsSpan().IndexOf(oid) + oid.Length - 1] = 0x7f;

        var result = await Reader.ReadAsync(file, "secret");

        Assert.Equal([_first.RawData], result.Certificates());
        Assert.Contains("2.16.840.1.101.3.4.1.127", result.Items[1].Findings[0].Message);
    }

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }

    private static byte[] Export(X509Certificate2 certificate, string password)
    {
        var builder = new Pkcs12Builder();
        builder.AddSafeContentsEncrypted(Contents(certificate), password, new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000));
        builder.SealWithMac(password, HashAlgorithmName.SHA256, 1000);
        return builder.Encode();
    }

    private static Pkcs12SafeContents Contents(params X509Certificate2[] certificates)
    {
        var contents = new Pkcs12SafeContents();
        foreach (var certificate in certificates)
        {
            using var alone = X509CertificateLoader.LoadCertificate(certificate.RawData);
            contents.AddCertificate(alone);
        }

        return contents;
    }

    private static byte[] WithoutMac(byte[] file) => new DerSequence(DerInteger.Three, Pfx.GetInstance(file).AuthSafe).GetEncoded();

    private byte[] WithMacIterations(string iterations)
    {
        var pfx = Pfx.GetInstance(Export(_first, "secret"));
        var mac = pfx.MacData;
        var changed = new DerSequence(mac.Mac, mac.MacSalt, new DerInteger(new Org.BouncyCastle.Math.BigInteger(iterations)));
        return new DerSequence(DerInteger.ValueOf(3), pfx.AuthSafe, changed).GetEncoded();
    }

    private byte[] WithCipherIterations(string iterations) =>
        WithDerivation(
            salt => new AlgorithmIdentifier(
                PkcsObjectIdentifiers.IdPbkdf2,
                new DerSequence(
                    new DerOctetString(salt),
                    new DerInteger(new Org.BouncyCastle.Math.BigInteger(iterations)),
                    new AlgorithmIdentifier(PkcsObjectIdentifiers.IdHmacWithSha256, DerNull.Instance))),
            (_, _) => new byte[32]);

    private byte[] WithScrypt(int n) =>
        WithDerivation(
            salt => new AlgorithmIdentifier(
                new DerObjectIdentifier("1.3.6.1.4.1.11591.4.11"),
                new DerSequence(new DerOctetString(salt), DerInteger.ValueOf(n), DerInteger.ValueOf(8), DerInteger.ValueOf(1))),
            (salt, password) => n > 4096 ? new byte[32] : SCrypt.Generate(Encoding.UTF8.GetBytes(password), salt, n, 8, 1, 32));

    /// <summary>A file without MAC whose only part is encrypted with AES-256 under any key derivation.</summary>
    private byte[] WithDerivation(Func<byte[], AlgorithmIdentifier> derivation, Func<byte[], string, byte[]> derive)
    {
        byte[] salt = [1, 2, 3, 4, 5, 6, 7, 8];
        using var aes = Aes.Create();
        aes.Key = derive(salt, "secret");
        var certificateBag = new DerSequence(PkcsObjectIdentifiers.X509Certificate, new DerTaggedObject(0, new DerOctetString(_first.RawData)));
        var contents = new DerSequence(new DerSequence(PkcsObjectIdentifiers.CertBag, new DerTaggedObject(0, certificateBag))).GetEncoded();
        var scheme = new AlgorithmIdentifier(
            PkcsObjectIdentifiers.IdPbeS2,
            new DerSequence(derivation(salt), new AlgorithmIdentifier(new DerObjectIdentifier("2.16.840.1.101.3.4.1.42"), new DerOctetString(aes.IV))));
        var encrypted = new DerSequence(
            DerInteger.ValueOf(0),
            new DerSequence(PkcsObjectIdentifiers.Data, scheme, new DerTaggedObject(false, 0, new DerOctetString(aes.EncryptCbc(contents, aes.IV)))));
        var safe = new DerSequence(new DerSequence(PkcsObjectIdentifiers.EncryptedData, new DerTaggedObject(0, encrypted)));
        return new DerSequence(
            DerInteger.Three,
            new DerSequence(PkcsObjectIdentifiers.Data, new DerTaggedObject(0, new DerOctetString(safe.GetEncoded())))
        ).GetEncoded();
    }

    /// <summary>Puts PBMAC1 in the place of a file's MAC.</summary>
    private static byte[] WithPbmac1(byte[] file, string password, HashAlgorithmName hash)
    {
        var pfx = Pfx.GetInstance(file);
        byte[] salt = [8, 7, 6, 5, 4, 3, 2, 1];
        var hmac = hash == HashAlgorithmName.SHA256 ? PkcsObjectIdentifiers.IdHmacWithSha256 : PkcsObjectIdentifiers.IdHmacWithSha512;
        var content = Asn1OctetString.GetInstance(pfx.AuthSafe.Content).GetOctets();
        var key = Rfc2898DeriveBytes.Pbkdf2(password, salt, 2048, hash, 32);
        var mac = hash == HashAlgorithmName.SHA256 ? HMACSHA256.HashData(key, content) : HMACSHA512.HashData(key, content);
        var derivation = new AlgorithmIdentifier(
            PkcsObjectIdentifiers.IdPbkdf2,
            new DerSequence(new DerOctetString(salt), DerInteger.ValueOf(2048), DerInteger.ValueOf(32), new AlgorithmIdentifier(hmac, DerNull.Instance)));
        var pbmac1 = new AlgorithmIdentifier(
            new DerObjectIdentifier("1.2.840.113549.1.5.14"),
            new DerSequence(derivation, new AlgorithmIdentifier(hmac, DerNull.Instance)));
        var macData = new DerSequence(new DerSequence(pbmac1, new DerOctetString(mac)), new DerOctetString("NOT USED"u8.ToArray()), DerInteger.ValueOf(1));
        return new DerSequence(DerInteger.ValueOf(3), pfx.AuthSafe, macData).GetEncoded();
    }

    private async Task WriteInputsAsync(TemporaryDirectory folder)
    {
        using var key = _first.GetECDsaPrivateKey()!;
        using var exportable = ECDsa.Create(key.ExportParameters(true));
        await File.WriteAllTextAsync(folder["first.pem"], _first.ExportCertificatePem(), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(folder["second.pem"], _second.ExportCertificatePem(), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            folder["both.pem"],
            $"{_first.ExportCertificatePem()}\n{_second.ExportCertificatePem()}",
            TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(folder["key.pem"], exportable.ExportPkcs8PrivateKeyPem(), TestContext.Current.CancellationToken);
    }
}
