using System.Net;
using System.Net.Http.Headers;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace CaPortal.Tests.Authentication;

public sealed class SignInTests : IClassFixture<SharedPortal>, IAsyncDisposable
{
    private readonly PortalFactory _shared;
    private readonly PortalFactory _portal;
    private readonly FakeTimeProvider _time = FakeTime.FromNow();

    public SignInTests(SharedPortal shared)
    {
        _shared = shared.Portal;
        _portal = new PortalFactory().WithServices(s => s.AddSingleton<TimeProvider>(_time));
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _portal.DisposeAsync();

    [Fact]
    public async Task Link_OpenedAndConfirmed_SignsInWithAGuardedCookie()
    {
        using var browser = _portal.CreateBrowserClient();
        using var answer = await browser.SubmitFormAsync(_portal.SignInLink, Cancellation);

        Assert.Equal(HttpStatusCode.Found, answer.StatusCode);
        Assert.Equal("/", answer.Headers.Location?.OriginalString);
        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"), c => !c.StartsWith("caportal_form", StringComparison.Ordinal));
        Assert.Contains("; httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("; samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        using var page = await browser.GetAsync("/ca-certificates", Cancellation);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
    }

    [Fact]
    public async Task Link_OpenedOnly_NeitherSignsInNorShowsTheTokenNorUsesItUp()
    {
        using var browser = _portal.CreateBrowserClient();
        var link = _portal.SignInLink;
        var html = await browser.GetStringAsync(link, Cancellation);

        Assert.DoesNotContain(link.Query[3..], html, StringComparison.Ordinal);
        using (var page = await browser.GetAsync("/ca-certificates", Cancellation))
            Assert.Equal(HttpStatusCode.Found, page.StatusCode);
        using var answer = await browser.SubmitFormAsync(link, Cancellation);
        Assert.Equal(HttpStatusCode.Found, answer.StatusCode);
    }

    [Fact]
    public async Task Link_UsedBefore_SaysSoAndHasANewOnePrinted()
    {
        using var browser = _portal.CreateBrowserClient();
        var used = _portal.SignInLink;
        (await browser.SubmitFormAsync(used, Cancellation)).Dispose();
        using var other = _portal.CreateBrowserClient();

        Assert.Contains("has been used already", await other.GetStringAsync(used, Cancellation), StringComparison.Ordinal);
        using var printed = await other.SubmitFormAsync(used, Cancellation);
        Assert.Equal("/login?printed=1", printed.Headers.Location?.OriginalString);

        Assert.NotEqual(used, _portal.SignInLink);
        using var answer = await other.SubmitFormAsync(_portal.SignInLink, Cancellation);
        Assert.Equal(HttpStatusCode.Found, answer.StatusCode);
    }

    [Fact]
    public async Task Link_ExpiredBetweenOpeningAndConfirming_IsRefused()
    {
        using var browser = _portal.CreateBrowserClient();
        var link = _portal.SignInLink;
        var (address, form) = await FormAsync(browser, link);
        _time.Advance(TimeSpan.FromMinutes(10));
        using var answer = await browser.PostAsync(address, form, Cancellation);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Contains("expired", await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.DoesNotContain(answer.Headers.NonValidated, h => h.Key == "Set-Cookie");
    }

    [Fact]
    public async Task Link_SentByAnotherSite_IsRefusedWithoutAntiforgeryToken()
    {
        using var browser = _shared.CreateBrowserClient();
        using var answer = await browser.PostAsync(_shared.SignInLink, new FormUrlEncodedContent([]), Cancellation);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Theory]
    [InlineData("/ca-certificates?store=Root", "/ca-certificates?store=Root")]
    [InlineData("https://elsewhere.example/", "/")]
    [InlineData("//elsewhere.example/", "/")]
    [InlineData("/\\elsewhere.example/", "/")]
    [InlineData("/\t/elsewhere.example/", "/")]
    [InlineData("elsewhere", "/")]
    [InlineData("/é", "/")]
    public async Task ReturnUrl_AfterSigningIn_LeadsOnlyIntoThePortal(string returnUrl, string expected)
    {
        using var browser = _shared.CreateBrowserClient();
        using var answer = await browser.SubmitFormAsync(new Uri($"{_shared.SignInLink}&returnUrl={Uri.EscapeDataString(returnUrl)}"), Cancellation);

        Assert.Equal((HttpStatusCode.Found, expected), (answer.StatusCode, answer.Headers.Location?.OriginalString));
    }

    [Fact]
    public async Task WrongTokens_ManyInAMinute_AreSlowedDownWithoutHarmToOthers()
    {
        _portal.With("CaPortal:Authentication:AttemptsPerMinute", "3");
        using var browser = _portal.CreateBrowserClient();
        for (var attempt = 0; attempt < 3; attempt++)
            Assert.Contains("does not work", await browser.GetStringAsync($"/login?t=guess{attempt}", Cancellation), StringComparison.Ordinal);
        using var refused = await browser.GetAsync("/login?t=guess", Cancellation);

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
        using var page = await browser.GetAsync("/login", Cancellation);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);

        // Who has the right link is not held up.
        using var signedIn = await browser.SubmitFormAsync(_portal.SignInLink, Cancellation);
        Assert.Equal((HttpStatusCode.Found, "/"), (signedIn.StatusCode, signedIn.Headers.Location?.OriginalString));
    }

    [Fact]
    public async Task WrongTokens_AskedByPagesOfOtherSites_DoNotLockTheAdministratorOut()
    {
        _portal.With("CaPortal:Authentication:AttemptsPerMinute", "3");
        using var browser = _portal.CreateBrowserClient();
        for (var attempt = 0; attempt < 5; attempt++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/login?t=guess{attempt}") { Headers = { { "Sec-Fetch-Site", "cross-site" } } };
            using var answer = await browser.SendAsync(request, Cancellation);
            Assert.DoesNotContain("does not work", await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        }

        using var signedIn = await browser.SubmitFormAsync(_portal.SignInLink, Cancellation);
        Assert.Equal(HttpStatusCode.Found, signedIn.StatusCode);
    }

    [Theory]
    [InlineData("/login?t=token")]
    [InlineData("/login/new-link")]
    [InlineData("/logout")]
    public async Task Form_ThatCannotBeRead_IsNeverAFailureOfThePortal(string path)
    {
        using var browser = _shared.CreateBrowserClient();
        (await browser.GetAsync(_shared.SignInLink, Cancellation)).Dispose();
        foreach (var (form, characters) in ((string, string)[])[("returnUrl=%2F%00", "us-ascii"), ("a=b", "utf-7")])
        {
            using var body = new StringContent(form, new MediaTypeHeaderValue("application/x-www-form-urlencoded", characters));
            using var answer = await browser.PostAsync(path, body, Cancellation);
            Assert.InRange((int)answer.StatusCode, 300, 499);
        }
    }

    [Theory]
    [InlineData("http://evil.example", HttpStatusCode.Forbidden)]
    [InlineData("null", HttpStatusCode.Forbidden)]
    [InlineData(null, HttpStatusCode.OK)]
    public async Task Circuit_OpenedByAPage_IsForThePortalsOwnAlone(string? origin, HttpStatusCode expected)
    {
        using var browser = _shared.CreateBrowserClient();
        (await browser.SubmitFormAsync(_shared.SignInLink, Cancellation)).Dispose();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/_blazor/negotiate?negotiateVersion=1");
        request.Headers.Add("Origin", origin ?? _shared.Address.GetLeftPart(UriPartial.Authority));
        using var answer = await browser.SendAsync(request, Cancellation);

        Assert.Equal(expected, answer.StatusCode);
    }

    [Fact]
    public async Task NewLinks_ManyInAMinute_AreRefused()
    {
        _portal.With("CaPortal:Authentication:NewLinksPerMinute", "1");
        using var browser = _portal.CreateBrowserClient();
        (await browser.SubmitFormAsync("/login", Cancellation)).Dispose();
        using var refused = await browser.SubmitFormAsync("/login", Cancellation);

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
    }

    [Fact]
    public async Task SignOut_Confirmed_EndsCopiesOfTheCookieToo()
    {
        using var browser = _shared.CreateBrowserClient();
        using var signedIn = await browser.SubmitFormAsync(_shared.SignInLink, Cancellation);
        var copy = signedIn.Headers.GetValues("Set-Cookie").First(c => !c.StartsWith("caportal_form", StringComparison.Ordinal)).Split(';')[0];
        using var signedOut = await browser.SubmitFormAsync("/logout", Cancellation);
        Assert.Equal("/signed-out", signedOut.Headers.Location?.OriginalString);

        using var thief = _shared.CreateAnonymousClient();
        thief.DefaultRequestHeaders.Add("Cookie", copy);
        using var page = await thief.GetAsync("/ca-certificates", Cancellation);
        Assert.Equal(HttpStatusCode.Found, page.StatusCode);
    }

    [Fact]
    public async Task SignOut_BeforeARestart_EndsCopiesOfTheCookieForGood()
    {
        using var data = new TemporaryDirectory();
        string ended,
            open;
        await using (
            var before = new PortalFactory().With("CaPortal:DataDirectory", data.Path).With("CaPortal:Authentication:BrowserToken", new string('t', 40)))
        {
            ended = await SignInAsync(before, signOut: true);
            open = await SignInAsync(before, signOut: false);
        }

        await using var after = new PortalFactory().With("CaPortal:DataDirectory", data.Path);
        Assert.Equal(HttpStatusCode.Found, await StatusAsync(after, ended));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(after, open));

        static async Task<string> SignInAsync(PortalFactory portal, bool signOut)
        {
            using var browser = portal.CreateBrowserClient();
            using var signedIn = await browser.SubmitFormAsync(portal.SignInLink, Cancellation);
            if (signOut)
                (await browser.SubmitFormAsync("/logout", Cancellation)).Dispose();
            return signedIn.Headers.GetValues("Set-Cookie").First(c => !c.StartsWith("caportal_form", StringComparison.Ordinal)).Split(';')[0];
        }

        static async Task<HttpStatusCode> StatusAsync(PortalFactory portal, string cookie)
        {
            using var client = portal.CreateAnonymousClient();
            client.DefaultRequestHeaders.Add("Cookie", cookie);
            using var page = await client.GetAsync("/ca-certificates", Cancellation);
            return page.StatusCode;
        }
    }

    [Fact]
    public async Task SignOut_WithoutAntiforgeryToken_AsksFirst()
    {
        using var browser = _shared.CreateBrowserClient();
        (await browser.SubmitFormAsync(_shared.SignInLink, Cancellation)).Dispose();
        using var answer = await browser.PostAsync("/logout", null, Cancellation);

        Assert.Equal("/logout", answer.Headers.Location?.OriginalString);
        using var page = await browser.GetAsync("/ca-certificates", Cancellation);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
    }

    [Fact]
    public async Task Session_AfterItsLifetime_AsksToSignInAgain()
    {
        using var browser = _portal.CreateBrowserClient();
        (await browser.SubmitFormAsync(_portal.SignInLink, Cancellation)).Dispose();
        _time.Advance(TimeSpan.FromHours(8));
        using var page = await browser.GetAsync("/ca-certificates", Cancellation);

        Assert.StartsWith("/login", page.Headers.Location?.OriginalString, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(PortalFactory.ApiKey, HttpStatusCode.NotFound)]
    [InlineData("wrong", HttpStatusCode.Unauthorized)]
    [InlineData("a.b.c", HttpStatusCode.Unauthorized)]
    [InlineData("", HttpStatusCode.Unauthorized)]
    public async Task Api_WithBearer_KnowsTheKeyAlone(string bearer, HttpStatusCode expected)
    {
        using var client = _shared.CreateAnonymousClient();
        client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", $"Bearer {bearer}");
        using var answer = await client.GetAsync("/api/v1/no-such-resource", Cancellation);

        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task Api_WithoutSettingOfAKey_AcceptsNoEmptyOne()
    {
        _portal.With("CaPortal:Authentication:ApiKey", "");
        using var client = _portal.CreateAnonymousClient();
        client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "Bearer ");
        using var answer = await client.GetAsync("/api/v1/no-such-resource", Cancellation);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Contains("Bearer", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Api_WithAStaleCookie_IsAStatusAndNoRedirect()
    {
        using var client = _shared.CreateAnonymousClient();
        client.DefaultRequestHeaders.Add("Cookie", "caportal_x=stale");
        using var answer = await client.GetAsync("/api/v1/no-such-resource", Cancellation);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task Page_WithTheApiKey_StaysClosed()
    {
        using var client = _shared.CreateApiClient();
        using var answer = await client.GetAsync("/", Cancellation);

        Assert.Equal(HttpStatusCode.Found, answer.StatusCode);
    }

    [Theory]
    [InlineData("localhost", HttpStatusCode.OK)]
    [InlineData("127.0.0.1", HttpStatusCode.OK)]
    [InlineData("[::1]", HttpStatusCode.OK)]
    [InlineData("rebound.example", HttpStatusCode.BadRequest)]
    [InlineData("localhost.rebound.example", HttpStatusCode.BadRequest)]
    [InlineData("192.0.2.1", HttpStatusCode.BadRequest)]
    public async Task HostName_OfTheRequest_MustBeThisMachine(string host, HttpStatusCode expected)
    {
        using var client = _shared.CreateAnonymousClient();
        client.DefaultRequestHeaders.Host = $"{host}:{_shared.Address.Port}";
        using var answer = await client.GetAsync("/login", Cancellation);

        Assert.Equal(expected, answer.StatusCode);
    }

    [Theory]
    [InlineData("/_blazor/negotiate")]
    [InlineData("/_blazor")]
    public async Task Circuit_WithoutSignIn_IsRefused(string path)
    {
        using var client = _shared.CreateAnonymousClient();
        using var answer = await client.PostAsync(path, null, Cancellation);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    private static async Task<(Uri Address, HttpContent Form)> FormAsync(HttpClient client, Uri page)
    {
        var html = await client.GetStringAsync(page, Cancellation);
        var token = html.Split("__RequestVerificationToken\" value=\"")[1].Split('"')[0];
        return (page, new FormUrlEncodedContent([new("__RequestVerificationToken", token)]));
    }
}
