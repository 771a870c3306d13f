using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Core.TrustStores.PemBundle;
using CaPortal.Tests.Testing;
using CaPortal.Tests.TrustStores.LinuxAnchors;

namespace CaPortal.Tests.TrustStores;

/// <summary>Certificates of others under each label that OpenSSL trusts, beside OpenSSL itself.</summary>
public sealed class PemLabelTests : IDisposable
{
    private const string Old = "X509 CERTIFICATE";
    private const string WithSettings = "TRUSTED CERTIFICATE";

    // Trust settings of OpenSSL: rejected for TLS servers (id-kp-serverAuth).
    private static readonly byte[] Rejected = [0x30, 0x0C, 0xA0, 0x0A, 0x06, 0x08, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01];

    private readonly TemporaryDirectory _folder = new();
    private readonly X509Certificate2 _root = TestCertificates.Root();
    private readonly X509Certificate2 _other = TestCertificates.Root("Other Root");
    private readonly PemBundleTrustStore _store;

    public PemLabelTests() => _store = TestTrustStores.Bundle(_folder.Path);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Roots => _store.Location(CaStore.Root);

    public void Dispose()
    {
        _root.Dispose();
        _other.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(Old)]
    [InlineData(WithSettings)]
    public async Task Bundle_CertificateOfOthersUnderAnotherLabel_IsFoundAndGoesWhenItIsRemoved(string label)
    {
        await WriteAsync(label, _root);
        Assert.True(await IsTrustedAsync(Roots, _root));
        var key = TestTrustStores.KeyOf(_root);

        Assert.Contains(key, (await _store.ReadAsync()).Certificates);
        Assert.Equal(_root.RawData, Assert.Single(await _store.LoadAsync(new HashSet<CaCertificateKey> { key }, Cancellation)).Der);
        await _store.RemoveAsync(TestTrustStores.Trusted(_root));

        Assert.False(await IsTrustedAsync(Roots, _root));
        Assert.Empty((await _store.ReadAsync()).Certificates);
    }

    [Theory]
    [InlineData(Old)]
    [InlineData(WithSettings)]
    public async Task Bundle_CertificateWantedThatOpenSslAloneReads_IsWrittenForAll(string label)
    {
        var block = await WriteAsync(label, _root);
        Assert.False((await _store.ReadAsync()).Keeps(TestTrustStores.KeyOf(_root)));

        await _store.AddAsync(TestTrustStores.Trusted(_root), TestTrustStores.Trusted(_other));

        Assert.True((await _store.ReadAsync()).Keeps(TestTrustStores.KeyOf(_root)));
        Assert.Contains(block, await File.ReadAllTextAsync(Roots, Cancellation), StringComparison.Ordinal);
        var read = new X509Certificate2Collection();
        read.ImportFromPemFile(Roots);
        Assert.Contains(read, c => c.Thumbprint == _root.Thumbprint);
    }

    [Fact]
    public async Task Bundle_CertificateThatItsSettingsReject_IsNotFoundAndStays()
    {
        var block = await WriteAsync(WithSettings, _root, Rejected);
        Assert.False(await IsTrustedAsync(Roots, _root, "-purpose", "sslserver"));

        await _store.AddAsync(TestTrustStores.Trusted(_other));

        Assert.Equal([TestTrustStores.KeyOf(_other)], (await _store.ReadAsync()).Certificates);
        Assert.Contains(block, await File.ReadAllTextAsync(Roots, Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bundle_SettingsThatCannotBeRead_AreDamageAsForOpenSsl()
    {
        await WriteAsync(WithSettings, _root, [0x30, 0x05, 0x01]);
        Assert.False(await IsTrustedAsync(Roots, _root));

        Assert.Single((await _store.ReadAsync()).Damaged);
        await _store.AddAsync(TestTrustStores.Trusted(_other));

        Assert.True(await IsTrustedAsync(Roots, _other));
        Assert.Empty((await _store.ReadAsync()).Damaged);
    }

    [Theory]
    [InlineData(Old)]
    [InlineData(WithSettings)]
    [SupportedOSPlatform("linux")]
    public async Task SystemAnchors_CertificateOfOthersUnderAnotherLabel_IsFoundAndGoesWhenItIsRemoved(string label)
    {
        var debian = new DebianSandbox(_folder.Path);
        await debian.FillAsync();
        var file = Path.Combine(debian.Local, "other.crt");
        await File.WriteAllTextAsync(file, PemEncoding.WriteString(label, _other.RawData) + "\n", Cancellation);
        await debian.RunToolAsync();
        Assert.True(await IsTrustedAsync(debian.Bundle, _other));
        var key = TestTrustStores.KeyOf(_other);
        Assert.Contains(key, (await debian.Store.ReadAsync()).Certificates);
        Assert.False((await debian.Store.ReadAsync()).Keeps(key));

        // What is in the bundle alone stays as it is there: under the usual label more programs would trust it.
        File.Delete(file);
        await debian.Store.AddAsync(TestTrustStores.Trusted(_root));
        Assert.Contains($"-----BEGIN {label}-----", await File.ReadAllTextAsync(debian.Bundle, Cancellation), StringComparison.Ordinal);
        await debian.Store.RemoveAsync(TestTrustStores.Trusted(_other));

        Assert.False(await IsTrustedAsync(debian.Bundle, _other));
        Assert.Equal([TestTrustStores.KeyOf(_root)], (await debian.Store.ReadAsync()).Certificates);
    }

    private async Task<string> WriteAsync(string label, X509Certificate2 certificate, byte[]? settings = null)
    {
        await _store.AddAsync();
        var block = PemEncoding.WriteString(label, [.. certificate.RawData, .. settings ?? []]);
        await File.AppendAllTextAsync(Roots, $"\n{block}\n", Cancellation);
        return block;
    }

    private async Task<bool> IsTrustedAsync(string bundle, X509Certificate2 certificate, params string[] options)
    {
        var file = _folder[$"{certificate.Thumbprint}.pem"];
        await File.WriteAllTextAsync(file, certificate.ExportCertificatePem(), Cancellation);
        return (await Tool.RunAsync("openssl", ["verify", "-no-CApath", "-no-CAstore", "-CAfile", bundle, .. options, file], Cancellation)).ExitCode == 0;
    }
}
