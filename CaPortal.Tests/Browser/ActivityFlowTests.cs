using CaPortal.Tests.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CaPortal.Tests.Browser;

/// <summary>The activity page, in a real browser.</summary>
public sealed class ActivityFlowTests(BrowserFixture browser)
{
    [Fact]
    public async Task Activity_OfADeletedCertificate_UndoesItAndProvesTheLog()
    {
        using var root = TestCertificates.Root("Corp Root");
        await using var shared = new SharedPortal(browser);
        await using var session = await shared.SignInAsync(
            [root],
            new()
            {
                ViewportSize = new() { Width = 1280, Height = 800 },
                ColorScheme = ColorScheme.Light,
            });
        await shared.DeleteAsync(root);
        var page = session.Page;
        var screen = new CertificatesScreen(session);
        await page.GetByRole(AriaRole.Link, new() { Name = "Activity", Exact = true }).ClickAsync();
        var deleted = page.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "deleted Corp Root from Trusted root" });
        await Expect(deleted).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Today" })).ToBeVisibleAsync();

        // By the keyboard: the details, then what belongs to them.
        var details = deleted.GetByRole(AriaRole.Button, new() { NameRegex = new("^Details of entry") });
        await details.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(details).ToHaveAttributeAsync("aria-expanded", "true");
        await Expect(deleted.Locator(".activity-certificates")).ToContainTextAsync(TestCore.KeyOf(root).Sha256.ToUpperInvariant());
        await session.AssertAccessibleAsync();
        await deleted.GetByRole(AriaRole.Button, new() { NameRegex = new("^Undo: ") }).ClickAsync();
        await Expect(screen.Dialog).ToContainTextAsync("Trusted root, comes back");
        await screen.ApplyAsync("Undo", "Undone, and read back");
        await screen.CloseAsync();

        // Somebody reads: what is new waits until it is asked for.
        await screen.Button("1 new entry").ClickAsync();
        await Expect(page.Locator(".activity-item").First).ToContainTextAsync("Corp Root came back to Trusted root");
        await Expect(page.Locator(".activity-item").First).ToContainTextAsync("installed");
        await screen.Button("Verify").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status).Filter(new() { HasText = "none was changed and none is missing" })).ToBeVisibleAsync();

        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await Expect(page.Locator("html[data-theme=dark]")).ToBeAttachedAsync();
        await page.SetViewportSizeAsync(400, 800);
        await page.Locator(".activity-toggle").First.ClickAsync();
        await page.Locator(".activity-raw summary").ClickAsync();
        await session.AssertFitsAsync();
        await session.AssertAccessibleAsync();

        // The certificate leads to its own activity, and this to the certificate.
        await page.GetByRole(AriaRole.Button, new() { Name = "Corp Root", Exact = true }).ClickAsync();
        await screen.Dialog.GetByRole(AriaRole.Tab, new() { Name = "Activity" }).ClickAsync();
        await screen.Dialog.GetByRole(AriaRole.Link, new() { Name = "All activity of this certificate" }).ClickAsync();
        await Expect(page.Locator(".activity-chip")).ToHaveTextAsync("Corp Root");
        await Expect(screen.Dialog).ToHaveCountAsync(0);
        session.AssertNoComplaints();
    }
}
