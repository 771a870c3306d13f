using System.Net;
using System.Text.RegularExpressions;
using CaPortal.Tests.Testing;
using static CaPortal.Tests.Api.ApiFixture;

namespace CaPortal.Tests.Api;

/// <summary>Who may do what.</summary>
public sealed partial class AccessTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string Some = "0000000000000000000000000000000000000000000000000000000000000000";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string, string, bool> Endpoints => new()
    {
        { "GET", "/api/v1/ca-certificates", false },
        { "GET", $"/api/v1/ca-certificates/{Some}", false },
        { "GET", $"/api/v1/ca-certificates/{Some}.cer", false },
        { "GET", $"/api/v1/ca-certificates/{Some}.pem", false },
        { "GET", "/api/v1/bundles/Root.pem", false },
        { "GET", "/api/v1/bundles/Root.p7b", false },
        { "GET", "/api/v1/bundles/Root.p12", false },
        { "GET", "/api/v1/found-certificates", false },
        { "GET", $"/api/v1/found-certificates/{Some}.cer", false },
        { "GET", $"/api/v1/found-certificates/{Some}.pem", false },
        { "GET", "/api/v1/operating-system-roots", false },
        { "GET", $"/api/v1/operating-system-roots/{Some}.cer", false },
        { "GET", $"/api/v1/operating-system-roots/{Some}.pem", false },
        { "GET", "/api/v1/trust-stores", false },
        { "GET", "/api/v1/snapshots", false },
        { "GET", "/api/v1/snapshots/1", false },
        { "GET", "/api/v1/back-ends", false },
        { "GET", "/api/v1/back-ends/1", false },
        { "GET", "/openapi/v1.json", false },
        { "GET", "/api/v1/expiry", false },
        { "GET", "/api/v1/expiry.ics", false },
        { "GET", "/api/v1/alerts", false },
        { "GET", "/metrics", false },
        { "GET", "/api/v1/api-keys", true },
        { "POST", "/api/v1/api-keys", true },
        { "DELETE", "/api/v1/api-keys/1", true },
        { "POST", "/api/v1/ca-certificates", true },
        { "POST", "/api/v1/ca-certificates/inspect", true },
        { "POST", "/api/v1/trust-stores/verify", true },
        { "POST", "/api/v1/trust-stores/pem-bundle/verify", true },
        { "POST", "/api/v1/trust-stores/repair", true },
        { "POST", "/api/v1/trust-stores/pem-bundle/repair", true },
        { "POST", "/api/v1/snapshots/1/restore", true },
        { "POST", "/api/v1/alerts/1/dismiss", true },
        { "DELETE", $"/api/v1/ca-certificates/{Some}", true },
        { "POST", "/api/v1/found-certificates/adopt", true },
        { "POST", "/api/v1/found-certificates/remove", true },
        { "POST", "/api/v1/back-ends", true },
        { "PUT", "/api/v1/back-ends/1", true },
        { "DELETE", "/api/v1/back-ends/1", true },
        { "POST", "/api/v1/back-ends/1/test", true },
        { "POST", "/api/v1/back-ends/test", true },
        { "POST", "/api/v1/back-ends/probe", true },
    };

    [Theory]
    [MemberData(nameof(Endpoints))]
    public async Task Endpoint_ForEachCaller_IsOpenToItsRoleAlone(string method, string path, bool administratorsOnly)
    {
        await ExpectAsync(401, SendAsync(api.Nobody, method, path), "Unauthenticated");
        await ExpectAsync(403, SendAsync(api.WithoutRole, method, path), "Forbidden");
        if (administratorsOnly)
            await ExpectAsync(403, SendAsync(api.Reader, method, path), "Forbidden");
        foreach (var client in administratorsOnly ? [api.Administrator] : new[] { api.Reader, api.Administrator })
        {
            using var answer = await SendAsync(client, method, path);
            Assert.False((int)answer.StatusCode is 401 or 403, $"{answer.StatusCode}");
        }
    }

    [Fact]
    public async Task Change_WithCookieAlone_IsRefusedAndWithTheTokenOfAPageMade()
    {
        using var browser = api.Portal.CreateBrowserClient();
        (await browser.SubmitFormAsync(api.Portal.SignInLink, Cancellation)).Dispose();
        using var root = TestCertificates.Root();
        await ExpectAsync(200, browser.GetAsync(CertificatesPath, Cancellation));

        await ExpectAsync(400, browser.PostAsync(CertificatesPath, Form(TestFiles.Pem(root)), Cancellation));
        await ExpectAsync(400, browser.PostAsync(CertificatesPath, Form(TestFiles.Pem(root), ("__RequestVerificationToken", await TokenAsync(browser))), Cancellation));
        await ExpectAsync(400, browser.DeleteAsync($"{CertificatesPath}/{Some}", Cancellation));

        browser.DefaultRequestHeaders.Add("X-CSRF-TOKEN", await TokenAsync(browser));
        await ExpectAsync(201, browser.PostAsync(CertificatesPath, Form(TestFiles.Pem(root)), Cancellation));
    }

    [Theory]
    [InlineData("/api-reference/", "text/html")]
    [InlineData("/openapi/v1.json", "application/json")]
    public async Task Description_ToSignedInPeopleAlone_IsShown(string path, string type)
    {
        using var anonymous = await api.Nobody.GetAsync(path, Cancellation);
        using var browser = api.Portal.CreateBrowserClient();
        (await browser.SubmitFormAsync(api.Portal.SignInLink, Cancellation)).Dispose();
        using var answer = await browser.GetAsync(path, Cancellation);

        Assert.True((int)anonymous.StatusCode is 302 or 401, $"{anonymous.StatusCode}");
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.StartsWith(type, answer.Content.Headers.ContentType?.MediaType, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReferencePage_Whole_LoadsNothingFromElsewhereAndMarksItsScripts()
    {
        using var browser = api.Portal.CreateBrowserClient();
        (await browser.SubmitFormAsync(api.Portal.SignInLink, Cancellation)).Dispose();
        using var page = await browser.GetAsync("/api-reference/", Cancellation);
        var html = await page.Content.ReadAsStringAsync(Cancellation);
        var policy = Assert.Single(page.Headers.GetValues("Content-Security-Policy"));

        Assert.DoesNotContain("https://", html, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe-eval", policy, StringComparison.Ordinal);
        var nonce = Nonce().Match(policy).Groups[1].Value;
        Assert.All(Script().Matches(html), s => Assert.Contains($"nonce=\"{nonce}\"", WebUtility.HtmlDecode(s.Value), StringComparison.Ordinal));
    }

    private static async Task<string> TokenAsync(HttpClient browser)
    {
        var html = await browser.GetStringAsync("/logout", Cancellation);
        return html.Split("__RequestVerificationToken\" value=\"")[1].Split('"')[0];
    }

    [GeneratedRegex("'nonce-([^']+)'")]
    private static partial Regex Nonce();

    [GeneratedRegex("<script[^>]*>")]
    private static partial Regex Script();
}
