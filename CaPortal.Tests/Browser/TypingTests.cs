using CaPortal.Tests.Testing;
using static Microsoft.Playwright.Assertions;

namespace CaPortal.Tests.Browser;

/// <summary>What is typed stays as it is typed, however late the portal's answers are.</summary>
public sealed class TypingTests(SharedPortal portal) : IClassFixture<SharedPortal>
{
    private const string Address = "payments.internal.example:8443";

    [Fact]
    public async Task BackEnd_TypedOverASlowConnection_IsSavedAsItWasTyped()
    {
        await using var session = await portal.SignInAsync([], new());
        var (page, screen) = (session.Page, new CertificatesScreen(session));
        await OpenSlowlyAsync(session, "/back-ends");
        await screen.Button("Add the first back-end").ClickAsync();
        var address = screen.Dialog.GetByLabel("Address");
        await Expect(address).ToBeFocusedAsync();

        await address.PressSequentiallyAsync(Address, new() { Delay = 25 });
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.TypeAsync("pay.example", new() { Delay = 25 });
        await page.Keyboard.PressAsync("Enter");

        await Expect(screen.Dialog).ToHaveCountAsync(0);
        await Expect(page.GetByRole(Microsoft.Playwright.AriaRole.Main)).ToContainTextAsync(Address);
    }

    [Fact]
    public async Task Server_TypedOverASlowConnection_IsAskedAsItWasTyped()
    {
        await using var session = await portal.SignInAsync([], new());
        var screen = new CertificatesScreen(session);
        await OpenSlowlyAsync(session, "/ca-certificates");
        await screen.OpenAddAsync();
        await screen.Dialog.GetByText("From a server").ClickAsync();
        var server = screen.Dialog.GetByLabel("Server", new() { Exact = true });
        await Expect(server).ToBeFocusedAsync();

        await server.PressSequentiallyAsync(Address, new() { Delay = 25 });

        await Expect(server).ToHaveValueAsync(Address);
        await session.Page.Keyboard.PressAsync("Enter");
        await Expect(screen.Dialog.Locator(".served-head")).ToBeVisibleAsync();
        await Expect(server).ToHaveValueAsync(Address);
    }

    private static async Task OpenSlowlyAsync(BrowserSession session, string path)
    {
        await new SlowConnection { Lag = TimeSpan.FromMilliseconds(150) }.JoinAsync(session.Page);
        await session.Page.GotoAsync(path);
        await session.WaitUntilInteractiveAsync();
    }
}
