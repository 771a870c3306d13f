using System.Net;
using CaPortal.Authentication;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Authentication;

/// <summary>Signing in with Microsoft Entra ID that goes wrong says what went wrong.</summary>
[Collection(nameof(EntraFixture))]
public sealed class EntraFailureTests
{
    private const string Other = "00000000-0000-4000-8000-00000000000f";

    private readonly EntraFixture _fixture;
    private readonly EntraProvider _entra;
    private readonly PortalFactory _portal;

    public EntraFailureTests(EntraFixture fixture)
    {
        (_fixture, _entra, _portal) = (fixture, fixture.Provider, fixture.Portal);
        fixture.Reset();
        _entra.User = ("alice@example.com", [AppRoles.Reader]);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<TokenFlaws, string, string> Tokens => new()
    {
        { new() { Tenant = Other }, "WrongTenant", "belongs to another organisation" },
        { new() { Tenant = Other, IsIssuedHere = true }, "WrongTenant", "Try again with an account of your organisation" },
        { new() { Issuer = "https://elsewhere.example/v2.0" }, "WrongTenant", "belongs to another organisation" },
        { new() { ClockOffset = TimeSpan.FromMinutes(6) }, "Clock", "Check the clock of the machine" },
        { new() { ClockOffset = TimeSpan.FromMinutes(-66) }, "Clock", "Check the clock of the machine" },
        { new() { Audience = Other }, "Other", "did not confirm who you are" },
        { new() { IsTampered = true }, "Other", "did not confirm who you are" },
    };

    [Theory]
    [MemberData(nameof(Tokens))]
    public async Task SignIn_WithAWrongToken_IsRefusedAndSaysWhy(TokenFlaws flaws, string why, string text)
    {
        _entra.Flaws = flaws;

        await ExpectFailureAsync(why, text);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(-64)]
    public async Task SignIn_ClocksAFewMinutesApart_Works(int minutes)
    {
        _entra.Flaws = new() { ClockOffset = TimeSpan.FromMinutes(minutes) };

        (await _fixture.SignedInAsync()).Dispose();
    }

    [Theory]
    [InlineData("access_denied", "Refused", "was cancelled, or Microsoft Entra ID refused it")]
    [InlineData("consent_required", "Refused", "was cancelled, or Microsoft Entra ID refused it")]
    [InlineData("temporarily_unavailable", "Unreachable", "cannot reach Microsoft Entra ID")]
    [InlineData("invalid_request", "Other", "finds the cause in the log")]
    public async Task SignIn_RefusedByTheProvider_SaysSo(string error, string why, string text)
    {
        _entra.Refusal = error;
        await ExpectFailureAsync(why, text);

        Assert.Contains(_fixture.Log.Lines, l =>
            l.Contains($"{why} (", StringComparison.Ordinal) && l.Contains($"{error} AADSTS65004", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/signin-oidc?code=made-up")]
    [InlineData("/signin-oidc?code=made-up&state=made-up")]
    public async Task Answer_ToNoSignInOfThisBrowser_SaysSo(string path)
    {
        using var browser = _portal.CreateAnonymousClient();
        using var answer = await browser.GetAsync(path, Cancellation);

        Assert.Equal("/login/failed?returnUrl=%2F&why=TooOld", answer.Headers.Location?.OriginalString);
    }

    [Fact]
    public async Task Answer_OpenedInAnotherBrowser_SaysSo()
    {
        using var browser = _portal.CreateBrowserClient();
        using var challenge = await browser.GetAsync("/expiry", Cancellation);
        using var client = _entra.CreateClient();
        using var answer = await client.GetAsync(challenge.Headers.Location, Cancellation);
        using var stranger = _portal.CreateBrowserClient();
        using var failed = await stranger.GetAsync(answer.Headers.Location, Cancellation);

        Assert.Equal("/login/failed?returnUrl=%2Fexpiry&why=TooOld", failed.Headers.Location?.OriginalString);
    }

    [Fact]
    public async Task Answer_ProviderDownMeanwhile_SaysSo()
    {
        using var browser = _portal.CreateBrowserClient();
        using var challenge = await browser.GetAsync("/expiry", Cancellation);
        using var client = _entra.CreateClient();
        using var answer = await client.GetAsync(challenge.Headers.Location, Cancellation);
        _entra.IsDown = true;
        using var failed = await browser.GetAsync(answer.Headers.Location, Cancellation);

        Assert.Equal("/login/failed?returnUrl=%2Fexpiry&why=Unreachable", failed.Headers.Location?.OriginalString);
    }

    [Theory]
    [InlineData("/login/failed")]
    [InlineData("/login/failed?why=made-up&returnUrl=https://elsewhere.example/")]
    public async Task FailurePage_OpenedByHand_SaysNothingThatIsNotTrue(string path)
    {
        using var browser = _portal.CreateAnonymousClient();
        var html = await browser.GetStringAsync(path, Cancellation);

        Assert.Contains("did not confirm who you are", html, StringComparison.Ordinal);
        Assert.Contains("href=\"/\"", html, StringComparison.Ordinal);
    }

    private async Task ExpectFailureAsync(string why, string text)
    {
        using var browser = _portal.CreateBrowserClient();
        using var answer = await _fixture.SignInAsync(browser, "/expiry");
        Assert.Equal((HttpStatusCode.Found, $"/login/failed?returnUrl=%2Fexpiry&why={why}"), (answer.StatusCode, answer.Headers.Location?.OriginalString));

        var html = WebUtility.HtmlDecode(await browser.GetStringAsync(answer.Headers.Location, Cancellation));
        Assert.Contains(text, html, StringComparison.Ordinal);
        Assert.Contains("href=\"/expiry\"", html, StringComparison.Ordinal);
        using var page = await browser.GetAsync("/ca-certificates", Cancellation);
        Assert.Equal(HttpStatusCode.Found, page.StatusCode);
    }
}
