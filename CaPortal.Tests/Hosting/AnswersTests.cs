using System.Net;
using CaPortal.Authentication;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace CaPortal.Tests.Hosting;

/// <summary>What every answer carries, and what is answered when nothing else is.</summary>
public sealed class AnswersTests(SharedPortal shared) : IClassFixture<SharedPortal>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/", "text/html", 302)]
    [InlineData("/login", "text/html", 200)]
    [InlineData("/login?t=wrong", "text/html", 200)]
    [InlineData("/signed-out", "text/html", 200)]
    [InlineData("/no-access", "text/html", 403)]
    [InlineData("/css/plain.css", "text/css", 200)]
    [InlineData("/_content/MudBlazor/MudBlazor.min.css", "text/css", 200)]
    [InlineData("/api/v1/unknown", "application/json", 401)]
    [InlineData("/health/live", "*/*", 200)]
    [InlineData("/health/ready", "*/*", 200)]
    public async Task Answer_OfAnyKind_CarriesTheSecurityHeaders(string path, string accept, int status)
    {
        using var client = shared.Portal.CreateAnonymousClient();
        client.DefaultRequestHeaders.Add("Accept", accept);
        using var answer = await client.GetAsync(path, Cancellation);

        Assert.Equal(status, (int)answer.StatusCode);
        AssertGuarded(answer);
    }

    [Fact]
    public async Task SignedInPage_AndUnknownPage_CarryTheSecurityHeadersOnce()
    {
        using var browser = shared.Portal.CreateBrowserClient();
        (await browser.SubmitFormAsync(shared.Portal.SignInLink, Cancellation)).Dispose();
        browser.DefaultRequestHeaders.Add("Accept", "text/html");
        using var page = await browser.GetAsync("/ca-certificates", Cancellation);
        using var unknown = await browser.GetAsync("/no/such/page", Cancellation);

        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Contains("Page not found", await unknown.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        AssertGuarded(page);
        AssertGuarded(unknown);
    }

    [Theory]
    [InlineData("text/html", "text/html")]
    [InlineData("application/json", "application/problem+json")]
    public async Task Failure_InAPage_IsExplainedWithoutItsDetails(string accept, string expected)
    {
        await using var portal = new PortalFactory()
            .With("CaPortal:Authentication:BrowserToken", "token")
            .WithServices(s => s.AddSingleton<FailedAttempts>(_ => throw new InvalidOperationException("inner details")));
        using var client = portal.CreateAnonymousClient();
        client.DefaultRequestHeaders.Add("Accept", accept);
        using var answer = await client.GetAsync("/login?t=x", Cancellation);
        var body = await answer.Content.ReadAsStringAsync(Cancellation);

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Equal(expected, answer.Content.Headers.ContentType?.MediaType);
        Assert.DoesNotContain("inner details", body, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", body, StringComparison.Ordinal);
        AssertGuarded(answer);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    [InlineData("DELETE")]
    public async Task Api_UnknownResource_IsProblemDetailsWhateverTheMethodAndAccept(string method)
    {
        using var client = shared.Portal.CreateApiClient();
        client.DefaultRequestHeaders.Add("Accept", "text/html");
        using var answer = await client.SendAsync(new(new(method), "/api/v1/unknown"), Cancellation);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        AssertGuarded(answer);
    }

    [Fact]
    public async Task HostName_OfAnotherSite_IsRefusedWithThePageAndItsHeaders()
    {
        using var client = shared.Portal.CreateAnonymousClient();
        client.DefaultRequestHeaders.Host = "rebound.example";
        client.DefaultRequestHeaders.Add("Accept", "text/html");
        using var answer = await client.GetAsync("/", Cancellation);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        AssertGuarded(answer);
    }

    [Fact]
    public async Task ForwardedHeaders_WithoutSetting_AreNotBelieved()
    {
        using var client = shared.Portal.CreateAnonymousClient();
        client.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");
        using var answer = await client.GetAsync("/", Cancellation);

        Assert.StartsWith("/login?", answer.Headers.Location?.OriginalString, StringComparison.Ordinal);
        Assert.False(answer.Headers.Contains("Strict-Transport-Security"));
    }

    [Fact]
    public async Task ForwardedHeaders_OfATrustedProxy_AreBelieved()
    {
        await using var portal = new PortalFactory().With("CaPortal:Proxy:Trusted:0", "127.0.0.0/8").With("CaPortal:Authentication:AllowRemote", "true");
        using var client = portal.CreateAnonymousClient();
        client.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");
        client.DefaultRequestHeaders.Host = "portal.example";
        using var answer = await client.GetAsync("/", Cancellation);

        Assert.Equal(["max-age=31536000"], answer.Headers.GetValues("Strict-Transport-Security"));

        using var signIn = await client.GetAsync("/login?t=x", Cancellation);
        Assert.All(signIn.Headers.GetValues("Set-Cookie"), c => Assert.Contains("; secure", c, StringComparison.Ordinal));
    }

    private static void AssertGuarded(HttpResponseMessage answer)
    {
        var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        var directives = policy.Split("; ").Select(d => d.Split(' ')).ToDictionary(d => d[0], d => d[1..]);
        Assert.Equal(["'none'"], directives["default-src"]);
        Assert.Equal(["'none'"], directives["frame-ancestors"]);
        Assert.All(directives["script-src"], s => Assert.True(s == "'self'" || s.StartsWith("'nonce-", StringComparison.Ordinal), s));
        Assert.All(directives.Where(d => d.Key is not "script-src").SelectMany(d => d.Value), s =>
            Assert.Contains(s, (string[])["'none'", "'self'", "'unsafe-inline'", "data:"]));
        Assert.Equal(["style-src"], directives.Where(d => d.Value.Contains("'unsafe-inline'")).Select(d => d.Key));
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("DENY", Assert.Single(answer.Headers.GetValues("X-Frame-Options")));
        Assert.Equal("same-origin", Assert.Single(answer.Headers.GetValues("Referrer-Policy")));
        Assert.True(answer.Headers.Contains("Permissions-Policy"));
        Assert.False(answer.Headers.Contains("Server"));
        Assert.NotNull(answer.Headers.CacheControl);
    }
}
