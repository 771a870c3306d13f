using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Core.Formats;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Formats;

public sealed class JavaKeystoreFormatTests : IDisposable
{
    private const string Password = "changeit";

    private readonly TemporaryDirectory _folder = new();
    private readonly X509Certificate2 _first = TestCertificates.Root("First");
    private readonly X509Certificate2 _second = TestCertificates.Root("Second");

    [Theory]
    [InlineData("JKS", "Java keystore", PasswordState.NotNeeded)]
    [InlineData("JCEKS", "Java keystore", PasswordState.NotNeeded)]
    [InlineData("PKCS12", "PKCS#12", PasswordState.Needed)]
    public async Task Read_TruststoreOfKeytool_GivesEveryCertificate(string type, string format, PasswordState withoutPassword)
    {
        var file = await TruststoreAsync(type);

        var result = await Reader.ReadAsync(file, Password);
        var unlocked = await Reader.ReadAsync(file);

        Assert.Equal(format, result.Format);
        Assert.Equal(2, result.Items.Count);
        Assert.Equivalent(new[] { _first.RawData, _second.RawData }, result.Certificates());
        Assert.Equal(["corp first", "corp second"], result.Items.Select(i => i.FriendlyName).Order());
        Assert.Equal(PasswordState.Wrong, (await Reader.ReadAsync(file, "wrong one")).Password);
        Assert.Equal(withoutPassword, unlocked.Password);
        Assert.Equal(withoutPassword == PasswordState.NotNeeded ? 2 : 0, unlocked.Certificates().Length);
    }

    [Theory]
    [InlineData("JKS")]
    [InlineData("JCEKS")]
    public async Task Read_KeyEntry_GivesItsChainAndAWarning(string type)
    {
        var file = await KeystoreAsync(type, secrets: 0);

        var result = await Reader.ReadAsync(file, Password);

        Assert.Equal(["Private key", "Certificate", "Certificate"], result.Items.Select(i => i.Kind).OrderDescending());
        var key = result.Items.Single(i => i.Kind == "Private key");
        Assert.True(key.Has(FindingCode.PrivateKeyInUpload, FindingSeverity.Warning));
        Assert.Equal("entry \"mine\"", key.Position);
        Assert.Contains(result.Items, i => i.Position == "entry \"mine\", certificate 1" && i.Facts is not null);
    }

    [Fact]
    public async Task Read_SecretKeysOfJceks_AreNamedAndNothingBesideThemIsLost()
    {
        var file = await KeystoreAsync("JCEKS", secrets: 3);

        var result = await Reader.ReadAsync(file, Password);

        Assert.Equal(3, result.Items.Count(i => i.Kind == "Secret key"));
        Assert.Equal(2, result.Certificates().Length);
        Assert.Equal(6, result.Items.Count);
        Assert.DoesNotContain(result.Items, i => i.Findings.Any(f => f.Severity == FindingSeverity.Error));
    }

    [Fact]
    public async Task Read_DamagedEntryData_KeepsTheOtherEntry()
    {
        var file = await TruststoreAsync("JKS");
        var at = file.AsSpan().IndexOf(_first.RawData);
        file[at + 4] ^= 0x10;

        var result = await Reader.ReadAsync(file);

        Assert.Equal([_second.RawData], result.Certificates());
        Assert.Contains(result.Items, i => i.Kind == "Damaged certificate" && i.FriendlyName == "corp first");
    }

    [Fact]
    public async Task Read_CutOff_KeepsWhatIsWholeAndDoesNotBlameThePassword()
    {
        var file = await TruststoreAsync("JKS");

        var result = await Reader.ReadAsync(file.AsMemory(0, file.Length - 100), "wrong one");

        Assert.Equal(PasswordState.NotNeeded, result.Password);
        Assert.Single(result.Certificates());
        Assert.Equal("Damaged keystore entry", result.Items[1].Kind);
    }

    [Theory]
    [InlineData("FEEDFEED")]
    [InlineData("FEEDFEED0000000200000000")]
    [InlineData("CECECECE00000002FFFFFFFF0000000000000000000000000000000000000000000000000000")]
    [InlineData("FEEDFEED00000002000000010000000200007FFFFFFFFFFFFFFF00057FFFFFFF0000000000000000000000000000000000000000000000")]
    public async Task Read_DamagedHeader_IsAnError(string hex) =>
        Assert.True(Assert.Single((await Reader.ReadAsync(Convert.FromHexString(hex))).Items).Has(FindingCode.NotACertificate));

    public void Dispose()
    {
        _folder.Dispose();
        _first.Dispose();
        _second.Dispose();
    }

    private async Task<byte[]> TruststoreAsync(string type)
    {
        await ImportAsync(type, "corp first", _first);
        await ImportAsync(type, "corp second", _second);
        return await File.ReadAllBytesAsync(_folder["store"], TestContext.Current.CancellationToken);
    }

    private async Task<byte[]> KeystoreAsync(string type, int secrets)
    {
        for (var i = 0; i < secrets; i++)
            await KeytoolAsync("-genseckey", "-alias", $"secret {i}", "-keyalg", "AES", "-keysize", "256", "-keypass", Password, "-storetype", type);
        await KeytoolAsync("-genkeypair", "-alias", "mine", "-keyalg", "EC", "-dname", "CN=mine", "-keypass", Password, "-storetype", type);
        await ImportAsync(type, "corp first", _first);
        return await File.ReadAllBytesAsync(_folder["store"], TestContext.Current.CancellationToken);
    }

    private async Task ImportAsync(string type, string alias, X509Certificate2 certificate)
    {
        await File.WriteAllTextAsync(_folder["ca.pem"], certificate.ExportCertificatePem(), TestContext.Current.CancellationToken);
        await KeytoolAsync("-importcert", "-noprompt", "-alias", alias, "-file", "ca.pem", "-storetype", type);
    }

    private async Task KeytoolAsync(params string[] arguments)
    {
        Tool.Require("keytool");
        await Tool.RunAsync(_folder.Path, "keytool", [.. arguments, "-keystore", "store", "-storepass", Password]);
    }
}
