using System.Net.Sockets;
using System.Text;

namespace CaPortal.Tests.Testing;

/// <summary>A request byte for byte, as no HTTP client sends it.</summary>
public static class RawRequest
{
    /// <summary>Sends the lines, with an empty one behind them, and reads the answer until the server closes the connection.</summary>
    public static async Task<string> SendAsync(Uri server, CancellationToken cancellationToken, params string[] lines)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(server.Host, server.Port, cancellationToken);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{string.Join("\r\n", lines)}\r\n\r\n"), cancellationToken);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync(cancellationToken);
    }
}
