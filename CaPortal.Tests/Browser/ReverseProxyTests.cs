using System.Net;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Browser;

/// <summary>The examples of docs/operations.md with the real proxies, and a browser in front of them.</summary>
public sealed class ReverseProxyTests(BrowserFixture browser)
{
    internal const string NginxRoot = "nginx: the portal at https://portal.corp/";
    private const string NginxSubPath = "nginx: the portal at https://portal.corp/caportal/";
    private const string NginxBehind = "nginx behind another proxy";
    private const string HaproxyRoot = "HAProxy: the portal at https://portal.corp/";
    internal const string HaproxySubPath = "HAProxy: the portal at https://portal.corp/caportal/";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(NginxRoot, "", false)]
    [InlineData(NginxSubPath, "caportal/", true)]
    [InlineData(HaproxyRoot, "", true)]
    [InlineData(HaproxySubPath, "caportal/", false)]
    public async Task Example_OfTheDocument_ServesThePortal(string example, string subPath, bool isLongPolling)
    {
        await using var portal = await ProxiedPortal.StartAsync(subPath, example);
        await portal.ClickThroughAsync(browser, isLongPolling);
    }

    [Fact]
    public async Task HaproxyInFrontOfNginx_ServesThePortalAndNobodyMakesUpTheirAddress()
    {
        await using var portal = await ProxiedPortal.StartAsync("", HaproxyRoot, NginxBehind);
        await portal.ClickThroughAsync(browser, isLongPolling: false);

        // Another address of this machine, so that the client is none of the proxies.
        using var client = portal.Client(IPAddress.Parse("127.0.0.9"));
        client.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.66");
        client.DefaultRequestHeaders.Authorization = new("Bearer", "a-wrong-key");
        using var answer = await client.GetAsync("api/v1/ca-certificates", Cancellation);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Contains(portal.Log.Lines, l => l.Contains("A wrong API key was used from 127.0.0.9 ", StringComparison.Ordinal));
    }
}
