using System.Net;
using System.Security.Cryptography;
using CaPortal.Authentication;
using CaPortal.Core.Data;
using CaPortal.Tests.Api;
using CaPortal.Tests.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;
using Microsoft.Playwright;

namespace CaPortal.Tests.Authentication;

public sealed class EntraTests(BrowserFixture browser, EntraTests.Fixture fixture) : IClassFixture<EntraTests.Fixture>
{
    private readonly EntraProvider _entra = fixture.Provider;
    private readonly PortalFactory _portal = fixture.Portal;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(AppRoles.Administrator, "Administrator")]
    [InlineData(AppRoles.Reader, "Reader")]
    public async Task SignInAndOut_WithARole_WorksInTheBrowser(string role, string shown)
    {
        _entra.User = ("alice@example.com", [role]);
        await using var session = await browser.NewSessionAsync(_portal);
        await session.Page.GotoAsync("/ca-certificates?store=Root");
        await session.WaitUntilInteractiveAsync();
        Assert.EndsWith("/ca-certificates?store=Root", session.Page.Url, StringComparison.Ordinal);

        await session.Page.GetByRole(AriaRole.Button, new() { Name = "Account" }).ClickAsync();
        var account = session.Page.GetByRole(AriaRole.Dialog, new() { Name = "Account" });
        await Assertions.Expect(account).ToContainTextAsync("alice@example.com");
        await Assertions.Expect(account).ToContainTextAsync(shown);
        await account.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();

        await Assertions.Expect(session.Page.GetByRole(AriaRole.Heading, new() { Name = "You are signed out" })).ToBeVisibleAsync();
        Assert.DoesNotContain(await session.Context.CookiesAsync(), c => c.Name.StartsWith("caportal_", StringComparison.Ordinal) && !c.Name.StartsWith("caportal_form", StringComparison.Ordinal));
        session.AssertNoComplaints();
        var told = await EntriesAsync();
        Assert.Contains(told, e => e is { Action: "SignIn", Actor: "alice@example.com" } && e.Role == shown && e.Details.Contains("Microsoft Entra ID", StringComparison.Ordinal));
        Assert.Contains(told, e => e is { Action: "SignOut", Actor: "alice@example.com" } && e.Role == shown);
    }

    [Fact]
    public async Task SignIn_WithoutARole_SaysSoAndOffersSignOutAlone()
    {
        _entra.User = ("mallory@example.com", []);
        await using var session = await browser.NewSessionAsync(_portal);
        await session.Page.GotoAsync("/");

        await Assertions.Expect(session.Page.GetByRole(AriaRole.Heading, new() { Name = "No access" })).ToBeVisibleAsync();
        await Assertions.Expect(session.Page.GetByText("mallory@example.com")).ToBeVisibleAsync();
        await session.AssertAccessibleAsync();
        await session.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Assertions.Expect(session.Page.GetByRole(AriaRole.Heading, new() { Name = "You are signed out" })).ToBeVisibleAsync();
        Assert.Contains(await EntriesAsync(), e => e is { Action: "SignIn", Actor: "mallory@example.com" } && e.Details.Contains("\"hasRole\":false", StringComparison.Ordinal));
    }

    [Fact]
    public async Task SignIn_RefusedByTheProvider_IsExplained()
    {
        using var client = _portal.CreateAnonymousClient();
        using var answer = await client.GetAsync("/signin-oidc?error=access_denied", Cancellation);
        Assert.Equal("/login/failed", answer.Headers.Location?.OriginalString);

        Assert.Contains("did not work", await client.GetStringAsync("/login/failed", Cancellation), StringComparison.Ordinal);
        Assert.Contains(await EntriesAsync(), e => e is { Action: "SignInRefused", Actor: "unknown", Source: "127.0.0.1" });
    }

    [Fact]
    public async Task Challenge_OfAPage_UsesCodeWithProofKeyAndThePinnedTenant()
    {
        using var client = _portal.CreateAnonymousClient();
        using var answer = await client.GetAsync("/", Cancellation);
        var location = answer.Headers.Location!;

        Assert.Contains("/oauth2/v2.0/authorize", location.AbsolutePath, StringComparison.Ordinal);
        Assert.DoesNotContain("common", location.AbsolutePath, StringComparison.Ordinal);
        Assert.Contains("response_type=code&", location.Query, StringComparison.Ordinal);
        Assert.Contains("code_challenge_method=S256", location.Query, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/api/v1/unknown", null)]
    [InlineData("POST", "/_blazor/negotiate", null)]
    [InlineData("GET", "/favicon.ico", "no-cors")]
    public async Task Challenge_OfAnythingButAPage_IsAStatusWithoutCookies(string method, string path, string? mode)
    {
        using var client = _portal.CreateAnonymousClient();
        using var request = new HttpRequestMessage(new(method), path);
        if (mode is not null)
            request.Headers.Add("Sec-Fetch-Mode", mode);
        using var answer = await client.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.False(answer.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task Link_OfTheEmbeddedSignIn_DoesNotExist()
    {
        // The validator of issuers is one for the whole process and each provider.
        await using var entra = await EntraProvider.StartAsync(Cancellation);
        await using var portal = entra.CreatePortal().With("CaPortal:Authentication:BrowserToken", "token");
        using var client = portal.CreateAnonymousClient();
        using var answer = await client.GetAsync("/login?t=token", Cancellation);

        Assert.Contains("/oauth2/v2.0/authorize", answer.Headers.Location?.AbsolutePath, StringComparison.Ordinal);
        Assert.DoesNotContain("/login?t=", portal.ConsoleOutput, StringComparison.Ordinal);
    }

    public enum Token { Good, OtherIssuer, OtherAudience, OtherTenant, OtherKey, NoRole }

    [Theory]
    [InlineData(Token.Good, HttpStatusCode.NotFound)]
    [InlineData(Token.OtherIssuer, HttpStatusCode.Unauthorized)]
    [InlineData(Token.OtherAudience, HttpStatusCode.Unauthorized)]
    [InlineData(Token.OtherTenant, HttpStatusCode.Unauthorized)]
    [InlineData(Token.OtherKey, HttpStatusCode.Unauthorized)]
    [InlineData(Token.NoRole, HttpStatusCode.Unauthorized)]
    public async Task Api_WithATokenOfTheProvider_AcceptsOnlyTheRightOne(Token kind, HttpStatusCode expected)
    {
        const string other = "00000000-0000-4000-8000-00000000000f";
        using var otherKey = RSA.Create(2048);
        string[] roles = kind == Token.NoRole ? [] : [AppRoles.Reader];
        var token = kind switch
        {
            Token.OtherIssuer => _entra.CreateAccessToken(roles, issuer: "https://elsewhere.example/v2.0"),
            Token.OtherAudience => _entra.CreateAccessToken(roles, audience: other),
            Token.OtherTenant => _entra.CreateAccessToken(roles, tenant: other),
            Token.OtherKey => _entra.CreateAccessToken(roles, key: new RsaSecurityKey(otherKey) { KeyId = "tests" }),
            _ => _entra.CreateAccessToken(roles),
        };
        using var client = _portal.CreateApiClient(token);
        using var answer = await client.GetAsync("/api/v1/unknown", Cancellation);

        Assert.Equal(expected, answer.StatusCode);
    }

    [Fact]
    public async Task Api_WithTheApiKey_WorksBesideEntra()
    {
        using var client = _portal.CreateApiClient();
        using var answer = await client.GetAsync("/api/v1/unknown", Cancellation);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task Api_WithATokenOfAnApplication_ActsUnderItsName()
    {
        using var client = _portal.CreateApiClient(_entra.CreateAccessToken([AppRoles.Administrator]));
        var made = await ApiFixture.ExpectAsync(201, client.PostAsync("/api/v1/api-keys", ApiFixture.Json(new { name = "of a program", role = "Reader" }), Cancellation));

        Assert.Equal($"Application {EntraProvider.ClientId}", (string)made["createdBy"]!);
    }

    private Task<List<ActivityEntry>> EntriesAsync() => _portal.Services.GetRequiredService<PortalDatabase>()
        .RunAsync(db => db.Activity.AsNoTracking().ToListAsync(Cancellation), Cancellation);

    /// <summary>One provider and one portal for all: nothing that a test does there is left for the next.</summary>
    public sealed class Fixture : IAsyncLifetime
    {
        public EntraProvider Provider { get; private set; } = null!;

        public PortalFactory Portal { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Provider = await EntraProvider.StartAsync(Cancellation);
            Portal = Provider.CreatePortal();
        }

        public async ValueTask DisposeAsync()
        {
            await Portal.DisposeAsync();
            await Provider.DisposeAsync();
        }
    }
}
