using System.Net;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CaPortal.Tests.Hosting;

/// <summary>A reverse proxy and settings that do not fit together are told once.</summary>
public sealed class ProxyMismatchTests : IAsyncDisposable
{
    private readonly CapturedLog _log = new();
    private readonly PortalFactory _portal;

    public ProxyMismatchTests() => _portal = new PortalFactory().WithServices(s => s.AddSingleton<ILoggerProvider>(_log));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _portal.DisposeAsync();
        _log.Dispose();
    }

    [Theory]
    [InlineData("/login", "X-Forwarded-Proto", "https", HttpStatusCode.OK, 1021)]
    [InlineData("/_blazor/negotiate", "Origin", "https://portal.example", HttpStatusCode.Forbidden, 1022)]
    [InlineData("/login", "Host", "portal.example", HttpStatusCode.BadRequest, 1023)]
    public async Task Request_ThatDoesNotFitTheSettings_IsToldOnce(string path, string header, string value, HttpStatusCode status, int id)
    {
        using var client = _portal.CreateAnonymousClient();
        client.DefaultRequestHeaders.Add(header, value);
        for (var i = 0; i < 3; i++)
            Assert.Equal(status, (await client.GetAsync(path, Cancellation)).StatusCode);

        var line = Assert.Single(_log.Lines, l => l.Contains("ProxyMismatches", StringComparison.Ordinal));
        Assert.Contains($" {id}: ", line, StringComparison.Ordinal);
        Assert.Contains("127.0.0.1", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_OfATrustedProxy_IsNotTold()
    {
        using var client = _portal.With("CaPortal:Proxy:Trusted:0", "127.0.0.0/8").CreateAnonymousClient();
        client.DefaultRequestHeaders.Add("X-Forwarded-For", "192.0.2.1");
        client.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");
        (await client.GetAsync("/login", Cancellation)).EnsureSuccessStatusCode();

        Assert.DoesNotContain(_log.Lines, l => l.Contains("ProxyMismatches", StringComparison.Ordinal));
    }
}
