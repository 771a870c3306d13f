using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Hosting;

/// <summary>What one caller can take from all others.</summary>
public sealed class LimitsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task OpenPages_OfOneAccount_AreBoundedAndGivenBack()
    {
        await using var portal = new PortalFactory().With("CaPortal:Authentication:OpenPages", "2");
        var cookies = new CookieContainer();
        using var browser = new HttpClient(new HttpClientHandler { CookieContainer = cookies, AllowAutoRedirect = false }) { BaseAddress = portal.Address };
        (await browser.SubmitFormAsync(portal.SignInLink, Cancellation)).Dispose();

        using var first = await OpenAsync();
        using var second = await OpenAsync();
        Assert.Equal((WebSocketState.Open, WebSocketState.Open), (first.State, second.State));
        using var third = await OpenAsync();
        Assert.Equal(HttpStatusCode.TooManyRequests, third.HttpStatusCode);

        // The place is free a moment after the server has answered the closing.
        await first.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Cancellation);
        var opened = false;
        while (!opened)
        {
            using var again = await OpenAsync();
            opened = again.State == WebSocketState.Open;
        }

        async Task<ClientWebSocket> OpenAsync()
        {
            var socket = new ClientWebSocket();
            socket.Options.Cookies = cookies;
            socket.Options.CollectHttpResponseDetails = true;
            try
            {
                await socket.ConnectAsync(new UriBuilder(portal.Address) { Scheme = "ws", Path = "/_blazor" }.Uri, Cancellation);
            }
            catch (WebSocketException)
            {
                // The status says why.
            }

            return socket;
        }
    }

    [Theory]
    [InlineData("/login?t=x", "application/x-www-form-urlencoded", 16 * 1024)]
    [InlineData("/api/v1/found-certificates/adopt", "application/json", 4 * 1024 * 1024)]
    public async Task Request_LargerThanItsEndpointNeeds_IsRefusedUnread(string path, string type, int bytes)
    {
        await using var portal = new PortalFactory();
        using var client = portal.CreateApiClient();
        client.DefaultRequestHeaders.ExpectContinue = true;
        using var small = await client.PostAsync(path, Body(bytes), Cancellation);
        using var large = await client.PostAsync(path, Body(bytes + 1), Cancellation);

        // A form is one among others that cannot be read; the connection ends because the rest of it is not.
        Assert.Equal((HttpStatusCode.BadRequest, null), (small.StatusCode, small.Headers.ConnectionClose));
        Assert.Equal(
            (path.StartsWith("/api", StringComparison.Ordinal) ? HttpStatusCode.RequestEntityTooLarge : HttpStatusCode.BadRequest, true),
            (large.StatusCode, large.Headers.ConnectionClose));

        HttpContent Body(int length) => new StringContent(new string('1', length), new MediaTypeHeaderValue(type));
    }
}
