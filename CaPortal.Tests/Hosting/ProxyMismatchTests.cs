using System.Net;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CaPortal.Tests.Hosting;

/// <summary>A reverse proxy and settings that do not fit together are reported once.</summary>
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
    public async Task HostName_ThatIsNotThePortals_IsAnsweredWithAPageThatSaysWhatToSet()
    {
        using var client = _portal.CreateAnonymousClient();
        client.DefaultRequestHeaders.TryAddWithoutValidation("Host", "<b>evil&.example");
        client.DefaultRequestHeaders.Add("Accept", "text/html");
        using var hostile = await client.GetAsync("/login", Cancellation);
        Assert.DoesNotContain("<b>", await hostile.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);

        client.DefaultRequestHeaders.Host = "portal.example:8443";
        using var answer = await client.GetAsync("/login", Cancellation);
        var html = await answer.Content.ReadAsStringAsync(Cancellation);
        Assert.Equal((HttpStatusCode.BadRequest, "text/html"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.Contains("<strong>portal.example:8443</strong>", html, StringComparison.Ordinal);
        Assert.Contains("CaPortal:PublicUrl", html, StringComparison.Ordinal);
        Assert.DoesNotContain(Environment.MachineName, html, StringComparison.OrdinalIgnoreCase);

        using var style = await client.GetAsync("/css/plain.css", Cancellation);
        Assert.Equal(HttpStatusCode.OK, style.StatusCode);
    }

    [Fact]
    public async Task HostName_ThatIsNotThePortals_IsAProblemToPrograms()
    {
        using var client = _portal.CreateApiClient();
        client.DefaultRequestHeaders.Host = "portal.example";
        using var answer = await client.GetAsync("/api/v1/ca-certificates", Cancellation);
        var problem = await answer.Content.ReadAsStringAsync(Cancellation);

        Assert.Equal((HttpStatusCode.BadRequest, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.Contains("\"HostRefused\"", problem, StringComparison.Ordinal);
        Assert.Contains("portal.example", problem, StringComparison.Ordinal);
        Assert.Contains("CaPortal:PublicUrl", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connection_OfAPageElsewhere_IsRefusedAndSaysWhatWasExpectedAndReceived()
    {
        using var client = _portal.CreateAnonymousClient();
        client.DefaultRequestHeaders.Add("Origin", "https://portal.example");
        using var answer = await client.PostAsync("/_blazor/negotiate", null, Cancellation);
        var problem = await answer.Content.ReadAsStringAsync(Cancellation);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Contains("\"WrongOrigin\"", problem, StringComparison.Ordinal);
        var own = _portal.Address.GetLeftPart(UriPartial.Authority);
        Assert.Contains($"opened at https://portal.example, but its connection reached CaPortal as one for {own}", problem, StringComparison.Ordinal);
        var line = Assert.Single(_log.Lines, l => l.Contains(" 1022: ", StringComparison.Ordinal));
        Assert.Contains("https://portal.example", line, StringComparison.Ordinal);
        Assert.Contains(own, line, StringComparison.Ordinal);
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
