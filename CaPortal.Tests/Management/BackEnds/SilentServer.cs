using System.Net;
using System.Net.Sockets;

namespace CaPortal.Tests.Management.BackEnds;

/// <summary>Takes connections and closes them when it is told to: so that a test can look at what goes on meanwhile.</summary>
internal sealed class SilentServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _serving;
    private int _connections;

    public SilentServer()
    {
        _listener.Start();
        _serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many have connected.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Ends when somebody has connected.</summary>
    public Task Reached => _reached.Task;

    /// <summary>Closes all connections, those to come too.</summary>
    public void Release() => _released.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        Release();
        _listener.Stop();
        await _serving;
    }

    private async Task ServeAsync()
    {
        var clients = new List<Task>();
        try
        {
            while (true)
                clients.Add(HoldAsync(await _listener.AcceptTcpClientAsync()));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(clients);
        }
    }

    private async Task HoldAsync(TcpClient client)
    {
        using (client)
        {
            Interlocked.Increment(ref _connections);
            _reached.TrySetResult();
            await _released.Task;
        }
    }
}
