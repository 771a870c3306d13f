using System.Net;
using System.Net.Sockets;
using System.Text;
using CaPortal.Core.Probing;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Probing;

public sealed class IssuerFetcherTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Fetch_Certificate_GivesItsBytes()
    {
        using var root = TestCertificates.Root();
        var request = "";
        await using var server = TcpServer.AnswerHttp(root.RawData, seen: text => request = text);

        var fetch = await FetchAsync($"http://user:secret@127.0.0.1:{server.Port}/ca.cer?x=1#part");

        Assert.Null(fetch.Problem);
        Assert.Equal(root.RawData, fetch.Content?.ToArray());
        Assert.StartsWith("GET /ca.cer?x=1 HTTP/1.1\r\n", request, StringComparison.Ordinal);
        Assert.DoesNotContain("Authorization", request, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("traceparent", request, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Fetch_Redirect_IsNotFollowed()
    {
        await using var other = TcpServer.AnswerHttp([1]);
        await using var server = TcpServer.AnswerHttp([], status: "302 Found", headers: $"Location: http://127.0.0.1:{other.Port}/\r\n");

        Assert.Contains("leads to another address", (await FetchAsync($"http://127.0.0.1:{server.Port}/")).Problem, StringComparison.Ordinal);
        Assert.Equal(0, await other.ConnectionsAsync());
    }

    [Theory]
    [InlineData(64 * 1024, true)]
    [InlineData(64 * 1024 + 1, false)]
    [InlineData(0, false)]
    public async Task Fetch_Size_HasALimit(int length, bool isGiven)
    {
        await using var server = TcpServer.AnswerHttp(new byte[length]);

        var fetch = await FetchAsync($"http://127.0.0.1:{server.Port}/");

        Assert.Equal(isGiven ? length : null, fetch.Content?.Length);
        Assert.Equal(isGiven, fetch.Problem is null);
    }

    [Fact]
    public async Task Fetch_EndlessAnswer_IsCutOff()
    {
        await using var server = new TcpServer(async (socket, stop) =>
        {
            await socket.SendAsync("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray(), stop);
            while (true)
                await socket.SendAsync(new byte[4096], stop);
        });

        Assert.Contains("more than 64 KB", (await FetchAsync($"http://127.0.0.1:{server.Port}/")).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetch_EndlessHeaders_AreCutOff()
    {
        await using var server = new TcpServer(async (socket, stop) =>
        {
            await socket.SendAsync("HTTP/1.1 200 OK\r\n"u8.ToArray(), stop);
            for (var i = 0; ; i++)
                await socket.SendAsync(Encoding.ASCII.GetBytes($"X-{i}: {new string('a', 1000)}\r\n"), stop);
        });

        Assert.Contains("could not be fetched", (await FetchAsync($"http://127.0.0.1:{server.Port}/")).Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n1")]
    [InlineData("")]
    public async Task Fetch_ServerThatStops_TimesOutInAll(string beginning)
    {
        await using var server = new TcpServer(async (socket, stop) =>
        {
            await socket.SendAsync(Encoding.ASCII.GetBytes(beginning), stop);
            await Task.Delay(Timeout.Infinite, stop);
        });

        Assert.Contains("within 0.3 s", (await FetchAsync($"http://127.0.0.1:{server.Port}/", ServerProbing.Impatience)).Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("404 Not Found", "HTTP status 404")]
    [InlineData("500 Oops", "HTTP status 500")]
    public async Task Fetch_OtherStatus_IsSaid(string status, string expected)
    {
        await using var server = TcpServer.AnswerHttp([1], status);

        Assert.Contains(expected, (await FetchAsync($"http://127.0.0.1:{server.Port}/")).Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ftp://pki.corp/ca.cer")]
    [InlineData("file:///etc/passwd")]
    [InlineData("ldap://dc.corp/cn=ca")]
    [InlineData("ca.cer")]
    [InlineData("")]
    [InlineData("http://")]
    public async Task Fetch_OtherScheme_IsRefused(string url) => Assert.NotNull((await FetchAsync(url)).Problem);

    [Fact]
    public async Task Fetch_LongAddress_IsRefusedAndShortened()
    {
        var problem = (await FetchAsync("http://pki.corp/\u202E" + new string('a', 5000))).Problem;

        Assert.True(problem!.Length < 300);
        Assert.DoesNotContain('\u202E', problem);
    }

    [Theory]
    [InlineData("http://127.0.0.1:{0}/")]
    [InlineData("http://[::1]:{0}/")]
    [InlineData("http://[::ffff:127.0.0.1]:{0}/")]
    [InlineData("http://2130706433:{0}/")]
    [InlineData("http://0x7f.1:{0}/")]
    [InlineData("http://localhost:{0}/")]
    public async Task Fetch_ThisMachine_IsRefusedUnlessTheSettingsNameIt(string url)
    {
        await using var server = TcpServer.AnswerHttp([1]);
        var guard = new AddressGuard(new AllowedAddresses(), Dns.GetHostAddressesAsync);
        using var fetcher = new IssuerFetcher(guard);

        var fetch = await fetcher.FetchAsync(string.Format(null, url, server.Port), Cancellation);

        Assert.Contains("CaPortal does not connect to", fetch.Problem, StringComparison.Ordinal);
        Assert.Equal(0, await server.ConnectionsAsync());
    }

    [Fact]
    public async Task Fetch_NameThatChangesItsAddress_OnlyTheJudgedOneIsConnectedTo()
    {
        await using var server = TcpServer.AnswerHttp([1]);
        await using var other = new TcpServer((_, _) => Task.CompletedTask, IPAddress.Parse("127.0.0.2"));
        var lookups = 0;
        var guard = ServerProbing.Guard(
            _ => lookups++ == 0 ? [IPAddress.Parse("169.254.169.254"), IPAddress.Loopback] : [IPAddress.Parse("127.0.0.2")],
            allowed => allowed.Networks.Add("127.0.0.0/8"));
        using var fetcher = new IssuerFetcher(guard);

        Assert.Null((await fetcher.FetchAsync($"http://pki.corp:{server.Port}/", Cancellation)).Problem);
        Assert.Equal((1, 0), (lookups, await other.ConnectionsAsync()));
    }

    [Fact]
    public async Task Fetch_NoServer_IsSaid()
    {
        using var port = new ClosedPort();

        Assert.Contains("could not be fetched", (await FetchAsync($"http://127.0.0.1:{port.Number}/")).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetch_Cancelled_Throws()
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        await using var server = new TcpServer(async (_, stop) =>
        {
            await cancellation.CancelAsync();
            await Task.Delay(Timeout.Infinite, stop);
        });
        using var fetcher = new IssuerFetcher(LoopbackGuard());

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetcher.FetchAsync($"http://127.0.0.1:{server.Port}/", cancellation.Token));
    }

    private static async Task<IssuerFetch> FetchAsync(string url, TimeSpan? timeout = null)
    {
        using var fetcher = new IssuerFetcher(LoopbackGuard(), timeout ?? ServerProbing.Timeout);
        return await fetcher.FetchAsync(url, Cancellation);
    }

    private static AddressGuard LoopbackGuard() =>
        ServerProbing.Guard(_ => throw new SocketException((int)SocketError.HostNotFound), allowed => allowed.Networks.Add("127.0.0.0/8"));
}
