using System.Net;
using System.Net.Sockets;

namespace CaPortal.Tests.Testing;

/// <summary>
/// The way to a server on this machine, which for a while swallows all that is sent in both directions and closes nothing. Connections
/// that were there when it began stay dead, as behind a firewall that has forgotten them.
/// </summary>
public sealed class SilentNetwork : IAsyncDisposable
{
    private readonly TcpServer _entrance;
    private int _silences;
    private volatile bool _isSilent;

    /// <param name="port">Where the server listens on loopback.</param>
    public SilentNetwork(int port) => _entrance = new TcpServer((client, stop) => ForwardAsync(client, port, stop));

    /// <summary>Where it listens on loopback.</summary>
    public int Port => _entrance.Port;

    /// <summary>Swallows everything from now on. Connections are still taken.</summary>
    public void FallSilent()
    {
        Interlocked.Increment(ref _silences);
        _isSilent = true;
    }

    /// <summary>New connections are good again.</summary>
    public void GoOn() => _isSilent = false;

    public ValueTask DisposeAsync() => _entrance.DisposeAsync();

    private async Task ForwardAsync(Socket client, int port, CancellationToken stop)
    {
        var (silences, isDead) = (Volatile.Read(ref _silences), _isSilent);
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await server.ConnectAsync(IPAddress.Loopback, port, stop);
        await using var there = new NetworkStream(server);
        await using var here = new NetworkStream(client);
        await Task.WhenAny(PumpAsync(here, there), PumpAsync(there, here));

        // The end of a connection is swallowed too.
        if (IsDead())
            await Task.Delay(Timeout.InfiniteTimeSpan, stop);

        bool IsDead() => isDead || _isSilent || Volatile.Read(ref _silences) != silences;

        async Task PumpAsync(NetworkStream from, NetworkStream to)
        {
            var buffer = new byte[16 * 1024];
            while (await from.ReadAsync(buffer, stop) is > 0 and var length)
                if (!IsDead())
                    await to.WriteAsync(buffer.AsMemory(0, length), stop);
        }
    }
}
