using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace CaPortal.Tests.Testing;

/// <summary>A server on a free loopback port that does with every connection what a test wants.</summary>
public sealed class TcpServer : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<Socket, CancellationToken, Task> _serve;
    private readonly Task _serving;
    private readonly ConcurrentBag<Task> _connections = [];
    private int _accepted;

    /// <summary>Starts it.</summary>
    /// <param name="serve">What it does with a connection, which is closed afterwards. What it throws when a client goes away is passed over.</param>
    /// <param name="address">Where it listens; null: 127.0.0.1.</param>
    public TcpServer(Func<Socket, CancellationToken, Task> serve, IPAddress? address = null)
    {
        _serve = serve;
        _listener = new TcpListener(address ?? IPAddress.Loopback, 0);
        _listener.Start();
        _serving = AcceptAsync();
    }

    /// <summary>Its port.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many connections it has had.</summary>
    public int Connections => Volatile.Read(ref _accepted);

    /// <summary>One that gives the same answer to every request by HTTP.</summary>
    /// <param name="content">The answer's content.</param>
    /// <param name="status">Its status.</param>
    /// <param name="headers">More headers, each with its line break.</param>
    /// <param name="seen">Told what a request began with.</param>
    public static TcpServer AnswerHttp(byte[] content, string status = "200 OK", string headers = "", Action<string>? seen = null) => new(async (socket, stop) =>
    {
        var request = new byte[4096];
        var length = await socket.ReceiveAsync(request, stop);
        seen?.Invoke(Encoding.ASCII.GetString(request, 0, length));
        await socket.SendAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: {content.Length}\r\nConnection: close\r\n{headers}\r\n"), stop);
        await socket.SendAsync(content, stop);
        socket.Shutdown(SocketShutdown.Send);
        await socket.ReceiveAsync(request, stop);
    });

    /// <summary>A port on which nothing listens.</summary>
    public static int ClosedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Ends when all connections so far have ended by themselves.</summary>
    public Task WhenServedAsync() => Task.WhenAll(_connections);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving;
        _listener.Stop();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (!_stop.IsCancellationRequested)
                _connections.Add(ServeAsync(await _listener.AcceptSocketAsync(_stop.Token)));
        }
        catch (OperationCanceledException)
        {
            // It is stopped.
        }

        await WhenServedAsync();
    }

    private async Task ServeAsync(Socket socket)
    {
        Interlocked.Increment(ref _accepted);
        try
        {
            using (socket)
                await _serve(socket, _stop.Token);
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
        {
            // The client goes away in the middle, which is what such a test is about.
        }
    }
}
