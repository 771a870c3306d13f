using CaPortal.Core.Certificates;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Formats;

/// <summary>Files as the openssl command writes them.</summary>
public sealed class OpenSslFilesTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _folder = new();
    private byte[] _der = [];

    public async ValueTask InitializeAsync()
    {
        Tool.Require("openssl");
        await OpenSslAsync("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out ca.pem -subj /CN=OpenSSL -days 30");
        await OpenSslAsync("x509 -in ca.pem -outform DER -out ca.der");
        _der = await ReadAsync("ca.der");
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("x509 -in ca.pem -text -out out")]
    [InlineData("crl2pkcs7 -nocrl -certfile ca.pem -out out")]
    [InlineData("crl2pkcs7 -nocrl -certfile ca.pem -outform DER -out out")]
    [InlineData("cms -sign -binary -signer ca.pem -inkey key.pem -in ca.der -outform DER -nodetach -out out")]
    [InlineData("cms -sign -binary -signer ca.pem -inkey key.pem -in ca.der -outform PEM -stream -out out")]
    [InlineData("pkcs12 -export -in ca.pem -nokeys -out out -passout pass:")]
    [InlineData("base64 -in ca.der -out out")]
    [InlineData("base64 -A -in ca.der -out out")]
    [InlineData("base64 -in ca.pem -out out")]
    public async Task Read_CertificateInAnyForm_GivesIt(string command)
    {
        await OpenSslAsync(command);

        var result = await Reader.ReadAsync(await ReadAsync("out"));

        Assert.Equal([_der], result.Certificates());
        Assert.Empty(Assert.Single(result.Items).Findings);
    }

    [Fact]
    public async Task Read_TrustedCertificate_LeavesOpenSslsTrustSettingsOut()
    {
        await OpenSslAsync("x509 -in ca.pem -trustout -addtrust serverAuth -setalias mine -out out");

        var item = Assert.Single((await Reader.ReadAsync(await ReadAsync("out"))).Items);

        Assert.Equal(_der, item.Der.ToArray());
        Assert.Contains("trust settings", Assert.Single(item.Findings).Message);
    }

    [Theory]
    [InlineData("req -new -key key.pem -subj /CN=x -out out", "Certificate signing request")]
    [InlineData("req -new -key key.pem -subj /CN=x -outform DER -out out", "Certificate signing request")]
    [InlineData("pkcs8 -topk8 -in key.pem -passout pass:secret -out out", "Private key")]
    [InlineData("pkcs8 -topk8 -in key.pem -passout pass:secret -outform DER -out out", "Private key")]
    [InlineData("ec -in key.pem -out out", "Private key")]
    [InlineData("ec -in key.pem -aes128 -passout pass:secret -out out", "Private key")]
    [InlineData("pkey -in key.pem -pubout -out out", "Public key")]
    [InlineData("pkey -in key.pem -pubout -outform DER -out out", "Public key")]
    [InlineData("ca -config ca.cnf -gencrl -keyfile key.pem -cert ca.pem -out out", "Certificate revocation list")]
    [InlineData("cms -encrypt -binary -in ca.der -outform DER -out out ca.pem", "Encrypted or signed message")]
    public async Task Read_NoCertificate_IsNamed(string command, string kind)
    {
        await File.WriteAllTextAsync(_folder["index.txt"], "", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            _folder["ca.cnf"],
            "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\ndefault_md=sha256\ndefault_crl_days=9\n",
            TestContext.Current.CancellationToken);
        await OpenSslAsync(command);

        var item = Assert.Single((await Reader.ReadAsync(await ReadAsync("out"))).Items);

        Assert.Equal(kind, item.Kind);
        Assert.True(item.Has(FindingCode.NotACertificate));
    }

    [Fact]
    public async Task Read_Pkcs7WithRevocationList_GivesTheCertificateAndNamesTheList()
    {
        await Read_NoCertificate_IsNamed("ca -config ca.cnf -gencrl -keyfile key.pem -cert ca.pem -out out", "Certificate revocation list");
        await OpenSslAsync("crl2pkcs7 -in out -certfile ca.pem -outform DER -out both");

        var result = await Reader.ReadAsync(await ReadAsync("both"));

        Assert.Equal([_der], result.Certificates());
        Assert.Equal("Certificate revocation list", result.Items[1].Kind);
        Assert.True(result.Items[1].Has(FindingCode.NotACertificate, FindingSeverity.Information));
    }

    private Task<string> OpenSslAsync(string arguments) => Tool.RunAsync(_folder.Path, "openssl", arguments.Split(' '));

    private Task<byte[]> ReadAsync(string name) => File.ReadAllBytesAsync(_folder[name], TestContext.Current.CancellationToken);
}
