using System.Net;
using CaPortal.Authentication;
using CaPortal.Core.Data;
using CaPortal.Tests.Api;
using CaPortal.Tests.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CaPortal.Tests.Authentication;

[Collection(nameof(EntraFixture))]
public sealed class EntraTests
{
    private readonly BrowserFixture _browser;
    private readonly EntraFixture _fixture;
    private readonly EntraProvider _entra;
    private readonly PortalFactory _portal;

    public EntraTests(BrowserFixture browser, EntraFixture fixture)
    {
        (_browser, _fixture, _entra, _portal) = (browser, fixture, fixture.Provider, fixture.Portal);
        fixture.Reset();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(AppRoles.Administrator, "Administrator")]
    [InlineData(AppRoles.Reader, "Reader")]
    public async Task SignInAndOut_WithARoleAndAnotherTab_WorksInTheBrowserAndEndsBoth(string role, string shown)
    {
        _entra.User = ("alice@example.com", [role]);
        await using var session = await _browser.NewSessionAsync(_portal);
        await session.Page.GotoAsync("/ca-certificates?store=Root");
        await session.WaitUntilInteractiveAsync();
        Assert.EndsWith("/ca-certificates?store=Root", session.Page.Url, StringComparison.Ordinal);
        var other = await session.Context.NewPageAsync();
        await other.GotoAsync("/expiry");
        await other.Locator("html[data-interactive]").WaitForAsync(new() { State = WaitForSelectorState.Attached });

        await session.Page.GetByRole(AriaRole.Button, new() { Name = "Account", Exact = true }).ClickAsync();
        var account = session.Page.GetByRole(AriaRole.Dialog, new() { Name = "Account", Exact = true });
        await Expect(account).ToContainTextAsync("alice@example.com");
        await Expect(account).ToContainTextAsync(shown);
        await account.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();

        await Expect(session.Page.GetByRole(AriaRole.Heading, new() { Name = "You are signed out" })).ToBeVisibleAsync();
        await Expect(other.GetByRole(AriaRole.Heading, new() { Name = "You are signed out" })).ToBeVisibleAsync();
        await Expect(other.GetByRole(AriaRole.Link, new() { Name = "Sign in again" })).ToHaveAttributeAsync("href", "/login?returnUrl=%2Fexpiry");
        Assert.DoesNotContain(await session.Context.CookiesAsync(), c =>
            c.Name.StartsWith("caportal_", StringComparison.Ordinal) && !c.Name.StartsWith("caportal_form", StringComparison.Ordinal));
        session.AssertNoComplaints();
        var told = await EntriesAsync();
        Assert.Contains(told, e =>
            e is { Action: "SignIn", Actor: "alice@example.com" } && e.Role == shown && e.Details.Contains("Microsoft Entra ID", StringComparison.Ordinal));
        Assert.Contains(told, e => e is { Action: "SignOut", Actor: "alice@example.com" } && e.Role == shown);
    }

    [Fact]
    public async Task SignIn_WithoutARole_SaysSoAndOffersSignOutAlone()
    {
        _entra.User = ("mallory@example.com", []);
        await using var session = await _browser.NewSessionAsync(_portal);
        await session.Page.GotoAsync("/");

        await Expect(session.Page.GetByRole(AriaRole.Heading, new() { Name = "No access" })).ToBeVisibleAsync();
        await Expect(session.Page.GetByText("mallory@example.com")).ToBeVisibleAsync();
        await session.AssertAccessibleAsync();
        await session.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Expect(session.Page.GetByRole(AriaRole.Heading, new() { Name = "You are signed out" })).ToBeVisibleAsync();
        Assert.Contains(await EntriesAsync(), e =>
            e is { Action: "SignIn", Actor: "mallory@example.com" } && e.Details.Contains("\"hasRole\":false", StringComparison.Ordinal));
    }

    [Fact]
    public async Task SignIn_ProviderDown_IsAPageUntilItAnswers()
    {
        // What a portal has once read of the provider it keeps.
        await using var entra = await EntraProvider.StartAsync(Cancellation);
        await using var portal = entra.CreatePortal();
        entra.IsDown = true;
        await using var session = await _browser.NewSessionAsync(portal);
        await session.Page.GotoAsync("/expiry");

        await Expect(session.Page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("CaPortal cannot reach Microsoft Entra ID.");
        await session.AssertAccessibleAsync();
        using (var program = portal.CreateApiClient(entra.CreateAccessToken([AppRoles.Reader])))
        using (var refused = await program.GetAsync("/api/v1/unknown", Cancellation))
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);

        entra.IsDown = false;
        await session.Page.GetByRole(AriaRole.Link, new() { Name = "Try again" }).ClickAsync();
        await session.WaitUntilInteractiveAsync();
        Assert.EndsWith("/expiry", session.Page.Url, StringComparison.Ordinal);
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
    public async Task SignOut_AskedForByAnotherPage_IsNotDone()
    {
        using var browser = await _fixture.SignedInAsync();
        using var answer = await browser.GetAsync("/signout-oidc", Cancellation);
        using var page = await browser.GetAsync("/ca-certificates", Cancellation);

        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
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

    [Fact]
    public async Task Api_WithATokenOfAnApplication_ActsUnderItsName()
    {
        using var client = _portal.CreateApiClient(_entra.CreateAccessToken([AppRoles.Administrator]));
        var made = await ApiFixture.ExpectAsync(
            201,
            client.PostAsync("/api/v1/api-keys", ApiFixture.Json(new { name = "of a program", role = "Reader" }), Cancellation));

        Assert.Equal($"Application {EntraProvider.ClientId}", (string)made["createdBy"]!);
    }

    private Task<List<ActivityEntry>> EntriesAsync() => _portal.Services.GetRequiredService<PortalDatabase>()
        .RunAsync(db => db.Activity.AsNoTracking().ToListAsync(Cancellation), Cancellation);
}
