using System.Net;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Hosting;
using CaPortal.Tests.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace CaPortal.Tests.Hosting;

/// <summary>A portal that listens on http and https itself.</summary>
public sealed class HttpsInsteadTests(HttpsInsteadTests.Fixture fixture) : IClassFixture<HttpsInsteadTests.Fixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET", "/ca-certificates?show=found", true)]
    [InlineData("HEAD", "/login?t=abc", true)]
    [InlineData("GET", "/no/such/page", true)]
    [InlineData("POST", "/login/link-for-command", false)]
    [InlineData("GET", "/health/live", false)]
    [InlineData("GET", "/health/ready", false)]
    [InlineData("GET", "/api/v1/ca-certificates", false)]
    public async Task Request_OverPlainHttp_IsLedToHttpsWhereABrowserAsks(string method, string path, bool isLed)
    {
        using var client = fixture.Client();
        using var answer = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path), Cancellation);

        Assert.Equal(isLed, answer.StatusCode == HttpStatusCode.TemporaryRedirect);
        if (isLed)
            Assert.Equal($"https://127.0.0.1:{fixture.Https.Port}{path}", answer.Headers.Location?.OriginalString);
    }

    [Theory]
    [InlineData("X-Forwarded-Proto", "https")]
    [InlineData("X-Forwarded-For", "198.51.100.7")]
    public async Task Request_ThatAProxyPassesOn_IsNotLedElsewhere(string header, string value)
    {
        using var client = fixture.Client();
        client.DefaultRequestHeaders.Add(header, value);
        using var answer = await client.GetAsync("/login", Cancellation);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Request_OverHttps_IsAnswered()
    {
        using var handler = new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator,
            AllowAutoRedirect = false,
        };
        using var client = new HttpClient(handler) { BaseAddress = fixture.Https };
        using var answer = await client.GetAsync("/login", Cancellation);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData(null, HttpStatusCode.OK)]
    [InlineData("198.51.100.7", HttpStatusCode.Forbidden)]
    public async Task ApiKey_OverPlainHttp_IsRefusedFromElsewhere(string? from, HttpStatusCode expected)
    {
        using var client = fixture.Client();
        client.DefaultRequestHeaders.Authorization = new("Bearer", PortalFactory.ApiKey);
        if (from is not null)
            client.DefaultRequestHeaders.Add(Fixture.From, from);
        using var answer = await client.GetAsync("/api/v1/ca-certificates", Cancellation);
        var body = await answer.Content.ReadAsStringAsync(Cancellation);

        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal(from is not null, body.Contains("\"HttpsRequired\"", StringComparison.Ordinal));
        Assert.Equal(from is not null, body.Contains($"Send it to https://127.0.0.1:{fixture.Https.Port}, and revoke this one", StringComparison.Ordinal));
        Assert.DoesNotContain(PortalFactory.ApiKey, body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SignInLink_IsForHttpsAndTheCommandStillAsksOverHttp()
    {
        Assert.StartsWith(fixture.Https.AbsoluteUri, fixture.Portal.SignInLink.AbsoluteUri, StringComparison.Ordinal);
        await using var command = new ProcessUnderTest(["sign-in-link", $"--CaPortal:DataDirectory={fixture.Portal.DataDirectory}"]);

        Assert.StartsWith($"Sign in: {fixture.Https}login?t=", await command.NextLineAsync(Cancellation), StringComparison.Ordinal);
    }

    public sealed class Fixture : IAsyncLifetime
    {
        /// <summary>The header in which these tests say from where a request comes.</summary>
        public const string From = "X-Test-From";

        private readonly X509Certificate2 _certificate = TestCertificates.SelfSignedServer();

        public PortalFactory Portal { get; } = new();

        public Uri Http => AddressOf("http:");

        public Uri Https => AddressOf("https:");

        public ValueTask InitializeAsync()
        {
            Portal.WithServices(s => s.AddSingleton<IStartupFilter, Elsewhere>().Configure<KestrelServerOptions>(kestrel =>
            {
                kestrel.Listen(IPAddress.Loopback, 0);
                kestrel.Listen(IPAddress.Loopback, 0, o => o.UseHttps(_certificate));
            }));
            return ValueTask.CompletedTask;
        }

        public HttpClient Client() => new(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = Http };

        public async ValueTask DisposeAsync()
        {
            await Portal.DisposeAsync();
            _certificate.Dispose();
        }

        private Uri AddressOf(string scheme)
        {
            _ = Portal.Address;
            return new(ListenAddresses.Bound(Portal.Services.GetRequiredService<IServer>()).Single(a => a.StartsWith(scheme, StringComparison.Ordinal)));
        }

        /// <summary>Plays another machine, which a test does not have.</summary>
        private sealed class Elsewhere : IStartupFilter
        {
            public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
            {
                app.Use((context, proceed) =>
                {
                    if (context.Request.Headers[From] is [{ } address])
                        context.Connection.RemoteIpAddress = IPAddress.Parse(address);
                    return proceed(context);
                });
                // The factory's own, which would replace those of this fixture.
                app.ServerFeatures.GetRequiredFeature<IServerAddressesFeature>().Addresses.Clear();
                next(app);
            };
        }
    }
}
