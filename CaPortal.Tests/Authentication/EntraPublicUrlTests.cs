using System.Net;
using Microsoft.AspNetCore.WebUtilities;

namespace CaPortal.Tests.Authentication;

/// <summary>Signing in with Microsoft Entra ID behind a proxy that takes the sub-path away and does not say which host was asked for.</summary>
[Collection(nameof(EntraFixture))]
public sealed class EntraPublicUrlTests(EntraFixture fixture)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("portal.corp")]
    [InlineData("10.0.0.5:5080")]
    public async Task Provider_SendsTheBrowserBackToThePublicAddress(string host)
    {
        Begin();
        await using var portal = fixture.Provider.CreatePortal().With("CaPortal:PublicUrl", "https://portal.corp/caportal/");
        using var client = portal.CreateAnonymousClient();
        client.DefaultRequestHeaders.Host = host;
        using var challenge = await client.GetAsync("/ca-certificates", Cancellation);

        Assert.Equal(HttpStatusCode.Found, challenge.StatusCode);
        Assert.Equal("https://portal.corp/caportal/signin-oidc", QueryHelpers.ParseQuery(challenge.Headers.Location!.Query)["redirect_uri"]);
    }

    [Fact]
    public async Task SigningIn_BelowASubPath_LeadsToThePageThatWasAskedFor()
    {
        Begin();
        await using var portal = fixture.Provider.CreatePortal().With("CaPortal:PublicUrl", "https://portal.corp/caportal/");
        using var client = portal.CreateAnonymousClient();
        client.DefaultRequestHeaders.Host = "portal.corp";
        using var challenge = await client.GetAsync("/ca-certificates?show=found", Cancellation);
        var cookies = challenge.Headers.GetValues("Set-Cookie").ToList();
        Assert.All(cookies, c => Assert.Contains("path=/caportal/signin-oidc", c, StringComparison.Ordinal));
        using var provider = fixture.Provider.CreateClient();
        using var answer = await provider.GetAsync(challenge.Headers.Location, Cancellation);

        // As the proxy passes it on.
        client.DefaultRequestHeaders.Add("Cookie", string.Join("; ", cookies.Select(c => c.Split(';')[0])));
        using var signedIn = await client.GetAsync($"/signin-oidc{answer.Headers.Location!.Query}", Cancellation);
        Assert.Equal("/caportal/ca-certificates?show=found", signedIn.Headers.Location?.OriginalString);
        Assert.Contains(signedIn.Headers.GetValues("Set-Cookie"), c => c.Contains("path=/caportal; secure", StringComparison.Ordinal));
    }

    /// <summary>What the library fetches of the provider is kept for the whole process, with the client of the first portal: that one must live on.</summary>
    private void Begin()
    {
        fixture.Reset();
        _ = fixture.Portal.Address;
    }
}
