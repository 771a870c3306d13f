using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using CaPortal.Authentication;
using CaPortal.Hosting;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using DatabaseProvider = CaPortal.Core.Data.DatabaseProvider;

namespace CaPortal.Tests.Testing;

/// <summary>
/// The real application on a loopback port of its own, with a data folder of its own, writing no trust store outside it.
/// Browsers and HTTP clients use it alike.
/// </summary>
public sealed partial class PortalFactory : WebApplicationFactory<Program>
{
    public const string ApiKey = "an-api-key-of-the-tests-0123456789";

    private readonly TemporaryDirectory _data = new();
    private readonly Dictionary<string, string> _settings = new(StringComparer.OrdinalIgnoreCase)
    {
        ["CaPortal:TrustStores:0"] = "pem-bundle",
        ["CaPortal:Authentication:ApiKey"] = ApiKey,
        ["CaPortal:Limits:Timeout"] = TestFiles.Timeout.ToString(),
    };
    private readonly List<Action<IServiceCollection>> _services = [];
    private readonly ConsoleText _console = new();
    private bool _started;
    private TestDatabase? _database;

    /// <summary>The data folder.</summary>
    public string DataDirectory => _data["data"];

    /// <summary>What the portal has printed.</summary>
    public string ConsoleOutput => _console.ToString();

    private TestDatabase Database
    {
        get
        {
            Start();
            return _database!;
        }
    }

    /// <summary>Where it listens; starts it.</summary>
    public Uri Address
    {
        get
        {
            Start();
            return new(ListenAddresses.Bound(Services.GetRequiredService<IServer>())[0]);
        }
    }

    /// <summary>The last sign-in link that was printed, or that of a fixed token, which is not printed; starts the portal.</summary>
    public Uri SignInLink
    {
        get
        {
            Start();
            if (_settings.TryGetValue("CaPortal:Authentication:BrowserToken", out var token))
                return new(Address, $"/login?t={token}");
            return new(PrintedLink().Matches(ConsoleOutput)[^1].Value);
        }
    }

    /// <summary>Changes a setting before the start.</summary>
    public PortalFactory With(string key, string value)
    {
        _settings[key] = value;
        return this;
    }

    /// <summary>Changes the services before the start.</summary>
    public PortalFactory WithServices(Action<IServiceCollection> configure)
    {
        _services.Add(configure);
        return this;
    }

    /// <summary>A client with neither cookies nor key that follows no redirect.</summary>
    public HttpClient CreateAnonymousClient() => Client(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false });

    /// <summary>A client that keeps cookies as a browser does and follows no redirect.</summary>
    public HttpClient CreateBrowserClient() => Client(new HttpClientHandler { AllowAutoRedirect = false });

    /// <summary>The browser of somebody who is signed in with a role.</summary>
    public HttpClient CreateBrowserClient(string role, string? name = null)
    {
        var client = CreateAnonymousClient();
        var cookie = Services.GetRequiredService<IOptionsMonitor<CookieAuthenticationOptions>>().Get(Schemes.Cookie);
        var person = PortalIdentity.Create(name ?? $"Person in role {role}", role, Schemes.Cookie);
        var end = Services.GetRequiredService<Sessions>().Begin(person, refreshToken: null);
        var ticket = cookie.TicketDataFormat.Protect(new(person, new() { ExpiresUtc = end }, Schemes.Cookie));
        client.DefaultRequestHeaders.Add("Cookie", $"{cookie.Cookie.Name}={ticket}");
        return client;
    }

    /// <summary>A client with the API key of an administrator.</summary>
    public HttpClient CreateApiClient() => CreateApiClient(ApiKey);

    /// <summary>A client with a bearer token.</summary>
    public HttpClient CreateApiClient(string bearer)
    {
        var client = CreateAnonymousClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        return client;
    }

    /// <inheritdoc cref="TestDatabase.ExecuteAsync(string)"/>
    public Task ExecuteAsync(string sql) => Database.ExecuteAsync(sql);

    /// <inheritdoc cref="TestDatabase.TamperAsync"/>
    public Task TamperAsync(string sql) => Database.TamperAsync(sql);

    /// <inheritdoc cref="TestDatabase.TakeAway"/>
    public IDisposable WithoutDatabase() => Database.TakeAway();

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseEnvironment("Production");
        builder.UseSetting(WebHostDefaults.ServerUrlsKey, "http://127.0.0.1:0");
        builder.UseSetting("CaPortal:DataDirectory", DataDirectory);
        foreach (var (key, value) in _settings)
            builder.UseSetting(key, value);
        builder.ConfigureLogging(logging => logging.ClearProviders());
        builder.ConfigureTestServices(services =>
        {
            services.Configure<CircuitOptions>(o => o.DetailedErrors = true);
            services.AddSingleton(p => new PortalConsole(
                _console,
                p.GetRequiredService<IServer>(),
                p.GetService<SignInLinks>(),
                publicUrl: p.GetRequiredService<PublicAddress>().Url));
            SharedClients.AddTo(services);
            foreach (var configure in _services)
                configure(services);
        });
    }

    /// <summary>Ends the portal as a signal does; its data folder stays until it is disposed of.</summary>
    public Task StopAsync() => Services.GetRequiredService<IHost>().StopAsync(TestContext.Current.CancellationToken);

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _database?.CloseConnections();
        _data.Dispose();
    }

    private void Start()
    {
        if (_started)
            return;
        _started = true;
        _database = TestDatabase.ForTestAsync(DataDirectory).GetAwaiter().GetResult();
        if (_database.Postgres is { } postgres)
            With("CaPortal:Database:Provider", nameof(DatabaseProvider.PostgreSql)).With("ConnectionStrings:CaPortal", postgres);
        else if (!_settings.ContainsKey("CaPortal:DataDirectory"))
            EmptyDatabase.PutIntoAsync(DataDirectory).GetAwaiter().GetResult();
        UseKestrel(0);
        StartServer();
    }

    private HttpClient Client(HttpMessageHandler handler) => new(handler) { BaseAddress = Address };

    [GeneratedRegex(@"http\S+/login\?t=\S+")]
    private static partial Regex PrintedLink();

    private sealed class ConsoleText : TextWriter
    {
        private readonly ConcurrentQueue<string> _lines = [];

        public override Encoding Encoding => Encoding.UTF8;

        public override void WriteLine(string? value) => _lines.Enqueue(value ?? "");

        public override string ToString() => string.Join('\n', _lines);
    }
}
