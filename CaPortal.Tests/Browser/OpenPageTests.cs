using CaPortal.Tests.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CaPortal.Tests.Browser;

/// <summary>What a page that is open can still do.</summary>
public sealed class OpenPageTests(BrowserFixture browser)
{
    // Connects, and keeps back what asks for the page to be opened on the connection.
    private const string Hold =
        """
        const send = WebSocket.prototype.send;
        window.held = [];
        WebSocket.prototype.send = function (data) {
            if (window.held && typeof data !== "string")
                window.held.push(() => send.call(this, data));
            else
                send.call(this, data);
        };
        window.release = () => { const held = window.held; window.held = null; held.forEach(go => go()); };
        """;

    [Fact]
    public async Task Page_OpenedAfterSigningOutOnAConnectionFromBefore_CanDoNothing()
    {
        // Nothing is looked at again while the test runs.
        await using var portal = new PortalFactory()
            .With("CaPortal:Authentication:SessionCheckInterval", "01:00:00")
            .With("CaPortal:Authentication:UncheckedSessionLifetime", "01:00:00");
        await using var session = await browser.NewSessionAsync(portal);
        await session.SignInAsync();
        var late = await session.Context.NewPageAsync();
        await late.AddInitScriptAsync(Hold);
        await late.GotoAsync("/ca-certificates");
        await late.WaitForFunctionAsync("() => window.held.length > 0");
        await session.Page.GetByRole(AriaRole.Button, new() { Name = "Account", Exact = true }).ClickAsync();
        await session.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Expect(session.Page.GetByRole(AriaRole.Heading, new() { Name = "You are signed out" })).ToBeVisibleAsync();

        await late.EvaluateAsync("() => window.release()");

        await Expect(late.GetByRole(AriaRole.Heading, new() { Name = "You are signed out" })).ToBeVisibleAsync();
        await Expect(late.GetByRole(AriaRole.Button, new() { NameRegex = new("^Add") })).ToHaveCountAsync(0);
        session.AssertNoComplaints();
    }
}
