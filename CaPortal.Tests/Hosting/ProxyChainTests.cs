using System.Net;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CaPortal.Tests.Hosting;

/// <summary>Several proxies, one behind another: whose request it is and how it came, and that nobody can make it up.</summary>
public sealed class ProxyChainTests : IAsyncDisposable
{
    private readonly CapturedLog _log = new();
    private readonly PortalFactory _portal;

    public ProxyChainTests() => _portal = new PortalFactory()
        .WithServices(s => s.AddSingleton<ILoggerProvider>(_log))
        .With("CaPortal:Authentication:AllowRemote", "true")
        .With("CaPortal:Proxy:Trusted", "127.0.0.0/8,192.0.2.1");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _portal.DisposeAsync();
        _log.Dispose();
    }

    [Theory]
    // One proxy, on this machine.
    [InlineData("198.51.100.7", "https", "198.51.100.7", true)]
    // One in front of it: it passes on how the first was asked, or adds it.
    [InlineData("198.51.100.7, 192.0.2.1", "https", "198.51.100.7", true)]
    [InlineData("198.51.100.7, 192.0.2.1", "https, http", "198.51.100.7", true)]
    [InlineData("198.51.100.7, 192.0.2.1", "http, https", "198.51.100.7", false)]
    // What the client itself wrote is in front of its own address.
    [InlineData("192.0.2.66, 198.51.100.7, 192.0.2.1", "https", "198.51.100.7", true)]
    [InlineData("127.0.0.1, 198.51.100.7, 192.0.2.1", "https", "198.51.100.7", true)]
    [InlineData("192.0.2.1, 198.51.100.7", "https", "198.51.100.7", true)]
    // A proxy that is not named is the client, regardless of what it writes.
    [InlineData("198.51.100.7, 203.0.113.9", "https, https", "203.0.113.9", true)]
    // What is none.
    [InlineData("unknown, 192.0.2.1", "https", "192.0.2.1", true)]
    public async Task Client_BehindTrustedProxies_IsTheFirstThatIsNotOne(string addresses, string protocols, string expected, bool isHttps)
    {
        using var client = _portal.CreateApiClient("a-wrong-key");
        client.DefaultRequestHeaders.Host = "portal.corp";
        client.DefaultRequestHeaders.TryAddWithoutValidation("X-Forwarded-For", addresses);
        client.DefaultRequestHeaders.Add("X-Forwarded-Proto", protocols);
        using var answer = await client.GetAsync("/api/v1/ca-certificates", Cancellation);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.EndsWith(
            $"A wrong API key was used from {expected} ",
            Assert.Single(_log.Lines, l => l.Contains(" 2005: ", StringComparison.Ordinal)),
            StringComparison.Ordinal);
        Assert.Equal(isHttps, answer.Headers.Contains("Strict-Transport-Security"));
    }
}
