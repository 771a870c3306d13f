using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CaPortal.Core.Probing;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Probing;

/// <summary>The results of asking servers, real ones on loopback, with valid and invalid certificates.</summary>
public sealed class BackEndProbeTests
{
    private static readonly X509Certificate2 Root = TestCertificates.Root();
    private static readonly X509Certificate2 Intermediate = TestCertificates.Intermediate(Root);
    private static readonly X509Certificate2 Server = TestCertificates.Server(Intermediate);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(SslProtocols.Tls12, "TLS 1.2")]
    [InlineData(SslProtocols.Tls13, "TLS 1.3")]
    public async Task Connect_OneProtocolAlone_GivesTheChainAsItWasSent(SslProtocols protocol, string expected)
    {
        await using var server = new TlsServer(new SslServerAuthenticationOptions { EnabledSslProtocols = protocol }, Server, Intermediate);

        var contact = await ServerProbing.ConnectAsync(server.Port);

        Assert.Null(contact.Failure);
        Assert.Equal(expected, contact.Protocol);
        Assert.Equal(IPAddress.Loopback, contact.RemoteAddress);
        Assert.Equal([Server.Sha256(), Intermediate.Sha256()], contact.Chain.Select(c => c.Sha256));
        Assert.Equal(Server.RawData, contact.Chain[0].Der.ToArray());
        Assert.Equal("localhost", contact.Chain[0].Facts?.Name);
        Assert.False(contact.AsksForClientCertificate);
        Assert.True(contact.Duration > TimeSpan.Zero);
    }

    [Fact]
    public async Task Connect_Server_GetsNoDataAndAGoodbye()
    {
        await using var server = new TlsServer(Server, Intermediate);

        await ServerProbing.ConnectAsync(server.Port);
        await ServerProbing.ConnectAsync(server.Port);
        await server.WhenServedAsync();

        Assert.Equal(0, server.ReceivedBytes);
        Assert.Equal(2, server.Goodbyes);
    }

    [Theory]
    [InlineData("payments.corp", "payments.corp")]
    [InlineData("xn--bcher-kva.example", "bücher.example")]
    [InlineData("my_host.corp", "my_host.corp")]
    [InlineData("10.0.0.1", "")]
    [InlineData("2001:db8::1", "")]
    [InlineData(null, "")]
    public async Task Connect_ServerName_IsAskedForUnlessItIsAnAddress(string? serverName, string expected)
    {
        await using var server = new TlsServer(Server, Intermediate);

        Assert.Null((await ServerProbing.ConnectAsync(server.Port, serverName)).Failure);
        await server.WhenServedAsync();

        Assert.Equal(expected, server.RequestedName);
    }

    [Fact]
    public async Task Connect_SecondTime_IsAWholeHandshakeAgain()
    {
        await using var server = new TlsServer(Server, Intermediate);
        await ServerProbing.ConnectAsync(server.Port);

        Assert.Equal(2, (await ServerProbing.ConnectAsync(server.Port)).Chain.Count);
    }

    [Fact]
    public async Task Connect_ChainWithDuplicatesAndStrangers_KeepsEachOnceInItsOrder()
    {
        using var stranger = TestCertificates.Root("Stranger");
        using var server = await OpenSslServer.StartAsync(Server, [stranger, Intermediate, Root, Intermediate, Server]);

        var contact = await ServerProbing.ConnectAsync(server.Port);

        Assert.Equal([Server.Sha256(), stranger.Sha256(), Intermediate.Sha256(), Root.Sha256()], contact.Chain.Select(c => c.Sha256));
    }

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task Connect_CertificateOfAnAlgorithmThatNotAllMachinesHave_IsKept(string protocol)
    {
        var odd = BouncyRoots.Create("ML-DSA-65");
        using var key = Server.GetECDsaPrivateKey()!;
        using var server = await OpenSslServer.StartAsync(
            Server.ExportCertificatePem(),
            key.ExportPkcs8PrivateKeyPem(),
            $"{Intermediate.ExportCertificatePem()}\n{PemEncoding.WriteString("CERTIFICATE", odd)}\n",
            protocol,
            "-cipher",
            "DEFAULT:@SECLEVEL=0");

        var contact = await ServerProbing.ConnectAsync(server.Port);

        Assert.Null(contact.Failure);
        Assert.Equal(odd, contact.Chain[2].Der.ToArray());
    }

    [Fact]
    public async Task Connect_ManyCertificates_KeepsAll()
    {
        var many = BenchmarkCertificates.Roots("Many", 60);
        using var server = await OpenSslServer.StartAsync(Server, many);

        var contact = await ServerProbing.ConnectAsync(server.Port);

        Assert.Null(contact.Failure);
        Assert.Equal([Server.Sha256(), .. many.Select(c => c.Sha256())], contact.Chain.Select(c => c.Sha256));
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Connect_MegabyteOfCertificates_Fails(SslProtocols protocol)
    {
        using var huge = (CertificateTemplate.Server(Intermediate) with
        {
            More = [new X509Extension("1.3.6.1.4.1.55555.1", [0x04, 0x83, 0x0F, 0xFF, 0xFF, .. RandomNumberGenerator.GetBytes(0xFFFFF)], false)],
        }).Create();
        await using var server = new TlsServer(new SslServerAuthenticationOptions { EnabledSslProtocols = protocol }, huge, Intermediate);

        var failure = ServerProbing.AssertFailure(TrustVerdict.HandshakeFailed, await ServerProbing.ConnectAsync(server.Port));

        Assert.Contains("more certificates than clients accept", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connect_EndlessBytesThatLookLikeTls_Fails()
    {
        // Handshake records with parts of a message that never ends.
        var record = new byte[5 + 16_384];
        new byte[] { 22, 3, 3, 0x40, 0, 2, 0xFF, 0xFF, 0xFF }.CopyTo(record, 0);
        await using var server = new TcpServer(async (socket, stop) =>
        {
            await using var stream = new NetworkStream(socket);
            while (true)
                await stream.WriteAsync(record, stop);
        });

        ServerProbing.AssertFailure(TrustVerdict.HandshakeFailed, await ServerProbing.ConnectAsync(server.Port));
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", "plain HTTP")]
    [InlineData("<!DOCTYPE html><html>", "plain HTTP")]
    [InlineData("SSH-2.0-OpenSSH_9.2p1\r\n", "SSH")]
    [InlineData("220 mail.corp ESMTP\r\n", "SMTP")]
    [InlineData("\0\u0001\u0002whatever this is", "does not speak TLS on this port.")]
    public async Task Connect_OtherProtocol_IsNamed(string answer, string expected)
    {
        await using var server = new TcpServer((socket, stop) => AnswerAsync(socket, Encoding.Latin1.GetBytes(answer), stop));

        var failure = ServerProbing.AssertFailure(TrustVerdict.HandshakeFailed, await ServerProbing.ConnectAsync(server.Port));

        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { 21, 3, 1, 0, 2, 2, 70 }, "TLS 1.2")]
    [InlineData(new byte[] { 21, 3, 3, 0, 2, 2, 112 }, "unrecognized_name")]
    [InlineData(new byte[] { 21, 3, 3, 0, 2, 2, 40 }, "handshake_failure")]
    [InlineData(new byte[] { 21, 3, 3, 0, 2, 2, 200 }, "200")]
    public async Task Connect_Alert_IsNamed(byte[] answer, string expected)
    {
        await using var server = new TcpServer((socket, stop) => AnswerAsync(socket, answer, stop));

        var failure = ServerProbing.AssertFailure(TrustVerdict.HandshakeFailed, await ServerProbing.ConnectAsync(server.Port));

        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connect_OldProtocolsAlone_Fails()
    {
        using var server = await OpenSslServer.StartAsync(Server, [Intermediate], "-tls1_1", "-cipher", "ALL:@SECLEVEL=0");

        ServerProbing.AssertFailure(TrustVerdict.HandshakeFailed, await ServerProbing.ConnectAsync(server.Port));
    }

    [Fact]
    public async Task Connect_RandomAnswers_NeverThrow()
    {
        var random = new Random(20262);
        byte[] answer = [];
        await using var server = new TcpServer((socket, stop) => AnswerAsync(socket, answer, stop));
        for (var i = 0; i < 40; i++)
        {
            answer = new byte[random.Next(1, 200)];
            random.NextBytes(answer);
            (byte[] header, int length) = ([22, 3, 3, 0, (byte)answer.Length, (byte)random.Next(0, 25), 0, 0], random.Next(0, 9));
            header.AsSpan(0, Math.Min(length, answer.Length)).CopyTo(answer);

            Assert.NotNull((await ServerProbing.ConnectAsync(server.Port)).Failure);
        }
    }

    [Fact]
    public async Task Connect_ClosedPort_IsRefused()
    {
        using var port = new ClosedPort();

        var failure = ServerProbing.AssertFailure(TrustVerdict.Refused, await ServerProbing.ConnectAsync(port.Number));

        Assert.Contains("Nothing listens", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connect_ConnectionReset_IsRefused()
    {
        await using var server = new TcpServer(async (socket, stop) =>
        {
            await socket.ReceiveAsync(new byte[1], stop);
            socket.LingerState = new LingerOption(true, 0);
        });

        var failure = ServerProbing.AssertFailure(TrustVerdict.Refused, await ServerProbing.ConnectAsync(server.Port));

        Assert.Contains("reset", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connect_ConnectionClosed_Fails()
    {
        await using var server = new TcpServer(async (socket, stop) =>
        {
            // All of it, so that closing is no reset.
            await socket.ReceiveAsync(new byte[64 * 1024], stop);
            socket.Shutdown(SocketShutdown.Both);
        });

        ServerProbing.AssertFailure(TrustVerdict.HandshakeFailed, await ServerProbing.ConnectAsync(server.Port));
    }

    [Fact]
    public async Task Connect_ServerThatNeverAnswers_TimesOut()
    {
        await using var server = new TcpServer((_, stop) => Task.Delay(Timeout.Infinite, stop));

        var failure = ServerProbing.AssertFailure(TrustVerdict.TimedOut, await ServerProbing.ConnectAsync(server.Port, timeout: ServerProbing.Impatience));

        Assert.Contains("within 0.3 s", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connect_OneByteASecond_TimesOutInAll()
    {
        await using var server = new TcpServer(async (socket, stop) =>
        {
            foreach (var octet in (byte[])[22, 3, 3, 0x10, 0, 2, 0, 0x0F])
            {
                await socket.SendAsync(new[] { octet }, stop);
                await Task.Delay(TimeSpan.FromSeconds(1), stop);
            }
        });

        ServerProbing.AssertFailure(TrustVerdict.TimedOut, await ServerProbing.ConnectAsync(server.Port, timeout: TimeSpan.FromSeconds(1.5)));
    }

    [Fact]
    public async Task Connect_NameServerThatNeverAnswers_TimesOut()
    {
        var guard = new AddressGuard(new AllowedAddresses(), (_, _) => new TaskCompletionSource<IPAddress[]>().Task);

        var contact = await ServerProbing.Probe(ServerProbing.Impatience, guard).ConnectAsync(new BackEndAddress("payments.corp", 443, null), Cancellation);

        Assert.Contains(
            "did not give the address of payments.corp",
            ServerProbing.AssertFailure(TrustVerdict.TimedOut, contact).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connect_UnknownName_IsNotFound()
    {
        var guard = ServerProbing.Guard(_ => throw new SocketException((int)SocketError.HostNotFound));

        var contact = await ServerProbing.Probe(guard: guard).ConnectAsync(new BackEndAddress("payments.corp", 443, null), Cancellation);

        ServerProbing.AssertFailure(TrustVerdict.NameNotFound, contact);
    }

    [Theory]
    [InlineData("169.254.169.254", 443)]
    [InlineData("127.0.0.1", 22)]
    public async Task Connect_AddressThatIsNotAllowed_IsBlocked(string host, int port)
    {
        var contact = await ServerProbing.Probe().ConnectAsync(new BackEndAddress(host, port, null), Cancellation);

        ServerProbing.AssertFailure(TrustVerdict.Blocked, contact);
        Assert.Null(contact.RemoteAddress);
    }

    [Fact]
    public async Task Connect_NameChangesItsAddress_OnlyTheJudgedOneIsConnectedTo()
    {
        await using var server = new TlsServer(Server, Intermediate);
        await using var other = new TcpServer((_, _) => Task.CompletedTask, IPAddress.Parse("127.0.0.2"));
        var lookups = 0;
        var guard = ServerProbing.Guard(_ => lookups++ == 0 ? [IPAddress.Parse("169.254.169.254"), IPAddress.Loopback] : [IPAddress.Parse("127.0.0.2")]);

        var contact = await ServerProbing.Probe(guard: guard).ConnectAsync(new BackEndAddress("localhost", server.Port, null), Cancellation);

        Assert.Null(contact.Failure);
        Assert.Equal(IPAddress.Loopback, contact.RemoteAddress);
        Assert.Equal(1, lookups);
        Assert.Equal(0, await other.ConnectionsAsync());
    }

    [Fact]
    public async Task Connect_Cancelled_Throws()
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        await using var server = new TcpServer(async (_, stop) =>
        {
            await cancellation.CancelAsync();
            await Task.Delay(Timeout.Infinite, stop);
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            ServerProbing.Probe().ConnectAsync(new BackEndAddress("127.0.0.1", server.Port, null), cancellation.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            ServerProbing.Probe().ConnectAsync(new BackEndAddress("127.0.0.1", 22, null), cancellation.Token));
    }

    private static async Task AnswerAsync(Socket socket, byte[] answer, CancellationToken stop)
    {
        await socket.ReceiveAsync(new byte[64 * 1024], stop);
        await socket.SendAsync(answer, stop);
        socket.Shutdown(SocketShutdown.Send);
        await socket.ReceiveAsync(new byte[1024], stop);
    }
}
