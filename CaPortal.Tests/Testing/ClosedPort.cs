using System.Net;
using System.Net.Sockets;

namespace CaPortal.Tests.Testing;

/// <summary>A port of 127.0.0.1 on which nothing listens, and no other test can: a socket that does not listen has it.</summary>
public sealed class ClosedPort : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    /// <summary>Takes it.</summary>
    /// <param name="number">That of a server that has ended; 0 for any.</param>
    public ClosedPort(int number = 0) => _socket.Bind(new IPEndPoint(IPAddress.Loopback, number));

    public int Number => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    public void Dispose() => _socket.Dispose();
}
