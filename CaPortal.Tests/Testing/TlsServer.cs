using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace CaPortal.Tests.Testing;

/// <summary>A TLS server on a free loopback port that answers every connection with one short HTTP response.</summary>
public sealed class TlsServer : IAsyncDisposable
{
    private readonly TcpServer _server;
    private readonly SslServerAuthenticationOptions _options;
    private int _receivedBytes;
    private int _goodbyes;

    /// <summary>Starts it.</summary>
    /// <param name="certificate">Its certificate with key.</param>
    /// <param name="chain">What it sends besides: the intermediates.</param>
    public TlsServer(X509Certificate2 certificate, params X509Certificate2[] chain)
        : this(new SslServerAuthenticationOptions(), certificate, chain)
    {
    }

    /// <summary>Starts it.</summary>
    /// <param name="options">Its protocols, and what it asks of clients.</param>
    /// <param name="certificate">Its certificate with key.</param>
    /// <param name="chain">What it sends besides: the intermediates.</param>
    public TlsServer(SslServerAuthenticationOptions options, X509Certificate2 certificate, params X509Certificate2[] chain)
    {
        _options = options;
        _options.ServerCertificateContext = SslStreamCertificateContext.Create(certificate, [.. chain], offline: true);
        _server = new TcpServer(AnswerAsync);
    }

    /// <summary>Its port on 127.0.0.1.</summary>
    public int Port => _server.Port;

    /// <summary>The name that the last client asked for; empty where it named none.</summary>
    public string? RequestedName { get; private set; }

    /// <summary>Bytes of application data that clients have sent.</summary>
    public int ReceivedBytes => _receivedBytes;

    /// <summary>Clients that ended the connection as TLS demands, with a message.</summary>
    public int Goodbyes => _goodbyes;

    /// <summary>Ends when all clients so far have gone.</summary>
    public Task WhenServedAsync() => _server.WhenServedAsync();

    /// <summary>Ends it, but keeps its port: connections are refused, and nothing of another test gets it.</summary>
    public Task StopAsync() => _server.StopAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task AnswerAsync(Socket socket, CancellationToken cancellationToken)
    {
        await using var tls = new SslStream(new NetworkStream(socket));
        await tls.AuthenticateAsServerAsync(_options, cancellationToken);
        RequestedName = tls.TargetHostName;
        var received = await tls.ReadAtLeastAsync(new byte[1], 1, throwOnEndOfStream: false, cancellationToken);
        Interlocked.Add(ref _receivedBytes, received);
        if (received == 0)
            Interlocked.Increment(ref _goodbyes);
        await tls.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"u8.ToArray(), cancellationToken);
    }
}
