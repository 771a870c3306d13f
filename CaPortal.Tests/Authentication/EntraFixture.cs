using System.Collections.Concurrent;
using System.Net;
using CaPortal.Authentication;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace CaPortal.Tests.Authentication;

/// <summary>Tests that share one provider and one portal, one after the other.</summary>
[CollectionDefinition(nameof(EntraFixture))]
public sealed class EntraCollection : ICollectionFixture<EntraFixture>;

/// <summary>One provider and one portal whose clock does not go on. Each test begins with <see cref="Reset"/>.</summary>
public sealed class EntraFixture : IAsyncLifetime
{
    public EntraProvider Provider { get; private set; } = null!;

    public PortalFactory Portal { get; private set; } = null!;

    public FakeTimeProvider Time { get; } = FakeTime.FromNow();

    public LogText Log { get; } = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Provider = await EntraProvider.StartAsync(Cancellation);
        Portal = Provider.CreatePortal()
            .With("CaPortal:Authentication:SessionCheckInterval", "00:00:00.5")
            .WithServices(services => services.AddSingleton<TimeProvider>(Time).AddSingleton<ILoggerProvider>(Log));
    }

    /// <summary>Makes the provider work for an administrator.</summary>
    public void Reset()
    {
        Provider.User = ("alice@example.com", [AppRoles.Administrator]);
        Provider.Flaws = new();
        Provider.IsDown = false;
        Provider.Refusal = null;
        Provider.RefreshRefusal = null;
    }

    /// <summary>Lets so much time pass that the provider is asked again.</summary>
    public void LetCheckBeDue() => Time.Advance(TimeSpan.FromSeconds(1));

    public Task<HttpResponseMessage> SignInAsync(HttpClient browser, string path = "/ca-certificates") => SignInAsync(Provider, browser, path);

    /// <summary>Asks for a page, goes through the provider as a browser does, and returns how the portal answers to what came back.</summary>
    public static async Task<HttpResponseMessage> SignInAsync(EntraProvider provider, HttpClient browser, string path = "/ca-certificates")
    {
        using var challenge = await browser.GetAsync(path, Cancellation);
        Assert.Equal(HttpStatusCode.Found, challenge.StatusCode);
        using var client = provider.CreateClient();
        using var answer = await client.GetAsync(challenge.Headers.Location, Cancellation);
        Assert.Equal(HttpStatusCode.Found, answer.StatusCode);
        return await browser.GetAsync(answer.Headers.Location, Cancellation);
    }

    /// <summary>As <see cref="SignInAsync(HttpClient, string)"/>, which must lead to the page that was asked for.</summary>
    public async Task<HttpClient> SignedInAsync()
    {
        var browser = Portal.CreateBrowserClient();
        using var answer = await SignInAsync(browser);
        Assert.Equal("/ca-certificates", answer.Headers.Location?.OriginalString);
        return browser;
    }

    public async ValueTask DisposeAsync()
    {
        await Portal.DisposeAsync();
        await Provider.DisposeAsync();
    }

    /// <summary>All that the portal writes to its log.</summary>
    public sealed class LogText : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string> _lines = [];

        public IReadOnlyList<string> Lines => [.. _lines];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Enqueue($"{logLevel}: {formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}
