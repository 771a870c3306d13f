using System.Reflection;
using System.Text;
using CaPortal.Authentication;
using CaPortal.Components;
using CaPortal.Core.Access;
using CaPortal.Core.ApiKeys;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Probing;
using CaPortal.Tests.Testing;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CaPortal.Tests.Browser;

/// <summary>Names that the person who made a certificate chose, on every page there is.</summary>
public sealed class HostileNamesTests(BrowserFixture browser)
{
    private const string Text = "=cmd|' /C calc'!A0<img src=x onerror=document.title='owned'>\u202Etoor";
    private const string Name = $"{Text}\u0007\r\nforged";

    // Of a page: no element that the name would have made, and no character that changes how others are drawn.
    private const string Harm =
        """
        () => [
            ...[...document.querySelectorAll("img")].filter(i => i.getAttribute("src") === "x").map(() => "element"),
            ...(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u200b\u202a-\u202e\u2066-\u2069]/.test(document.documentElement.innerText) ? ["character"] : []),
            ...[...document.querySelectorAll("[title], [aria-label]")].filter(e => /[\u202a-\u202e]/.test(`${e.title}${e.ariaLabel}`)).map(e => e.outerHTML),
            ...(document.title === "owned" ? ["script"] : [])]
        """;

    private static readonly string[] WithoutNames = ["/programs", "/settings", "/approvals", "/not-found", "/ca-certificates/compare"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static IEnumerable<string> Pages =>
        typeof(App)
            .Assembly.GetTypes()
            .SelectMany(t => t.GetCustomAttributes<RouteAttribute>())
            .Select(r => r.Template)
            .Where(t => !t.Contains('{', StringComparison.Ordinal));

    [Theory]
    [InlineData("/no-access", "Another.Role")]
    [InlineData("/settings", AppRoles.Administrator)]
    public async Task Page_OfAPersonWithAHostileName_ShowsItHarmless(string page, string role)
    {
        await using var portal = new PortalFactory();
        using var browser = portal.CreateBrowserClient(role, Text);
        var person = TestCore.Anna with { Name = Text };
        var keys = portal.Services.GetRequiredService<ApiKeyService>();
        var made = Assert.IsType<ApiKeyOutcome.Created>(await keys.CreateAsync("deploy", Role.Reader, null, person, Cancellation));
        await keys.CreateAsync("backup", Role.Reader, null, person, Cancellation);
        await keys.RevokeAsync(made.Summary.Id, person, Cancellation);

        using var answer = await browser.GetAsync(page, Cancellation);
        var html = await answer.Content.ReadAsStringAsync(Cancellation);

        Assert.Contains("u{202E}toor", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<img src=x", html, StringComparison.Ordinal);
        Assert.DoesNotContain('\u202E', html);
        Assert.DoesNotContain("&#x202E;", html, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task EveryPageToastAndLogLine_WithHostileNames_IsHarmless()
    {
        var log = new LogLines();
        await using var portal = new PortalFactory()
            .With("CaPortal:BackEnds:TestEvery", "00:00:00")
            .WithServices(services => services.AddSingleton<ILoggerProvider>(log));
        using var api = portal.CreateApiClient();
        var ending = new RawCertificate
        {
            NotAfter = RawCertificate.Utc($"{TestCertificates.Yesterday.AddDays(90):yyMMddHHmmss}Z"),
            Name = RawCertificate.CommonName(0x0C, Encoding.UTF8.GetBytes(Name)),
        }.Build();
        var gone = new RawCertificate { Name = RawCertificate.CommonName(0x0C, Encoding.UTF8.GetBytes($"{Name}2")) }.Build();
        foreach (var certificate in (byte[][])[ending, gone])
        {
            using var added = await api.PostAsync(
                Api.ApiFixture.CertificatesPath,
                Api.ApiFixture.Form(certificate, ("reason", Text), ("storeName", "Root")),
                Cancellation);
            Assert.True(added.IsSuccessStatusCode, await added.Content.ReadAsStringAsync(Cancellation));
        }

        using var refused = await api.PostAsync(
            Api.ApiFixture.CertificatesPath,
            Api.ApiFixture.Form("no certificate"u8.ToArray(), ("reason", Text), ("storeName", "Root")),
            Cancellation);
        Assert.False(refused.IsSuccessStatusCode);

        using var deleted = await api.DeleteAsync(
            $"{Api.ApiFixture.CertificatesPath}/{Core.Certificates.Thumbprints.Sha256(gone)}?reason={Uri.EscapeDataString(Text)}",
            Cancellation);
        Assert.True(deleted.IsSuccessStatusCode);
        Assert.True(BackEndAddress.TryParse("payments.corp", null, out var address, out _));
        await portal.Services.GetRequiredService<BackEndService>().AddAsync([new BackEndDraft(address!, Text)], TestCore.Anna, Cancellation);

        await using var session = await browser.NewSessionAsync(portal);
        await session.SignInAsync();
        Assert.True(Pages.Count() >= 5);
        var shown = $"Root-{Core.Certificates.Thumbprints.Sha256(ending)}";
        foreach (var page in Pages.Append($"/ca-certificates/{shown.Replace("Root-", "root/", StringComparison.Ordinal)}")
            .Append($"/ca-certificates/compare?first={shown}&second={shown}"))
        {
            await session.Page.GotoAsync(page);
            await session.WaitUntilInteractiveAsync();
            if (!WithoutNames.Contains(page))
                await Expect(session.Page.GetByText("toor").Filter(new() { Visible = true }).First).ToBeVisibleAsync();
            Assert.Empty(await session.Page.EvaluateAsync<string[]>(Harm));
        }

        await session.Page.GotoAsync("/back-ends");
        await session.WaitUntilInteractiveAsync();
        await session.Page.GetByRole(AriaRole.Button, new() { Name = "Test now", Exact = true }).ClickAsync();
        await Expect(session.Page.Locator(".mud-snackbar")).ToBeVisibleAsync();
        Assert.Empty(await session.Page.EvaluateAsync<string[]>(Harm));
        session.AssertNoComplaints();

        // The log speaks of counts, places and people, and of no name that somebody else chose.
        Assert.Contains(log.All, line => line.Contains("certificates added", StringComparison.Ordinal));
        Assert.DoesNotContain(log.All, line => line.Contains("toor", StringComparison.Ordinal) || line.Contains("forged", StringComparison.Ordinal));
    }
}
