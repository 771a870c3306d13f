using System.Security.Cryptography.X509Certificates;
using CaPortal.Tests.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CaPortal.Tests.Browser;

/// <summary>Everything can be done without a mouse, and the focus is never lost.</summary>
public sealed class KeyboardTests(SharedPortal portal) : IClassFixture<SharedPortal>, IDisposable
{
    private readonly X509Certificate2 _root = TestCertificates.Root("Corp Root");
    private readonly X509Certificate2 _other = TestCertificates.Root("Other Root");

    [Fact]
    public async Task Certificate_WithTheKeyboardAlone_IsAddedViewedAndDeleted()
    {
        await using var session = await portal.SignInAsync([_other]);
        var (page, keyboard, screen) = (session.Page, session.Page.Keyboard, new CertificatesScreen(session));
        await screen.ExpectListAsync("Other Root");

        await TabToAsync(screen, "Add");
        await keyboard.PressAsync("Enter");
        await Expect(screen.Dialog).ToBeVisibleAsync();
        await TabToAsync(screen, "Paste text instead");
        await keyboard.PressAsync("Space");
        await Expect(screen.Dialog.GetByLabel("Certificates as text")).ToBeFocusedAsync();
        await keyboard.InsertTextAsync(_root.ExportCertificatePem());
        await TabToAsync(screen, "Read text");
        await keyboard.PressAsync("Enter");
        await Expect(screen.Choice("Corp Root")).ToBeVisibleAsync();
        await ExpectFocusInsideAsync(screen);
        await TabToAsync(screen, "Add 1 certificate");
        await keyboard.PressAsync("Enter");
        await Expect(screen.Dialog.GetByRole(AriaRole.Status)).ToContainTextAsync("Installed");
        await ExpectFocusInsideAsync(screen);
        await keyboard.PressAsync("Escape");
        await Expect(screen.Dialog).ToHaveCountAsync(0);
        await Expect(screen.Button("Add")).ToBeFocusedAsync();

        await TabToAsync(screen, "Corp Root");
        await keyboard.PressAsync("Enter");
        await Expect(screen.Dialog).ToContainTextAsync(_root.Thumbprint);
        await TabToAsync(screen, "General");
        await keyboard.PressAsync("ArrowRight");
        await Expect(screen.Dialog.GetByRole(AriaRole.Tab, new() { Name = "Details" })).ToBeFocusedAsync();
        await keyboard.PressAsync("Enter");
        await Expect(screen.Dialog).ToContainTextAsync("Basic constraints");
        await keyboard.PressAsync("Escape");
        await Expect(screen.Dialog).ToHaveCountAsync(0);
        await Expect(screen.Name("Corp Root")).ToBeFocusedAsync();

        await TabToAsync(screen, "Actions for Corp Root");
        await keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Menuitem, new() { Name = "View" })).ToBeFocusedAsync();
        var (menu, button) = (await page.Locator(".row-menu").BoundingBoxAsync(), await screen.Button("Actions for Corp Root").BoundingBoxAsync());
        Assert.InRange(menu!.Y, button!.Y, button.Y + (2 * button.Height));
        await keyboard.PressAsync("Escape");
        await Expect(page.GetByRole(AriaRole.Menuitem)).ToHaveCountAsync(0);
        await Expect(screen.Button("Actions for Corp Root")).ToBeFocusedAsync();
        await keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Menuitem, new() { Name = "View" })).ToBeFocusedAsync();
        await ArrowToAsync(screen, "Delete");
        await keyboard.PressAsync("Enter");
        await Expect(screen.Dialog.GetByLabel("Reason (optional)")).ToBeFocusedAsync();
        await keyboard.PressAsync("Escape");
        await Expect(screen.Dialog).ToHaveCountAsync(0);
        await Expect(screen.Button("Actions for Corp Root")).ToBeFocusedAsync();

        await keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Menuitem, new() { Name = "View" })).ToBeFocusedAsync();
        foreach (var (key, item) in new[]
        {
            ("ArrowUp", "Delete"), ("ArrowDown", "View"), ("ArrowDown", "Copy thumbprint"), ("End", "Delete"), ("Home", "View"),
            ("m", "Move to Intermediate"), ("d", "Delete"), ("d", "Download .cer"), ("d", "Download .pem"), ("d", "Delete"),
        })
        {
            await keyboard.PressAsync(key);
            await Expect(page.GetByRole(AriaRole.Menuitem, new() { Name = item, Exact = true })).ToBeFocusedAsync();
        }

        await keyboard.PressAsync("Enter");
        await Expect(screen.Dialog.GetByLabel("Reason (optional)")).ToBeFocusedAsync();
        await keyboard.TypeAsync("no longer used");
        await keyboard.PressAsync("Enter");
        await Expect(screen.Dialog.GetByRole(AriaRole.Status)).ToContainTextAsync("Deleted");
        await TabToAsync(screen, "Close");
        await keyboard.PressAsync("Enter");
        await screen.ExpectListAsync("Other Root");
        await Expect(page.GetByRole(AriaRole.Main)).ToBeFocusedAsync();
        session.AssertNoComplaints();
    }

    [Fact]
    public async Task Dialog_OverASlowConnection_TakesTheFocusAndGivesItBack()
    {
        await using var session = await portal.SignInAsync([], new());
        var (page, screen) = (session.Page, new CertificatesScreen(session));
        var connection = await OpenAddSlowlyAsync(session);
        await page.Keyboard.PressAsync("Tab");
        await ExpectFocusInsideAsync(screen);
        connection.Release();

        await TabToAsync(screen, "Cancel");
        await page.Keyboard.PressAsync("Enter");
        await Expect(screen.Dialog).ToHaveCountAsync(0);
        await Expect(screen.Button("Add")).ToBeFocusedAsync();
    }

    [Fact]
    public async Task Dialog_ThatThePortalDoesNotKnowToBeDrawn_IsLeftByEscape()
    {
        await using var session = await portal.SignInAsync([], new());
        var screen = new CertificatesScreen(session);
        await OpenAddSlowlyAsync(session);

        await session.Page.Keyboard.PressAsync("Escape");

        await Expect(screen.Dialog).ToHaveCountAsync(0);
        await Expect(screen.Button("Add")).ToBeFocusedAsync();
    }

    /// <summary>A stop that the portal moves on from would do so after the next press of Tab, and undo it.</summary>
    [Fact]
    public async Task Dialog_TabbedThrough_StopsOnlyAtWhatCanBeSeen()
    {
        await using var session = await portal.SignInAsync([]);
        var (page, screen) = (session.Page, new CertificatesScreen(session));
        await screen.OpenAddAsync();
        await ExpectFocusInsideAsync(screen);

        foreach (var key in new[] { "Tab", "Shift+Tab" })
        {
            // After the last of them the browser's own controls have their turn, and then the first again. From one such turn
            // to the next is a whole round, from any first focus.
            var stops = new List<string>();
            do
            {
                await page.Keyboard.PressAsync(key);
                stops.Add(
                    await page.EvaluateAsync<string>(
                        """
                        () => {
                            const focus = document.activeElement;
                            const isSeen = document.querySelector(".mud-dialog").contains(focus) && focus.checkVisibility() && focus.offsetHeight > 0;
                            return focus === document.body ? "browser" : isSeen ? focus.labels?.[0]?.textContent ?? focus.textContent.trim() : `lost: ${focus.outerHTML.slice(0, 100)}`;
                        }
                        """
                    ));
            } while (stops.Count(s => s == "browser") < 2 && stops.Count < 40);
            Assert.Equal("browser", stops[^1]);
            Assert.Contains("Cancel", stops);
            Assert.DoesNotContain(stops, s => s.StartsWith("lost", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Escape_InTheAddDialog_ChangesNothing()
    {
        await using var session = await portal.SignInAsync([]);
        var screen = new CertificatesScreen(session);
        await screen.OpenAddAsync();
        await screen.ChooseAsync(("corp.p12", _root.Export(X509ContentType.Pfx, "secret")));
        await screen.Dialog.GetByLabel("Password for corp.p12").FillAsync("secret");
        await session.Page.Keyboard.PressAsync("Enter");
        await Expect(screen.Choice("Corp Root")).ToBeVisibleAsync();
        await ExpectFocusInsideAsync(screen);
        await session.Page.Keyboard.PressAsync("Escape");
        await Expect(screen.InDialog("Discard")).ToBeVisibleAsync();
        await ExpectFocusInsideAsync(screen);
        await session.Page.Keyboard.PressAsync("Escape");
        await Expect(screen.Dialog).ToHaveCountAsync(0);

        await screen.ExpectListAsync();
        session.AssertNoComplaints();
    }

    public void Dispose()
    {
        _root.Dispose();
        _other.Dispose();
    }

    /// <summary>Opens the dialog. The portal does not learn that it is drawn until the connection is released.</summary>
    private static async Task<SlowConnection> OpenAddSlowlyAsync(BrowserSession session)
    {
        var (screen, connection) = (new CertificatesScreen(session), new SlowConnection());
        await connection.JoinAsync(session.Page);
        await session.Page.ReloadAsync();
        await session.WaitUntilInteractiveAsync();
        await TabToAsync(screen, "Add");
        connection.Hold();
        await session.Page.Keyboard.PressAsync("Enter");
        await Expect(screen.Dialog).ToBeVisibleAsync();
        return connection;
    }

    /// <summary>Presses Tab until something of that name has the focus, which must be seen.</summary>
    private static async Task TabToAsync(CertificatesScreen screen, string name)
    {
        var passed = new List<string>();
        while (await screen.FocusAsync() is var focus && focus != name)
        {
            passed.Add(focus);
            Assert.True(passed.Count < 60, $"Tab does not reach {name}: {string.Join(" > ", passed)}");
            await screen.Page.Keyboard.PressAsync("Tab");
        }

        Assert.NotEqual("none", await screen.Page.EvaluateAsync<string>("getComputedStyle(document.activeElement).outlineStyle"));
    }

    /// <summary>The keyboard works in the dialog, although what had the focus may be gone.</summary>
    private static async Task ExpectFocusInsideAsync(CertificatesScreen screen) =>
        await screen.Page.WaitForFunctionAsync(
            "() => document.querySelector('.mud-dialog').contains(document.activeElement) && !document.activeElement.matches(':disabled')");

    /// <summary>Presses the down arrow until something of that name has the focus; the portal moves it.</summary>
    private static async Task ArrowToAsync(CertificatesScreen screen, string name)
    {
        while (await screen.FocusAsync() is var focus && focus != name)
        {
            await screen.Page.Keyboard.PressAsync("ArrowDown");
            await screen.Page.WaitForFunctionAsync("before => document.activeElement.textContent.trim() !== before", focus);
        }
    }
}
