using CaPortal.Tests.Testing;
using static Microsoft.Playwright.Assertions;

namespace CaPortal.Tests.Browser;

/// <summary>A page behind a proxy that nobody touches for a while.</summary>
public sealed class ProxiedIdleTests(BrowserFixture browser)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Longer than nginx waits for an answer where nothing else is set. All wait at the same time.</summary>
    [Fact]
    public async Task Page_LeftAloneForAMinute_StillReacts()
    {
        await using var nginx = await ProxiedPortal.StartAsync("", ReverseProxyTests.NginxRoot);
        await using var haproxy = await ProxiedPortal.StartAsync("caportal/", ReverseProxyTests.HaproxySubPath);
        List<BrowserSession> sessions = [];
        try
        {
            foreach (var portal in new[] { nginx, haproxy })
                foreach (var isLongPolling in new[] { false, true })
                    sessions.Add(await portal.SignInAsync(browser, isLongPolling));
            await Task.Delay(TimeSpan.FromSeconds(62), Cancellation);
            foreach (var session in sessions)
            {
                var screen = new CertificatesScreen(session);
                await screen.OpenAddAsync();
                await Expect(session.Page.Locator("#components-reconnect-modal")).ToBeHiddenAsync();
                session.AssertNoComplaints();
            }
        }
        finally
        {
            foreach (var session in sessions)
                await session.CloseAsync();
        }
    }
}
