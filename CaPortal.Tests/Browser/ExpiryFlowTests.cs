using CaPortal.Core.Activity;
using CaPortal.Core.Alerts;
using CaPortal.Core.Changes;
using CaPortal.Core.Inspection;
using CaPortal.Core.Probing;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CaPortal.Tests.Browser;

/// <summary>The expiry page and the bell, in a real browser.</summary>
public sealed class ExpiryFlowTests(BrowserFixture browser)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ExpiryAndBell_InEveryColourAndWidth_AreAccessibleAndWorkByKeyboard()
    {
        using var root = TestCertificates.Root("Corp Root", notAfter: TestCertificates.Yesterday.AddDays(100));
        using var near = TestCertificates.Root("Near Root", notAfter: TestCertificates.Yesterday.AddDays(20));
        await using var portal = new PortalFactory().With("CaPortal:BackEnds:TestEvery", "00:00:00");
        _ = portal.Address;
        var changes = portal.Services.GetRequiredService<CertificateChanges>();
        var inspection = await changes.InspectAsync([new UploadedFile("roots.pem", TestFiles.Pem(root, near))], Cancellation);
        await changes.ApplyAsync(
            changes.PlanAdd(
                inspection,
                [.. inspection.Items.Select(i => new AddSelection(i, i.Facts!.SuggestedStore, new HashSet<Core.Certificates.FindingCode>()))]),
            TestCore.Bert,
            null,
            null,
            Cancellation);
        await new StoredBackEnds(portal.Services.GetRequiredService<DatabaseWriter>(), changes, TimeProvider.System).AddAsync(
            "pay.corp",
            TrustVerdict.Trusted,
            anchor: root);
        await portal.Services.GetRequiredService<AlertService>().EvaluateAsync(Cancellation);
        await using var session = await browser.NewSessionAsync(
            portal,
            new()
            {
                ViewportSize = new() { Width = 1280, Height = 800 },
                ColorScheme = ColorScheme.Light,
            });
        await session.SignInAsync();
        var page = session.Page;
        await page.GetByRole(AriaRole.Link, new() { Name = "Expiry", Exact = true }).ClickAsync();
        await Expect(page.Locator(".page-count")).ToHaveTextAsync("2 expire in the next 12 months");
        await session.AssertAccessibleAsync();

        // The chart leads to the list.
        var id = await page.Locator(".expiry-month th").Last.GetAttributeAsync("id");
        await page.Locator("a.radar-stack").Last.ClickAsync();
        await Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex($"/expiry#{id}$"));

        var bell = page.GetByRole(AriaRole.Button, new() { Name = "Alerts, 1 open" });
        var alerts = page.GetByRole(AriaRole.Dialog, new() { Name = "Alerts" });
        await bell.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(alerts).ToBeVisibleAsync();
        await session.AssertAccessibleAsync();
        await page.Keyboard.PressAsync("Escape");
        await Expect(alerts).ToBeHiddenAsync();

        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await Expect(page.Locator("html[data-theme=dark]")).ToBeAttachedAsync();
        await page.SetViewportSizeAsync(400, 800);
        await session.AssertFitsAsync();
        await session.AssertAccessibleAsync(inColours: true);
        await bell.ClickAsync();
        await Expect(alerts).ToBeVisibleAsync();
        await session.AssertAccessibleAsync();
        await session.AssertFitsAsync();

        await alerts.GetByRole(AriaRole.Button, new() { Name = "Near Root expires within 30 days", Exact = true }).ClickAsync();
        await Expect(alerts).ToBeHiddenAsync();
        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync(near.Thumbprint);
        await page.Keyboard.PressAsync("Escape");
        await bell.ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Dismiss: Near Root expires within 30 days" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Alerts", Exact = true })).ToBeVisibleAsync();
        session.AssertNoComplaints();
    }
}
