using System.Net;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Authentication;
using CaPortal.Tests.Browser;
using CaPortal.Tests.Testing;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CaPortal.Tests.Authentication;

/// <summary>What becomes of people who are signed in when their access changes.</summary>
[Collection(nameof(EntraFixture))]
public sealed class EntraSessionTests
{
    private const string Ended = "/session-ended?returnUrl=%2Fca-certificates";

    private readonly BrowserFixture _browser;
    private readonly EntraFixture _fixture;
    private readonly EntraProvider _entra;
    private readonly PortalFactory _portal;

    public EntraSessionTests(BrowserFixture browser, EntraFixture fixture)
    {
        (_browser, _fixture, _entra, _portal) = (browser, fixture, fixture.Provider, fixture.Portal);
        fixture.Reset();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(AppRoles.Administrator, AppRoles.Reader)]
    [InlineData(AppRoles.Administrator, null)]
    [InlineData(AppRoles.Reader, AppRoles.Administrator)]
    [InlineData(AppRoles.Reader, null)]
    public async Task Session_RoleChangedMeanwhile_EndsAndSaysWhy(string before, string? after)
    {
        _entra.User = ("alice@example.com", [before]);
        using var browser = await _fixture.SignedInAsync();
        _entra.User = ("alice@example.com", after is null ? [] : [after]);
        using (var soon = await browser.GetAsync("/ca-certificates", Cancellation))
            Assert.Equal(HttpStatusCode.OK, soon.StatusCode);
        _fixture.LetCheckBeDue();

        await ExpectEndedAsync(browser, "Your role in CaPortal was changed");
        using var again = await _fixture.SignInAsync(browser, "/login?returnUrl=%2Fca-certificates");
        Assert.Equal("/ca-certificates", again.Headers.Location?.OriginalString);
        using var page = await browser.GetAsync("/ca-certificates", Cancellation);
        Assert.Equal(after is null ? HttpStatusCode.Found : HttpStatusCode.OK, page.StatusCode);
    }

    [Fact]
    public async Task Session_GrantWithdrawn_EndsAndSaysWhy()
    {
        using var browser = await _fixture.SignedInAsync();
        _entra.RefreshRefusal = ("invalid_grant", "AADSTS50173: the grant was revoked.");
        _fixture.LetCheckBeDue();

        await ExpectEndedAsync(browser, "access was withdrawn");
    }

    public static TheoryData<TokenFlaws> Impostors => new()
    {
        new TokenFlaws { Account = "b5f0c7c1-0000-4000-8000-000000000003" },
        new TokenFlaws { Tenant = "00000000-0000-4000-8000-00000000000f", IsIssuedHere = true },
    };

    public static TheoryData<TokenFlaws> Invalid => new()
    {
        new TokenFlaws { Audience = "00000000-0000-4000-8000-00000000000f" },
        new TokenFlaws { ClockOffset = TimeSpan.FromMinutes(-66) },
    };

    [Theory]
    [MemberData(nameof(Impostors))]
    public async Task Session_ConfirmedWithATokenOfSomebodyElse_Ends(TokenFlaws flaws)
    {
        using var browser = await _fixture.SignedInAsync();
        _entra.Flaws = flaws;
        _fixture.LetCheckBeDue();

        await ExpectEndedAsync(browser, "does not stand by this sign-in");
    }

    [Theory]
    [InlineData(null, null, "HttpRequestException")]
    [InlineData("invalid_client", "AADSTS7000222: the secret has expired.", "invalid_client AADSTS7000222)")]
    [InlineData("invalid_grant", "AADSTS50196: a client request loop.", "invalid_grant AADSTS50196)")]
    public async Task Session_ProviderCannotTell_GoesOnForABoundedTime(string? error, string? description, string told)
    {
        // A page that another test had open may still be asking about its own person.
        _entra.User = ("mona@example.com", [AppRoles.Administrator]);
        using var browser = await _fixture.SignedInAsync();
        _entra.IsDown = error is null;
        _entra.RefreshRefusal = error is null ? null : (error, description!);

        await ExpectToGoOnForABoundedTimeAsync(browser, told);
    }

    [Theory]
    [MemberData(nameof(Invalid))]
    public async Task Session_ConfirmedWithATokenThatIsNotValid_GoesOnForABoundedTime(TokenFlaws flaws)
    {
        _entra.User = ("mona@example.com", [AppRoles.Administrator]);
        using var browser = await _fixture.SignedInAsync();
        _entra.Flaws = flaws;

        await ExpectToGoOnForABoundedTimeAsync(browser, "SecurityTokenException");
    }

    [Fact]
    public async Task Session_ConfirmedWithATokenSignedByAnother_GoesOnForABoundedTime()
    {
        using var rsa = RSA.Create(2048);
        await Session_ConfirmedWithATokenThatIsNotValid_GoesOnForABoundedTime(new TokenFlaws { Key = new RsaSecurityKey(rsa) { KeyId = "tests" } });
    }

    private async Task ExpectToGoOnForABoundedTimeAsync(HttpClient browser, string told)
    {
        var before = _fixture.Log.Lines.Count;
        for (var minute = 0; minute < 14; minute += 7)
        {
            _fixture.Time.Advance(TimeSpan.FromMinutes(7));
            using var page = await browser.GetAsync("/ca-certificates", Cancellation);
            Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        }

        _fixture.Time.Advance(TimeSpan.FromMinutes(1));
        await ExpectEndedAsync(browser, "could not be reached for too long");
        Assert.Single(_fixture.Log.Lines.Skip(before), l =>
            l.Contains($"could not confirm that mona@example.com still has access ({told}", StringComparison.Ordinal));
        Assert.Single(_fixture.Log.Lines.Skip(before), l => l.Contains("session of mona@example.com has ended: Unconfirmed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Session_ProviderBackInTime_GoesOn()
    {
        using var browser = await _fixture.SignedInAsync();
        foreach (var isDown in new[] { true, false, true })
        {
            _entra.IsDown = isDown;
            _fixture.Time.Advance(TimeSpan.FromMinutes(10));
            using var page = await browser.GetAsync("/ca-certificates", Cancellation);
            Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        }
    }

    [Fact]
    public async Task Session_OfAPortalThatWasStartedAnew_GoesThroughTheProviderAgain()
    {
        using var browser = await _fixture.SignedInAsync();
        var ticket = await TicketAsync(browser);
        _portal.Services.GetRequiredService<SessionChecks>().Forget(ticket.Principal.FindFirstValue(PortalClaims.Session)!);

        using var program = await browser.GetAsync("/api/v1/unknown", Cancellation);
        Assert.Equal(HttpStatusCode.Unauthorized, program.StatusCode);
        using var answer = await _fixture.SignInAsync(browser);
        Assert.Equal("/ca-certificates", answer.Headers.Location?.OriginalString);
    }

    [Fact]
    public async Task Tokens_OfASession_StandNeitherInTheCookieNorOnTheDiskNorInTheLog()
    {
        using var browser = await _fixture.SignedInAsync();
        _fixture.LetCheckBeDue();
        (await browser.GetAsync("/ca-certificates", Cancellation)).Dispose();
        var ticket = await TicketAsync(browser);
        var written = string.Join('\n', [
            .. ticket.Principal.Claims.Select(c => c.Value),
            .. ticket.Properties.Items.Values,
            .. _fixture.Log.Lines,
            .. LiveFiles.In(_portal.DataDirectory).Select(f => System.Text.Encoding.Latin1.GetString(f.Content)),
        ]);

        Assert.Contains("alice@example.com", written, StringComparison.Ordinal);
        Assert.NotEmpty(_entra.Secrets);
        Assert.All(_entra.Secrets, s => Assert.DoesNotContain(s, written, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Portal_WithACertificateInPlaceOfTheSecret_SignsPeopleInAndAsksAgainOnceForAll()
    {
        using var folder = new TemporaryDirectory();
        using var key = RSA.Create(2048);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = new CertificateRequest("CN=portal", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(
            now.AddDays(-1),
            now.AddDays(1));
        await File.WriteAllBytesAsync(folder["portal.pfx"], certificate.Export(X509ContentType.Pfx, "password"), Cancellation);
        await using var entra = await EntraProvider.StartAsync(Cancellation);
        entra.ClientCertificate = certificate;
        await using var portal = entra.CreatePortal()
            .With("AzureAd:ClientSecret", "")
            .With("AzureAd:ClientCredentials:0:SourceType", "Path")
            .With("AzureAd:ClientCredentials:0:CertificateDiskPath", folder["portal.pfx"])
            .With("AzureAd:ClientCredentials:0:CertificatePassword", "password")
            .WithServices(services => services.AddSingleton<TimeProvider>(_fixture.Time));
        using var browser = portal.CreateBrowserClient();
        using var answer = await EntraFixture.SignInAsync(entra, browser);
        Assert.Equal("/ca-certificates", answer.Headers.Location?.OriginalString);

        _fixture.Time.Advance(TimeSpan.FromMinutes(1));
        var pages = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => browser.GetAsync("/settings", Cancellation)));
        Assert.All(pages, p => Assert.Equal(HttpStatusCode.OK, p.StatusCode));
        Array.ForEach(pages, p => p.Dispose());

        // All of them wait for one and the same question.
        Assert.Equal(1, entra.Refreshes);
        entra.User = ("alice@example.com", []);
        _fixture.Time.Advance(TimeSpan.FromMinutes(1));
        await ExpectEndedAsync(browser, "Your role in CaPortal was changed");
    }

    [Fact]
    public async Task OpenDialog_RoleTakenAway_IsTakenDownAndThePageSaysWhy()
    {
        await using var session = await _browser.NewSessionAsync(_portal);
        await session.Page.GotoAsync("/ca-certificates");
        await session.WaitUntilInteractiveAsync();
        var screen = new CertificatesScreen(session);
        await screen.OpenAddAsync();
        _entra.User = ("alice@example.com", [AppRoles.Reader]);
        _fixture.LetCheckBeDue();

        await Expect(session.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Your role in CaPortal was changed");
        await session.AssertAccessibleAsync();
        await session.Page.GetByRole(AriaRole.Link, new() { Name = "Sign in again" }).ClickAsync();
        await session.WaitUntilInteractiveAsync();
        Assert.EndsWith("/ca-certificates", session.Page.Url, StringComparison.Ordinal);
        await Expect(screen.Page.GetByRole(AriaRole.Main).GetByRole(AriaRole.Button, new() { NameRegex = new("^Add") })).ToHaveCountAsync(0);
        session.AssertNoComplaints();
    }

    private static async Task ExpectEndedAsync(HttpClient browser, string text)
    {
        using var program = await browser.GetAsync("/api/v1/unknown", Cancellation);
        Assert.Equal(HttpStatusCode.Unauthorized, program.StatusCode);
        using var page = await browser.GetAsync("/ca-certificates", Cancellation);
        Assert.Equal((HttpStatusCode.Found, Ended), (page.StatusCode, page.Headers.Location?.OriginalString));
        Assert.Contains(text, await browser.GetStringAsync(Ended, Cancellation), StringComparison.Ordinal);
    }

    /// <summary>What is in the browser's cookie.</summary>
    private async Task<AuthenticationTicket> TicketAsync(HttpClient browser)
    {
        using var answer = await _fixture.SignInAsync(browser, "/login");
        var options = _portal.Services.GetRequiredService<IOptionsMonitor<CookieAuthenticationOptions>>().Get(Schemes.Cookie);
        var cookie = answer.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith($"{options.Cookie.Name}=", StringComparison.Ordinal));
        return options.TicketDataFormat.Unprotect(cookie.Split(';')[0][(options.Cookie.Name!.Length + 1)..])!;
    }
}
