using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Core.TrustStores.PemBundle;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.TrustStores;

/// <summary>Whether real programs trust a real server, before, while and after its root is installed.</summary>
public sealed class RealTrustTests : IDisposable
{
    private const int HangGuard = 300_000;

    // Other processes look at the certificate store about once a second; only a hang takes this many handshakes.
    private const int MaxHandshakes = 5000;

    private readonly X509Certificate2 _root = TestCertificates.Root();
    private readonly X509Certificate2 _intermediate;
    private readonly X509Certificate2 _server;

    public RealTrustTests()
    {
        _intermediate = TestCertificates.Intermediate(_root);
        _server = TestCertificates.Server(_intermediate);
    }

    public void Dispose()
    {
        _root.Dispose();
        _intermediate.Dispose();
        _server.Dispose();
    }

    [Fact(Timeout = HangGuard)]
    public async Task X509_AddedAndRemoved_AnotherProcessTrustsInBetween()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only on Linux can a test have a certificate store of its own.");
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var server = new TlsServer(_server, _intermediate);
        var store = TestTrustStores.X509();
        var root = TestTrustStores.Trusted(_root);

        Assert.Equal(TlsClient.Refused, await ConnectInNewProcessAsync(server, cancellationToken));
        await store.AddAsync(root);
        Assert.Equal(TlsClient.Trusted, await ConnectInNewProcessAsync(server, cancellationToken));
        await store.RemoveAsync(root);
        Assert.Equal(TlsClient.Refused, await ConnectInNewProcessAsync(server, cancellationToken));
    }

    [Fact(Timeout = HangGuard)]
    public async Task X509_IntermediateAdded_CompletesTheChainOfAServerThatOmitsIt()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only on Linux can a test have a certificate store of its own.");
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var server = new TlsServer(_server);
        var store = TestTrustStores.X509();
        var root = TestTrustStores.Trusted(_root);
        var intermediate = TestTrustStores.Trusted(_intermediate, CaStore.CertificateAuthority);

        await store.AddAsync(root);
        Assert.Equal(TlsClient.Refused, await ConnectInNewProcessAsync(server, cancellationToken));
        await store.AddAsync(intermediate);
        Assert.Equal(TlsClient.Trusted, await ConnectInNewProcessAsync(server, cancellationToken));
        await store.RemoveAsync(root);
        Assert.Equal(TlsClient.Refused, await ConnectInNewProcessAsync(server, cancellationToken));
        await store.RemoveAsync(intermediate);
    }

    [Fact(Timeout = HangGuard)]
    public async Task X509_AddedAndRemoved_ARunningProcessFollows()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only on Linux can a test have a certificate store of its own.");
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var server = new TlsServer(_server, _intermediate);
        using var client = ChildProcess.Start(nameof(TlsClient), PrivateHome.Path, server.Port.ToString());
        Assert.Equal("ready", await client.ReadLineAsync(cancellationToken));
        var store = TestTrustStores.X509();
        var root = TestTrustStores.Trusted(_root);

        Assert.Equal(TlsClient.Refused, await client.AskAsync("connect", cancellationToken));
        await store.AddAsync(root);
        Assert.True(await ComesToSayAsync(client, TlsClient.Trusted));
        await store.RemoveAsync(root);
        Assert.True(await ComesToSayAsync(client, TlsClient.Refused));
    }

    [Theory(Timeout = HangGuard)]
    [InlineData("curl")]
    [InlineData("openssl")]
    public async Task PemBundle_AddedAndRemoved_ToolTrustsInBetween(string tool)
    {
        Tool.Require(tool);
        var cancellationToken = TestContext.Current.CancellationToken;
        using var folder = new TemporaryDirectory();
        await using var server = new TlsServer(_server, _intermediate);
        var store = TestTrustStores.Bundle(folder.Path);
        var root = TestTrustStores.Trusted(_root);
        using var other = TestCertificates.Root("Other Root");

        await store.AddAsync(TestTrustStores.Trusted(other));
        Assert.False(await TrustsAsync(tool, store, server, cancellationToken));
        await store.AddAsync(root);
        Assert.True(await TrustsAsync(tool, store, server, cancellationToken));
        await store.RemoveAsync(root);
        Assert.False(await TrustsAsync(tool, store, server, cancellationToken));
    }

    private static async Task<bool> TrustsAsync(string tool, PemBundleTrustStore store, TlsServer server, CancellationToken cancellationToken)
    {
        var bundle = store.Location(CaStore.Root);
        string[] arguments =
            tool == "curl"
                ? ["--silent", "--show-error", "--cacert", bundle, $"https://localhost:{server.Port}/"]
                :
                [
                    "s_client",
                    "-connect",
                    $"127.0.0.1:{server.Port}",
                    "-servername",
                    "localhost",
                    "-CAfile",
                    bundle,
                    "-no-CApath",
                    "-no-CAstore",
                    "-verify_return_error",
                ];
        var (exitCode, output) = await Tool.RunAsync(tool, arguments, cancellationToken);
        var refusal = tool == "curl" ? "SSL certificate problem" : "verify error";
        Assert.Equal(exitCode == 0, !output.Contains(refusal, StringComparison.Ordinal));
        return exitCode == 0;
    }

    private static async Task<string?> ConnectInNewProcessAsync(TlsServer server, CancellationToken cancellationToken)
    {
        using var client = ChildProcess.Start(nameof(TlsClient), PrivateHome.Path, server.Port.ToString());
        await client.ReadLineAsync(cancellationToken);
        return await client.AskAsync("connect", cancellationToken);
    }

    private static async Task<bool> ComesToSayAsync(ChildProcess client, string answer)
    {
        for (var i = 0; i < MaxHandshakes; i++)
        {
            if (await client.AskAsync("connect", TestContext.Current.CancellationToken) == answer)
                return true;
        }

        return false;
    }
}
