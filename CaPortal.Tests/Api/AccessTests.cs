using System.Net;
using System.Text.RegularExpressions;
using CaPortal.Tests.Testing;
using static CaPortal.Tests.Api.ApiFixture;

namespace CaPortal.Tests.Api;

/// <summary>What protects the API and its description; who may call what is in <see cref="Access.EndpointTests"/>.</summary>
public sealed partial class AccessTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string Some = "0000000000000000000000000000000000000000000000000000000000000000";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Change_WithCookieAlone_IsRefusedAndWithTheTokenOfAPageMade()
    {
        using var browser = api.Portal.CreateBrowserClient();
        (await browser.SubmitFormAsync(api.Portal.SignInLink, Cancellation)).Dispose();
        using var root = TestCertificates.Root();
        await ExpectAsync(200, browser.GetAsync(CertificatesPath, Cancellation));

        await ExpectAsync(400, browser.PostAsync(CertificatesPath, Form(TestFiles.Pem(root)), Cancellation));
        await ExpectAsync(
            400,
            browser.PostAsync(CertificatesPath, Form(TestFiles.Pem(root), ("__RequestVerificationToken", await TokenAsync(browser))), Cancellation));
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
