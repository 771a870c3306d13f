using System.Net;
using System.Text.Json.Nodes;
using CaPortal.Core;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Hosting;

/// <summary>The address at which people open the portal, behind a proxy that passes on less than it could.</summary>
public sealed class PublicUrlTests : IAsyncDisposable
{
    private readonly PortalFactory _portal = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _portal.DisposeAsync();

    [Theory]
    [InlineData("https://portal.corp", "https://portal.corp/")]
    [InlineData("https://portal.corp/caportal", "https://portal.corp/caportal/")]
    [InlineData("HTTP://Portal.Corp:8080/a/b-1/", "http://portal.corp:8080/a/b-1/")]
    [InlineData("https://[2001:db8::1]/", "https://[2001:db8::1]/")]
    public void Address_ThatPeopleCanOpen_IsTaken(string text, string expected)
    {
        var options = new CoreOptions { PublicUrl = text };

        Assert.True(new PublicUrl.Validator().Validate(null, options).Succeeded);
        Assert.Equal(expected, options.ResolvedPublicUrl?.AbsoluteUri);
    }

    [Theory]
    [InlineData("portal.corp")]
    [InlineData("/caportal/")]
    [InlineData("ftp://portal.corp/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("https://anna:hidden@portal.corp/")]
    [InlineData("https://portal.corp/?a=hidden")]
    [InlineData("https://portal.corp/?")]
    [InlineData("https://portal.corp/#hidden")]
    [InlineData("https://portal.corp/a;b/")]
    [InlineData("https://portal.corp/a//b/")]
    [InlineData("https://portal.corp/%2e%2e%2f/")]
    [InlineData("https://portal.corp:99999/")]
    public void Address_ThatIsNone_IsRefusedInOneSentenceWithoutItsValue(string text)
    {
        var options = new CoreOptions { PublicUrl = text };
        var result = new PublicUrl.Validator().Validate(null, options);

        Assert.Null(options.ResolvedPublicUrl);
        Assert.StartsWith(
            "CaPortal:PublicUrl must be the whole http or https address at which people open the portal",
            Assert.Single(result.Failures!),
            StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", result.FailureMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WithAWrongAddress_IsRefused()
    {
        await using var portal = new ProcessUnderTest(["--CaPortal:PublicUrl=portal.corp"]);

        Assert.Equal(78, await portal.ExitCodeAsync(Cancellation));
        Assert.Contains("CaPortal:PublicUrl must be the whole http or https address", portal.ErrorOutput, StringComparison.Ordinal);
    }

    /// <summary>A proxy passes the sub-path on, or takes it away; and sends X-Forwarded-Proto, or does not.</summary>
    [Theory]
    [InlineData("/caportal")]
    [InlineData("")]
    public async Task SubPath_PassedOnOrNot_IsInEveryAddressAndCookie(string passedOn)
    {
        using var client = Start("https://portal.corp/caportal/", "portal.corp");

        using var start = await client.GetAsync($"{passedOn}/", Cancellation);
        Assert.StartsWith("/caportal/", LocationOf(start), StringComparison.Ordinal);
        Assert.Equal(["max-age=31536000"], start.Headers.GetValues("Strict-Transport-Security"));
        using var page = await client.GetAsync($"{passedOn}/ca-certificates?show=found", Cancellation);
        Assert.Equal("/caportal/login?returnUrl=%2Fcaportal%2Fca-certificates%3Fshow%3Dfound", LocationOf(page));

        using var signIn = await client.GetAsync($"{passedOn}/login?t={TokenOf(_portal.SignInLink)}", Cancellation);
        var html = await signIn.Content.ReadAsStringAsync(Cancellation);
        Assert.Contains("<base href=\"/caportal/\"", html, StringComparison.Ordinal);
        Assert.DoesNotMatch("(href|src|action)=\"/(?!caportal/)", html);
        Assert.All(signIn.Headers.GetValues("Set-Cookie"), c => Assert.Contains("path=/caportal; secure", c, StringComparison.Ordinal));
        using var unknown = await client.GetAsync($"{passedOn}/api/v1/unknown", Cancellation);
        Assert.Equal(HttpStatusCode.Unauthorized, unknown.StatusCode);
    }

    [Theory]
    [InlineData("/caportal")]
    [InlineData("")]
    public async Task SigningIn_BelowASubPath_LeadsToThePageThatWasAskedFor(string passedOn)
    {
        using var client = Start("https://portal.corp/caportal/", "portal.corp");
        var (answer, cookie) = await SignInAsync(client, passedOn, "/caportal/expiry");
        using (answer)
            Assert.Equal("/caportal/expiry", LocationOf(answer));

        client.DefaultRequestHeaders.Add("Cookie", cookie);
        foreach (var path in (string[])["/", "/ca-certificates"])
        {
            using var page = await client.GetAsync($"{passedOn}{path}", Cancellation);
            var html = await page.Content.ReadAsStringAsync(Cancellation);
            Assert.Equal(HttpStatusCode.OK, page.StatusCode);
            Assert.Contains("<base href=\"/caportal/\"", html, StringComparison.Ordinal);
            Assert.DoesNotMatch("(href|src|action)=\"/(?!caportal/)", html);
        }

        using var unknown = await client.GetAsync($"{passedOn}/no/such/page", Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    /// <summary>Other paths of the host may be other applications.</summary>
    [Theory]
    [InlineData("/other/page")]
    [InlineData("/caportalx")]
    [InlineData("//evil.example/")]
    [InlineData("https://evil.example/")]
    [InlineData("/caportal/../other/phish")]
    [InlineData("/caportal/%2e%2E/other")]
    [InlineData("/caportal/..\\..\\/evil.example")]
    public async Task SigningIn_WithAnAddressOutsideTheSubPath_LeadsHome(string returnUrl)
    {
        using var client = Start("https://portal.corp/caportal/", "portal.corp");
        var (answer, _) = await SignInAsync(client, "", returnUrl);
        using (answer)
            Assert.Equal("/caportal/", LocationOf(answer));
    }

    [Fact]
    public async Task Api_BelowASubPath_NamesItselfWithIt()
    {
        using var client = Start("https://portal.corp/caportal/", "portal.corp");
        client.DefaultRequestHeaders.Authorization = new("Bearer", PortalFactory.ApiKey);

        var document = JsonNode.Parse(await client.GetStringAsync("/caportal/openapi/v1.json", Cancellation))!;
        Assert.Equal("https://portal.corp/caportal", ((string?)document["servers"]![0]!["url"])?.TrimEnd('/'));
        using var root = TestCertificates.Root();
        using var content = new MultipartFormDataContent { { new ByteArrayContent(TestFiles.Pem(root)), "file", "root.pem" } };
        using var added = await client.PostAsync("/api/v1/ca-certificates", content, Cancellation);
        Assert.Equal(HttpStatusCode.Created, added.StatusCode);
        Assert.StartsWith("/caportal/api/v1/ca-certificates/", LocationOf(added), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Link_IsPrintedForTheAddress()
    {
        using var client = Start("https://portal.corp/caportal", "portal.corp");

        Assert.StartsWith("https://portal.corp/caportal/login?t=", _portal.SignInLink.AbsoluteUri, StringComparison.Ordinal);
        await using var command = new ProcessUnderTest(["sign-in-link", $"--CaPortal:DataDirectory={_portal.DataDirectory}"]);
        Assert.StartsWith("Sign in: https://portal.corp/caportal/login?t=", await command.NextLineAsync(Cancellation), StringComparison.Ordinal);
    }

    /// <summary>The name is accepted where the portal listens for its machine alone; other names stay refused, by which pages of strangers could ask.</summary>
    [Theory]
    [InlineData("portal.corp", HttpStatusCode.OK)]
    [InlineData("PORTAL.corp:8443", HttpStatusCode.OK)]
    [InlineData("localhost", HttpStatusCode.OK)]
    [InlineData("evil.example", HttpStatusCode.BadRequest)]
    [InlineData("portal.corp.evil.example", HttpStatusCode.BadRequest)]
    public async Task HostName_OtherThanTheAddressAndLoopback_IsRefused(string host, HttpStatusCode expected)
    {
        using var client = Start("https://portal.corp:8443/", host);
        using var answer = await client.GetAsync("/login", Cancellation);

        Assert.Equal(expected, answer.StatusCode);
        // What is asked for directly is what it is.
        Assert.Equal(
            host.StartsWith("portal", StringComparison.OrdinalIgnoreCase) && expected == HttpStatusCode.OK,
            answer.Headers.Contains("Strict-Transport-Security"));
    }

    [Theory]
    [InlineData("https://portal.corp", "127.0.0.1:5080", HttpStatusCode.OK)]
    [InlineData("https://portal.corp", "portal.corp", HttpStatusCode.OK)]
    [InlineData("https://portal.corp", "portal.corp:443", HttpStatusCode.OK)]
    [InlineData("http://portal.corp", "portal.corp", HttpStatusCode.Forbidden)]
    [InlineData("https://portal.corp:8443", "portal.corp", HttpStatusCode.Forbidden)]
    [InlineData("https://evil.example", "portal.corp", HttpStatusCode.Forbidden)]
    [InlineData("null", "portal.corp", HttpStatusCode.Forbidden)]
    public async Task Connection_OfAPageAtTheAddress_IsAcceptedWhateverHostTheProxySends(string origin, string host, HttpStatusCode expected)
    {
        using var client = Start("https://portal.corp/", host);
        client.DefaultRequestHeaders.Add("Origin", origin);
        client.DefaultRequestHeaders.Add("Cookie", (await SignInAsync(client, "")).Cookie);
        using var answer = await client.PostAsync("/_blazor/negotiate?negotiateVersion=1", null, Cancellation);

        Assert.Equal(expected, answer.StatusCode);
    }

    private static string LocationOf(HttpResponseMessage answer) => answer.Headers.Location!.OriginalString;

    private static string TokenOf(Uri link) => link.Query["?t=".Length..];

    private HttpClient Start(string publicUrl, string host)
    {
        var client = _portal.With("CaPortal:PublicUrl", publicUrl).CreateAnonymousClient();
        client.DefaultRequestHeaders.Host = host;
        client.DefaultRequestHeaders.Add("Accept", "text/html");
        return client;
    }

    /// <summary>Signs in as a browser does behind a proxy that takes the sub-path away, or does not.</summary>
    private async Task<(HttpResponseMessage Answer, string Cookie)> SignInAsync(HttpClient client, string passedOn, string? returnUrl = null)
    {
        var address = $"{passedOn}/login?t={TokenOf(_portal.SignInLink)}{(returnUrl is null ? "" : $"&returnUrl={Uri.EscapeDataString(returnUrl)}")}";
        using var page = await client.GetAsync(address, Cancellation);
        var form = System.Text.RegularExpressions.Regex.Match(
            await page.Content.ReadAsStringAsync(Cancellation),
            "name=\"(?<name>__[^\"]+)\" value=\"(?<value>[^\"]+)\"");
        using var request = new HttpRequestMessage(HttpMethod.Post, address)
        {
            Content = new FormUrlEncodedContent([new(form.Groups["name"].Value, form.Groups["value"].Value)]),
            Headers = { { "Cookie", CookiesOf(page) } },
        };
        var answer = await client.SendAsync(request, Cancellation);
        return (answer, CookiesOf(answer));
    }

    private static string CookiesOf(HttpResponseMessage answer) => string.Join("; ", answer.Headers.GetValues("Set-Cookie").Select(c => c.Split(';')[0]));
}
