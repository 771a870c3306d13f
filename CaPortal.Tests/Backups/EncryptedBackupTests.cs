using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core;
using CaPortal.Core.Backups;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Backups;

public sealed class EncryptedBackupTests : IDisposable
{
    private const string Passphrase = "correct horse battery ä";

    // Made once, because that takes a while.
    private static readonly RSA Key = RSA.Create(2048);
    private static readonly RSA Other = RSA.Create(2048);

    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    private string Backup => _directory["caportal.tar.gz.p7m"];

    private string Certificate => _directory["recovery.pem"];

    private string PrivateKey => _directory["recovery.key"];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Backup_ForACertificateAndAPassphrase_OpensWithEitherAlsoInOpenSsl()
    {
        Tool.Require("openssl");
        await BackUpAsync(o => (o.Certificate, o.PassphraseFile) = (Certificate, PassphraseFile(Passphrase)));
        await File.WriteAllTextAsync(PrivateKey, Key.ExportPkcs8PrivateKeyPem(), Cancellation);

        await PrepareAsync(o => o.PrivateKey = PrivateKey);
        await PrepareAsync(o => o.PassphraseFile = PassphraseFile(Passphrase));
        await PrepareAsync(_ => { }, new BackupSecrets { AskPassphrase = () => Passphrase });
        await Tool.RunAsync(_directory.Path, "openssl", "cms", "-decrypt", "-inform", "DER", "-in", Backup, "-inkey", PrivateKey, "-out", "by-key.tar.gz");
        await Tool.RunAsync(
            _directory.Path,
            "openssl",
            "cms",
            "-decrypt",
            "-inform",
            "DER",
            "-in",
            Backup,
            "-pwri_password",
            Passphrase,
            "-out",
            "by-passphrase.tar.gz");
        Assert.Equal(
            await File.ReadAllBytesAsync(_directory["by-key.tar.gz"], Cancellation),
            await File.ReadAllBytesAsync(_directory["by-passphrase.tar.gz"], Cancellation));
        Assert.StartsWith(
            "backup.json\nportal.db\nactivity.key\n",
            await Tool.RunAsync(_directory.Path, "tar", "tzf", "by-key.tar.gz"),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Backup_ForACertificate_OpensWithItsEncryptedKeyAndWithNothingElse()
    {
        await BackUpAsync(o => o.Certificate = Certificate);
        var encryption = new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1_000);
        await File.WriteAllTextAsync(PrivateKey, Key.ExportEncryptedPkcs8PrivateKeyPem("key password", encryption), Cancellation);
        await File.WriteAllTextAsync(_directory["other.key"], Other.ExportPkcs8PrivateKeyPem(), Cancellation);

        await PrepareAsync(o => o.PrivateKey = PrivateKey, new BackupSecrets { AskKeyPassword = () => "key password" });

        Assert.StartsWith(
            $"The file '{PrivateKey}' (CaPortal:Backup:PrivateKey) cannot be read: ",
            await RefusalAsync(o => o.PrivateKey = PrivateKey, new BackupSecrets { AskKeyPassword = () => "wrong" }),
            StringComparison.Ordinal);
        Assert.Equal("The private key does not open the backup.", await RefusalAsync(o => o.PrivateKey = _directory["other.key"]));
        Assert.Equal("The backup is encrypted, and needs a private key (RSA).", await RefusalAsync(_ => { }));
        Assert.Equal("The backup is encrypted, and needs a private key (RSA).", await RefusalAsync(o => o.PassphraseFile = PassphraseFile(Passphrase)));
    }

    [Fact]
    public async Task Backup_ForBoth_OpensWithWhatFitsWhateverElseIsGiven()
    {
        await BackUpAsync(o => (o.Certificate, o.PassphraseFile) = (Certificate, PassphraseFile(Passphrase)));
        await File.WriteAllTextAsync(PrivateKey, Other.ExportPkcs8PrivateKeyPem(), Cancellation);

        await PrepareAsync(o => (o.PrivateKey, o.PassphraseFile) = (PrivateKey, PassphraseFile(Passphrase)));
        await PrepareAsync(o => o.PassphraseFile = PassphraseFile("a pass phrase of later"), new BackupSecrets { Passphrase = Passphrase });
        Assert.Equal(
            "The private key and the pass phrase do not open the backup.",
            await RefusalAsync(o => (o.PrivateKey, o.PassphraseFile) = (PrivateKey, PassphraseFile("a pass phrase of later"))));
    }

    [Fact]
    public async Task Backup_ForAPassphrase_DoesNotOpenWithAnotherAndHidesWhatIsInIt()
    {
        await BackUpAsync(o => o.PassphraseFile = PassphraseFile(Passphrase));

        Assert.Equal(
            "The pass phrase does not open the backup.",
            await RefusalAsync(_ => { }, new BackupSecrets { AskPassphrase = () => "another pass phrase" }));
        Assert.Equal("The backup is encrypted, and needs a pass phrase.", await RefusalAsync(_ => { }));
        Assert.Equal("The backup is encrypted, and needs a pass phrase.", await RefusalAsync(_ => { }, new BackupSecrets { AskPassphrase = () => "" }));
        var content = await File.ReadAllBytesAsync(Backup, Cancellation);
        Assert.Equal(-1, content.AsSpan().IndexOf("backup.json"u8));
    }

    [Fact]
    public async Task Restore_OfADamagedBackup_RefusesItWhereverTheDamageIs()
    {
        await BackUpAsync(o => o.Certificate = Certificate);
        await File.WriteAllTextAsync(PrivateKey, Key.ExportPkcs8PrivateKeyPem(), Cancellation);
        var whole = await File.ReadAllBytesAsync(Backup, Cancellation);
        var random = new Random(7);
        await using var core = TestCore.NotStarted(_directory["data"], o => o.Backup.PrivateKey = PrivateKey);
        for (var i = 0; i < 45; i++)
        {
            var damaged = i % 3 == 0 ? whole[..random.Next(whole.Length)] : (byte[])whole.Clone();
            if (i % 3 != 0)
                damaged[random.Next(whole.Length)] ^= (byte)(1 << random.Next(8));
            await File.WriteAllBytesAsync(Backup, damaged, Cancellation);

            // A bit of what no program looks at, such as the name of the recipient, does no harm.
            try
            {
                await core.Get<Restoration>().PrepareAsync(Backup, BackupSecrets.FromSettings, "root", Cancellation);
                Assert.NotEqual(0, i % 3);
            }
            catch (BackupException e)
            {
                Assert.NotEqual("", e.Advice);
                Assert.False(Directory.Exists(Path.Combine(_directory["data"], "restore")));
            }
        }
    }

    [Theory]
    [InlineData(true, "has no certificate with an RSA key")]
    [InlineData(false, "cannot be read: it is not what is needed there")]
    public async Task Settings_CertificateThatDoesNotDo_AreRefusedAtTheStart(bool isElliptic, string expected)
    {
        using var key = ECDsa.Create();
        using var certificate = new CertificateRequest("CN=EC", key, HashAlgorithmName.SHA256).CreateSelfSigned(Now, Now.AddDays(1));
        await File.WriteAllTextAsync(
            Certificate,
            isElliptic ? certificate.ExportCertificatePem() : "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            Cancellation);

        Assert.Contains(expected, ProblemOf(o => o.Certificate = Certificate), StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_ThatDoNotFit_AreRefusedAtTheStart()
    {
        Assert.Contains("CaPortal:Backup:Every must be zero", ProblemOf(o => o.Every = TimeSpan.FromSeconds(1)), StringComparison.Ordinal);
        Assert.Contains("CaPortal:Backup:Keep must be a number from 1", ProblemOf(o => o.Keep = 0), StringComparison.Ordinal);
        Assert.Contains("fewer than 12 characters", ProblemOf(o => o.PassphraseFile = PassphraseFile("short")), StringComparison.Ordinal);
        Assert.Contains("cannot be read", ProblemOf(o => o.PassphraseFile = _directory["missing"]), StringComparison.Ordinal);
        Assert.Null(ProblemOf(o => o.PassphraseFile = BackupOptions.Ask));
    }

    private static string? ProblemOf(Action<BackupOptions> configure)
    {
        var options = new CoreOptions();
        configure(options.Backup);
        return new BackupSettingsValidator().Validate(null, options) is { Failed: true } result ? result.FailureMessage : null;
    }

    private string PassphraseFile(string passphrase)
    {
        File.WriteAllText(_directory["passphrase"], $"{passphrase}\n");
        return _directory["passphrase"];
    }

    private async Task BackUpAsync(Action<BackupOptions> configure)
    {
        using var certificate = new CertificateRequest("CN=Recovery", Key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(Now, Now.AddDays(1));
        await File.WriteAllTextAsync(Certificate, certificate.ExportCertificatePem(), Cancellation);
        await using var core = await TestCore.StartAsync(configure: o => configure(o.Backup));
        using var root = TestCertificates.Root();
        await core.AddAsync(root);
        await core.Get<BackupWriter>().WriteAsync(Backup, null, Cancellation);
    }

    private async Task PrepareAsync(Action<BackupOptions> configure, BackupSecrets? secrets = null)
    {
        await using var core = TestCore.NotStarted(_directory["data"], o => configure(o.Backup));
        await core.Get<Restoration>().PrepareAsync(Backup, secrets ?? BackupSecrets.FromSettings, "root", Cancellation);
    }

    private async Task<string> RefusalAsync(Action<BackupOptions> configure, BackupSecrets? secrets = null) =>
        (await Assert.ThrowsAsync<BackupException>(() => PrepareAsync(configure, secrets))).Message;
}
