using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CaPortal.Tests.Browser;

/// <summary>A portal with one proxy in front of it, or two.</summary>
internal sealed class ProxiedPortal : IAsyncDisposable
{
    private readonly List<ReverseProxy> _proxies;
    private readonly PortalFactory _portal;
    private readonly Uri _address;

    private ProxiedPortal(List<ReverseProxy> proxies, string subPath)
    {
        _proxies = proxies;
        _address = new($"https://{ReverseProxy.HostName}:{proxies[0].Port}/{subPath}");
        _portal = new PortalFactory()
            .With("CaPortal:PublicUrl", _address.AbsoluteUri)
            .With("CaPortal:Proxy:Trusted:0", "127.0.0.1")
            .With("CaPortal:Authentication:BrowserToken", "a-browser-token-of-the-tests-0123456789")
            .WithServices(s => s.AddSingleton<ILoggerProvider>(Log));
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public CapturedLog Log { get; } = new();

    /// <summary>Starts the portal and then the proxies. People meet the first of the proxies.</summary>
    public static async Task<ProxiedPortal> StartAsync(string subPath, params string[] examples)
    {
        var setup = new ProxiedPortal([.. examples.Select(e => new ReverseProxy(e))], subPath);
        var server = setup._portal.Address.Port;
        foreach (var proxy in Enumerable.Reverse(setup._proxies))
        {
            await proxy.StartAsync(server);
            server = proxy.Port;
        }

        return setup;
    }

    /// <summary>A client of the address at which people open the portal.</summary>
    public HttpClient Client(IPAddress? from = null) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.Subject == $"CN={ReverseProxy.HostName}" },
        ConnectCallback = async (context, cancellationToken) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(from ?? IPAddress.Loopback, 0));
            await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    { BaseAddress = _address };

    public async Task<BrowserSession> SignInAsync(BrowserFixture browser, bool isLongPolling)
    {
        var session = await browser.NewSessionAsync(_portal, address: _address);
        if (isLongPolling)
            await session.ForbidWebSocketsAsync();
        await session.SignInAsync(new Uri(_address, "login?t=a-browser-token-of-the-tests-0123456789"));
        Assert.Equal(isLongPolling ? "undefined" : "function", await session.Page.EvaluateAsync<string>("typeof WebSocket"));
        return session;
    }

    public async Task ClickThroughAsync(BrowserFixture browser, bool isLongPolling)
    {
        using var root = TestCertificates.Root("Behind a proxy");
        using var other = TestCertificates.Root("From elsewhere");
        await using var session = await SignInAsync(browser, isLongPolling);
        var screen = new CertificatesScreen(session);
        Assert.Equal(new Uri(_address, "ca-certificates"), new Uri(session.Page.Url));

        // 2 MB, through the page.
        await screen.OpenAddAsync();
        await screen.ChooseAsync(("root.pem", Large(root)));
        await screen.AddAsync("Installed, and read back from every trust store.");
        await screen.CloseAsync();
        await screen.ExpectListAsync("Behind a proxy");

        // 2 MB, over REST; and the open page shows what came from another client.
        using var client = Client();
        client.DefaultRequestHeaders.Authorization = new("Bearer", PortalFactory.ApiKey);
        using var content = new MultipartFormDataContent { { new ByteArrayContent(Large(other)), "file", "other.pem" } };
        using var added = await client.PostAsync("api/v1/ca-certificates", content, Cancellation);
        Assert.Equal(HttpStatusCode.Created, added.StatusCode);
        await screen.ExpectListAsync("Behind a proxy", "From elsewhere");
        using var again = await client.GetAsync(added.Headers.Location, Cancellation);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);

        // Links, a download, the reference of the API, a page that does not exist, signing out.
        await session.Page.GetByRole(AriaRole.Link, new() { Name = "Settings" }).ClickAsync();
        await session.Page.WaitForURLAsync(new Uri(_address, "settings").AbsoluteUri);
        await session.Page.GetByRole(AriaRole.Link, new() { Name = "CA certificates" }).ClickAsync();
        await screen.OpenMenuAsync("Behind a proxy");
        var download = await session.Page.RunAndWaitForDownloadAsync(() =>
            session.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Download .pem" }).ClickAsync());
        await using (var file = await download.CreateReadStreamAsync())
        using (var reader = new StreamReader(file))
            Assert.Contains(root.ExportCertificatePem(), (await reader.ReadToEndAsync(Cancellation)).ReplaceLineEndings("\n"), StringComparison.Ordinal);
        await session.Page.GotoAsync(new Uri(_address, "api-reference").AbsoluteUri);
        await Expect(session.Page.GetByRole(AriaRole.Heading, new() { Name = "CaPortal" }).First).ToBeVisibleAsync();
        session.AssertNoComplaints();
        var unknown = await session.Page.GotoAsync(new Uri(_address, "no/such/page").AbsoluteUri);
        Assert.Equal(404, unknown!.Status);
        await session.Page.GetByRole(AriaRole.Link, new() { Name = "Go to Home" }).ClickAsync();
        await session.WaitUntilInteractiveAsync();
        await session.Page.GetByRole(AriaRole.Button, new() { Name = "Account", Exact = true }).ClickAsync();
        await session.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Expect(session.Page.GetByRole(AriaRole.Heading, new() { Name = "You are signed out" })).ToBeVisibleAsync();
        Assert.StartsWith(_address.AbsoluteUri, session.Page.Url, StringComparison.Ordinal);
        Assert.All(await session.Context.CookiesAsync(), c =>
            Assert.True(c.Secure && $"{c.Path}/".StartsWith(_address.AbsolutePath.TrimEnd('/'), StringComparison.Ordinal), c.Name));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var proxy in _proxies)
            await proxy.DisposeAsync();
        await _portal.DisposeAsync();
        Log.Dispose();
    }

    private static byte[] Large(X509Certificate2 certificate) =>
        [.. TestFiles.Pem(certificate), .. Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat($"# {new string('x', 61)}\n", 2 * 1024 * 1024 / 64)))];
}
