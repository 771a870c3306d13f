using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using CaPortal.Authentication;
using CaPortal.Core.Certificates;
using CaPortal.Tests.Testing;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CaPortal.Tests.Api;

/// <summary>The real portal and callers of its API in each role.</summary>
public sealed class ApiFixture : IAsyncDisposable
{
    public const string CertificatesPath = "/api/v1/ca-certificates";

    public PortalFactory Portal { get; } =
        new PortalFactory()
            .With("CaPortal:Authentication:BrowserToken", "a-browser-token-of-the-tests-0123456789")
            // Back-ends are tested when a test asks for it: what is listed would depend on the moment otherwise.
            .With("CaPortal:BackEnds:TestEvery", "00:00:00")
            .WithServices(services =>
                services.AddTransient<KeysOfTheTest>().Configure<AuthenticationOptions>(o => o.SchemeMap[Schemes.ApiKey].HandlerType = typeof(KeysOfTheTest)));

    public HttpClient Administrator => field ??= Portal.CreateApiClient();

    public HttpClient Reader => field ??= Portal.CreateApiClient(AppRoles.Reader);

    public HttpClient WithoutRole => field ??= Portal.CreateApiClient("Another.Role");

    public HttpClient Nobody => field ??= Portal.CreateAnonymousClient();

    /// <summary>An administrator's browser.</summary>
    public HttpClient AdministratorsBrowser => field ??= Portal.CreateBrowserClient(AppRoles.Administrator);

    public HttpClient ReadersBrowser => field ??= Portal.CreateBrowserClient(AppRoles.Reader);

    public HttpClient BrowserWithoutRole => field ??= Portal.CreateBrowserClient("Another.Role");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static string Sha256(X509Certificate2 certificate) => Thumbprints.Sha256(certificate.RawData);

    /// <summary>A form with one file and further fields.</summary>
    public static MultipartFormDataContent Form(byte[] file, params IEnumerable<(string Name, string Value)> fields) => Form([file], fields);

    public static MultipartFormDataContent Form(IEnumerable<byte[]> files, params IEnumerable<(string Name, string Value)> fields)
    {
        var form = new MultipartFormDataContent();
        foreach (var file in files)
            form.Add(new ByteArrayContent(file), "file", "upload.bin");
        foreach (var (name, value) in fields)
            form.Add(new StringContent(value), name);
        return form;
    }

    public static HttpContent Json(object body) => new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");

    /// <summary>Adds certificates and expects that to succeed.</summary>
    public async Task AddAsync(params IEnumerable<X509Certificate2> certificates)
    {
        using var answer = await Administrator.PostAsync(CertificatesPath, Form(TestFiles.Pem(certificates)), Cancellation);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancellation));
    }

    /// <summary>Sends it, checks the status, and returns the JSON of the answer.</summary>
    public static async Task<JsonNode> ExpectAsync(int status, Task<HttpResponseMessage> sending, string? code = null)
    {
        using var answer = await sending;
        var text = await answer.Content.ReadAsStringAsync(Cancellation);
        Assert.True(status == (int)answer.StatusCode, $"{(int)answer.StatusCode}: {text}");
        var json = JsonNode.Parse(text)!;
        Assert.Equal(status < 400 ? "application/json" : "application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        if (status >= 400)
            AssertProblem(json, status, code);
        if (status is 429 or 503)
            Assert.NotNull(answer.Headers.RetryAfter);
        return json;
    }

    public Task<JsonNode> GetAsync(string path) => ExpectAsync(200, Administrator.GetAsync(path, Cancellation));

    public static Task<HttpResponseMessage> SendAsync(HttpClient client, string method, string path, HttpContent? content = null) =>
        client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path) { Content = content }, Cancellation);

    public async Task<long> RevisionAsync() => (long)(await GetAsync(CertificatesPath))["revision"]!;

    public ValueTask DisposeAsync() => Portal.DisposeAsync();

    private static void AssertProblem(JsonNode problem, int status, string? code)
    {
        Assert.Equal(status, (int)problem["status"]!);
        Assert.NotEmpty((string)problem["title"]!);
        Assert.NotEmpty((string)problem["detail"]!);
        Assert.NotEmpty((string)problem["type"]!);
        Assert.Equal(code ?? (string)problem["code"]!, (string)problem["code"]!);
    }

    /// <summary>Accepts further keys than the one of the settings: the name of a role.</summary>
    private sealed class KeysOfTheTest(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(ApiKeyHandler.KeyOf(Request) switch
        {
            null => AuthenticateResult.NoResult(),
            PortalFactory.ApiKey => Success("API key", AppRoles.Administrator),
            var role => Success($"Caller in role {role}", role),
        });

        private AuthenticateResult Success(string name, string role) =>
            AuthenticateResult.Success(new AuthenticationTicket(PortalIdentity.Create(name, role, Scheme.Name), Scheme.Name));
    }
}
