using System.Net;
using System.Net.Sockets;

namespace CaPortal.Tests.Testing;

/// <summary>What tests rely on when they wait for a server of theirs.</summary>
public sealed class TcpServerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task WhenServed_ConnectionNotYetAccepted_IsWaitedFor()
    {
        using var mayServe = new ManualResetEventSlim();
        var served = 0;
        await using var server = new TcpServer((_, stop) =>
        {
            // It accepts nobody else meanwhile.
            mayServe.Wait(stop);
            served++;
            return Task.CompletedTask;
        });
        using var first = await ConnectAsync(server.Port);
        using var second = await ConnectAsync(server.Port);

        var waiting = server.WhenServedAsync();
        Assert.False(waiting.IsCompleted);
        mayServe.Set();
        await waiting;

        Assert.Equal((2, 2), (served, await server.ConnectionsAsync()));
    }

    [Fact]
    public async Task StopAsync_ThenConnected_Refuses()
    {
        await using var server = new TcpServer((_, _) => Task.CompletedTask);
        using (await ConnectAsync(server.Port))
            await server.StopAsync();

        Assert.Equal(SocketError.ConnectionRefused, (await Assert.ThrowsAsync<SocketException>(() => ConnectAsync(server.Port))).SocketErrorCode);
    }

    private static async Task<TcpClient> ConnectAsync(int port)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, Cancellation);
        return client;
    }
}
