using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace CaPortal.Tests.Testing;

/// <summary>A server on a free loopback port that does with every connection what a test wants.</summary>
public sealed class TcpServer : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private ClosedPort? _closed;
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<Socket, CancellationToken, Task> _serve;
    private readonly Task _serving;
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly ConcurrentDictionary<int, TaskCompletionSource> _own = new();
    private int _accepted;

    /// <summary>Starts it.</summary>
    /// <param name="serve">What it does with a connection, which is closed afterwards. What it throws when a client goes away is passed over.</param>
    /// <param name="address">Where it listens; null: 127.0.0.1.</param>
    public TcpServer(Func<Socket, CancellationToken, Task> serve, IPAddress? address = null)
    {
        _serve = serve;
        address ??= IPAddress.Loopback;
        _closed = OperatingSystem.IsLinux() ? new ClosedPort(address) : null;
        _listener = new TcpListener(address, _closed?.Number ?? 0);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _serving = AcceptAsync();
    }

    /// <summary>Its port, also after its end.</summary>
    public int Port { get; }

    /// <summary>One that gives the same answer to every request by HTTP.</summary>
    /// <param name="content">The answer's content.</param>
    /// <param name="status">Its status.</param>
    /// <param name="headers">More headers, each with its line break.</param>
    /// <param name="seen">Receives what a request began with.</param>
    public static TcpServer AnswerHttp(byte[] content, string status = "200 OK", string headers = "", Action<string>? seen = null) =>
        new(
            async (socket, stop) =>
            {
                var request = new byte[4096];
                var length = await socket.ReceiveAsync(request, stop);
                seen?.Invoke(Encoding.ASCII.GetString(request, 0, length));
                await socket.SendAsync(
                    Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: {content.Length}\r\nConnection: close\r\n{headers}\r\n"),
                    stop);
                await socket.SendAsync(content, stop);
                socket.Shutdown(SocketShutdown.Send);
                await socket.ReceiveAsync(request, stop);
            });

    /// <summary>How many connections have been made to it, those too that it has not come to yet.</summary>
    public async Task<int> ConnectionsAsync()
    {
        await WhenAcceptedAsync();
        return Volatile.Read(ref _accepted);
    }

    /// <summary>Ends when all connections so far have ended by themselves, those too that it has not come to yet.</summary>
    public async Task WhenServedAsync()
    {
        await WhenAcceptedAsync();
        await Task.WhenAll(_connections);
    }

    /// <summary>Ends it, but keeps its port: connections are refused, and nothing of another test gets it.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _serving;
        _listener.Stop();
        _closed ??= new ClosedPort(((IPEndPoint)_listener.LocalEndpoint).Address, Port);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _closed?.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (!_stop.IsCancellationRequested)
                Take(await _listener.AcceptSocketAsync(_stop.Token));
        }
        catch (OperationCanceledException)
        {
            // It is stopped.
        }

        await Task.WhenAll(_connections);
    }

    private void Take(Socket socket)
    {
        if (!_own.TryRemove(((IPEndPoint)socket.RemoteEndPoint!).Port, out var accepted))
        {
            _connections.Add(ServeAsync(socket));
            return;
        }

        socket.Dispose();
        accepted.SetResult();
    }

    /// <summary>Connects, and ends when that is accepted: so are all who connected before, because their order is kept.</summary>
    private async Task WhenAcceptedAsync()
    {
        var server = (IPEndPoint)_listener.LocalEndpoint;
        var accepted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var last = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        last.Bind(new IPEndPoint(server.Address, 0));
        _own[((IPEndPoint)last.LocalEndPoint!).Port] = accepted;
        await last.ConnectAsync(server);
        await accepted.Task;
    }

    private async Task ServeAsync(Socket socket)
    {
        Interlocked.Increment(ref _accepted);
        try
        {
            using (socket)
                await _serve(socket, _stop.Token);
        }
        catch (Exception exception)
            when (exception is IOException or SocketException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
        {
            // The client goes away in the middle, which is what such a test is about.
        }
    }
}
