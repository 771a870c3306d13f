using CaPortal.Tests.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CaPortal.Tests.Browser;

/// <summary>What a person sees where a reverse proxy leaves out what the examples of docs/operations.md have.</summary>
public sealed class WrongAddressTests(BrowserFixture browser) : IAsyncDisposable
{
    private const string Token = "a-browser-token-of-the-tests-0123456789";

    private readonly PortalFactory _portal = new PortalFactory()
        .With("CaPortal:Authentication:BrowserToken", Token)
        .With("CaPortal:Proxy:Trusted:0", "127.0.0.1");

    public ValueTask DisposeAsync() => _portal.DisposeAsync();

    [Theory]
    [InlineData("https://portal.corp/", "", "proxy_set_header Host $http_host;", "")]
    [InlineData(
        "https://portal.corp/caportal/",
        "caportal/",
        "proxy_pass http://127.0.0.1:5080;\n        proxy_http_version 1.1;\n        proxy_set_header Host $http_host;",
        "proxy_pass http://127.0.0.1:5080/; proxy_http_version 1.1;")]
    public async Task Page_AtAnotherAddressThanThePortalKnows_SaysSoAndWhatToSet(string address, string subPath, string part, string mistake)
    {
        await using var proxy = new ReverseProxy($"nginx: the portal at {address}", e => e.Replace(part, mistake, StringComparison.Ordinal));
        await proxy.StartAsync(_portal.Address.Port);
        var open = new Uri($"https://{ReverseProxy.HostName}:{proxy.Port}/{subPath}");
        await using var session = await browser.NewSessionAsync(_portal, address: open);
        await session.Page.GotoAsync(new Uri(open, $"login?t={Token}").AbsoluteUri);

        var explanation = session.Page.GetByRole(AriaRole.Alertdialog, new() { Name = "CaPortal cannot be used at this address" });
        await Expect(explanation).ToBeVisibleAsync();
        await Expect(explanation.Locator("dd")).ToHaveTextAsync([open.AbsoluteUri, $"https://127.0.0.1:{_portal.Address.Port}/"]);
        await Expect(explanation).ToContainTextAsync($"Set CaPortal:PublicUrl to {open}");
        await session.Page.SetViewportSizeAsync(400, 700);
        await session.AssertFitsAsync();
        await session.AssertAccessibleAsync();
        await session.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await session.AssertAccessibleAsync(inColours: true);
    }

    [Fact]
    public async Task Connection_ThatTheProxyChangesAlone_IsExplainedInTheDialog()
    {
        await using var proxy = new ReverseProxy("nginx: the portal at https://portal.corp/", e =>
            e.Replace("    location / {", "    location /_blazor { proxy_pass http://127.0.0.1:5080; }\n    location / {", StringComparison.Ordinal));
        await proxy.StartAsync(_portal.With("CaPortal:Authentication:AllowRemote", "true").Address.Port);
        var open = new Uri($"https://{ReverseProxy.HostName}:{proxy.Port}/");
        await using var session = await browser.NewSessionAsync(_portal, address: open);
        await session.Page.GotoAsync(new Uri(open, $"login?t={Token}").AbsoluteUri);
        await session.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();

        var dialog = session.Page.GetByRole(AriaRole.Dialog, new() { Name = "Connection" });
        await Expect(dialog)
            .ToContainTextAsync(
                $"The page was opened at {open.GetLeftPart(UriPartial.Authority)}, but its connection reached CaPortal as one for "
                    + $"http://127.0.0.1:{_portal.Address.Port}");
        await Expect(dialog).ToContainTextAsync("CaPortal:PublicUrl");
        await Expect(dialog.GetByRole(AriaRole.Button)).ToHaveCountAsync(0);
    }
}
