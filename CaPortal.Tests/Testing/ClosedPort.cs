using System.Net;
using System.Net.Sockets;

namespace CaPortal.Tests.Testing;

/// <summary>
/// A port on which nothing listens, and no other test can: a socket that does not listen has it. On Linux a server that asks for
/// this very port can listen on it meanwhile; it refuses again when that server ends.
/// </summary>
public sealed class ClosedPort : IDisposable
{
    private readonly Socket _socket;

    /// <summary>Takes it.</summary>
    /// <param name="address">Of which address; null: 127.0.0.1.</param>
    /// <param name="number">That of a server that has ended; 0 for any.</param>
    public ClosedPort(IPAddress? address = null, int number = 0)
    {
        address ??= IPAddress.Loopback;
        _socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _socket.Bind(new IPEndPoint(address, number));
    }

    public int Number => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    public void Dispose() => _socket.Dispose();
}
