using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Hosting;
using CaPortal.Tests.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CaPortal.Tests.Hosting;

/// <summary>Renewed certificates in real files, at a real web server, by real handshakes.</summary>
public sealed class CertificateRotationTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly CapturedLog _log = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _folder.Dispose();
        _log.Dispose();
    }

    /// <summary>The two ways of configuring it, and the two orders of replacing the files.</summary>
    [Theory]
    [InlineData("Kestrel:Certificates:Default", true)]
    [InlineData("Kestrel:Endpoints:Web:Certificate", false)]
    public async Task Pair_ReplacedOneFileAfterTheOther_IsTakenUpAndNoConnectionRefused(string section, bool isKeyFirst)
    {
        using var first = Certificate("first");
        using var second = Certificate("second");
        Put("tls.crt", first.ExportCertificatePem());
        Put("tls.key", KeyOf(first));
        await using var app = await StartAsync(section, ($"{section}:KeyPath", _folder["tls.key"]));
        using var open = await ConnectAsync(app);
        Assert.Equal(first.Thumbprint, ThumbprintOf(open));

        var files = new[] { ("tls.key", KeyOf(second)), ("tls.crt", second.ExportCertificatePem()) };
        var (before, after) = isKeyFirst ? (files[0], files[1]) : (files[1], files[0]);
        Put(before.Item1, before.Item2);
        await UntilAsync(app, first, () => _log.Lines.Any(l => l.Contains(" 1012: ", StringComparison.Ordinal)));
        Put(after.Item1, after.Item2);
        await UntilAsync(app, first, second);

        Assert.Single(_log.Lines, l => l.Contains(" 1012: ", StringComparison.Ordinal));
        Assert.Single(_log.Lines, l =>
            l.Contains(" 1011: ", StringComparison.Ordinal) && l.Contains(second.GetCertHashString(HashAlgorithmName.SHA256), StringComparison.Ordinal));
        await open.WriteAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(), Cancellation);
        Assert.True(await open.ReadAsync(new byte[16], Cancellation) > 0);
    }

    [Fact]
    public async Task Pair_BehindLinksThatAreSwapped_IsTakenUp()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only the mv of Linux replaces a link in one step.");
        using var first = Certificate("first");
        using var second = Certificate("second");
        foreach (var (name, certificate) in new[] { ("..1", first), ("..2", second) })
        {
            Directory.CreateDirectory(_folder[name]);
            Put($"{name}/tls.crt", certificate.ExportCertificatePem());
            Put($"{name}/tls.key", KeyOf(certificate));
        }

        File.CreateSymbolicLink(_folder["..data"], "..1");
        File.CreateSymbolicLink(_folder["tls.crt"], "..data/tls.crt");
        File.CreateSymbolicLink(_folder["tls.key"], "..data/tls.key");
        await using var app = await StartAsync("Kestrel:Certificates:Default", ("Kestrel:Certificates:Default:KeyPath", _folder["tls.key"]));
        using (var open = await ConnectAsync(app))
            Assert.Equal(first.Thumbprint, ThumbprintOf(open));

        File.CreateSymbolicLink(_folder["..new"], "..2");
        await Tool.RunAsync(_folder.Path, "mv", "-T", "..new", "..data");
        await UntilAsync(app, first, second);
    }

    [Fact]
    public async Task Pkcs12_DamagedThenReplaced_KeepsTheFirstUntilTheSecond()
    {
        using var first = Certificate("first");
        using var second = Certificate("second");
        await File.WriteAllBytesAsync(_folder["tls.crt"], first.Export(X509ContentType.Pkcs12, "pass-word"), Cancellation);
        await using var app = await StartAsync("Kestrel:Endpoints:Web:Certificate", ("Kestrel:Endpoints:Web:Certificate:Password", "pass-word"));
        await File.WriteAllTextAsync(_folder["tls.crt"], "damaged", Cancellation);
        await UntilAsync(app, first, () => _log.Lines.Any(l => l.Contains(" 1012: ", StringComparison.Ordinal)));

        await File.WriteAllBytesAsync(_folder["tls.crt"], second.Export(X509ContentType.Pkcs12, "pass-word"), Cancellation);
        await UntilAsync(app, first, second);
        Assert.DoesNotContain(_log.Lines, l => l.Contains("pass-word", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Pair_RenewedWithItsIntermediate_IsSentWithIt()
    {
        using var first = Certificate("first");
        using var root = TestCertificates.Root();
        using var intermediate = TestCertificates.Intermediate(root);
        using var second = TestCertificates.Server(intermediate, "portal.corp");
        Put("tls.crt", first.ExportCertificatePem());
        Put("tls.key", KeyOf(first));
        await using var app = await StartAsync("Kestrel:Certificates:Default", ("Kestrel:Certificates:Default:KeyPath", _folder["tls.key"]));
        Put("tls.key", KeyOf(second));
        Put("tls.crt", $"{second.ExportCertificatePem()}\n{intermediate.ExportCertificatePem()}");
        await UntilAsync(app, first, second);

        string[] sent = [];
        using var connection = await ConnectAsync(app, chain => sent = [.. chain.ChainPolicy.ExtraStore.Select(c => c.Thumbprint)]);
        Assert.Contains(intermediate.Thumbprint, sent);
    }

    /// <summary>Connects again and again, and every time gets one of both, until it is the second.</summary>
    private static async Task UntilAsync(WebApplication app, X509Certificate2 first, X509Certificate2 second)
    {
        string seen;
        do
        {
            using var connection = await ConnectAsync(app);
            seen = ThumbprintOf(connection);
            Assert.Contains(seen, new[] { first.Thumbprint, second.Thumbprint });
        }
        while (seen != second.Thumbprint);
    }

    private static async Task UntilAsync(WebApplication app, X509Certificate2 certificate, Func<bool> isDone)
    {
        do
        {
            using var connection = await ConnectAsync(app);
            Assert.Equal(certificate.Thumbprint, ThumbprintOf(connection));
        }
        while (!isDone());
    }

    private static string ThumbprintOf(SslStream connection) => connection.RemoteCertificate!.GetCertHashString();

    private static async Task<SslStream> ConnectAsync(WebApplication app, Action<X509Chain>? look = null)
    {
        var address = new Uri(ListenAddresses.Bound(app.Services.GetRequiredService<IServer>())[0]);
        var socket = new TcpClient();
        await socket.ConnectAsync(address.Host, address.Port, Cancellation);
        var connection = new SslStream(socket.GetStream());
        await connection.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                AllowTlsResume = false,
                RemoteCertificateValidationCallback = (_, shown, chain, _) =>
                {
                    look?.Invoke(chain!);
                    return shown is not null;
                },
            },
            Cancellation);
        return connection;
    }

    private async Task<WebApplication> StartAsync(string section, params (string Key, string Value)[] settings)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = _folder.Path });
        builder.Configuration[$"{section}:Path"] = _folder["tls.crt"];
        foreach (var (key, value) in settings)
            builder.Configuration[key] = value;
        if (section.Contains("Endpoints", StringComparison.Ordinal))
            builder.Configuration["Kestrel:Endpoints:Web:Url"] = "https://127.0.0.1:0";
        else
            builder.WebHost.UseUrls("https://127.0.0.1:0");
        builder.Logging.ClearProviders().AddProvider(_log);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.AddPortalTls();
        var app = builder.Build();
        await app.StartAsync(Cancellation);
        return app;
    }

    /// <summary>Puts a file in place in one step.</summary>
    private void Put(string name, string content)
    {
        File.WriteAllText(_folder[$"{name}.new"], content);
        File.Move(_folder[$"{name}.new"], _folder[name], overwrite: true);
    }

    private static string KeyOf(X509Certificate2 certificate) => certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem();

    private static X509Certificate2 Certificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        return new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }
}
