using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace CaPortal.Tests.Testing;

/// <summary>
/// What an ordinary .NET program does with a TLS server: it trusts what its certificate stores say. In another process it
/// prints <c>ready</c>, then for each line that it is sent makes new connections and prints what came of it.
/// </summary>
public static class TlsClient
{
    public const string Trusted = "trusted";
    public const string Refused = "refused";

    public static async Task RunAsync(string[] arguments)
    {
        var port = int.Parse(arguments[0]);
        Console.WriteLine("ready");
        while (await Console.In.ReadLineAsync() is not null)
            Console.WriteLine(await ConnectAsync(port, CancellationToken.None));
    }

    /// <summary>Connects again through <see cref="SslStream"/> and through <see cref="HttpClient"/>.</summary>
    /// <returns><see cref="Trusted"/>, <see cref="Refused"/>, or both with a slash where they differ.</returns>
    public static async Task<string> ConnectAsync(int port, CancellationToken cancellationToken)
    {
        var (stream, http) = (await ConnectStreamAsync(port, cancellationToken), await ConnectHttpAsync(port, cancellationToken));
        return stream == http ? stream : $"{stream}/{http}";
    }

    private static async Task<string> ConnectStreamAsync(int port, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, cancellationToken);
        await using var tls = new SslStream(client.GetStream());
        try
        {
            var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions { TargetHost = "localhost", CertificateChainPolicy = policy }, cancellationToken);
            return Trusted;
        }
        catch (AuthenticationException)
        {
            return Refused;
        }
    }

    private static async Task<string> ConnectHttpAsync(int port, CancellationToken cancellationToken)
    {
        using var client = new HttpClient();
        try
        {
            return await client.GetStringAsync(new Uri($"https://localhost:{port}/"), cancellationToken) == "ok" ? Trusted : "odd answer";
        }
        catch (HttpRequestException exception) when (exception.InnerException is AuthenticationException)
        {
            return Refused;
        }
    }
}
