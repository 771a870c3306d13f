using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Inspection;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CaPortal.Tests.Browser;

/// <summary>What an administrator does on the Settings page.</summary>
public sealed class SettingsFlowTests(BrowserFixture browser)
{
    private const string Bundle = "PEM bundle files";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Administrator_OnSettings_VerifiesRepairsCopiesAndGoesBack()
    {
        using var root = TestCertificates.Root("Corp Root");
        await using var portal = new PortalFactory().With("CaPortal:Drift", "Report");
        await using var session = await browser.NewSessionAsync(portal, new() { Permissions = ["clipboard-read", "clipboard-write"] });
        await session.SignInAsync();
        var changes = portal.Services.GetRequiredService<CertificateChanges>();
        var inspection = await changes.InspectAsync([new UploadedFile("upload.pem", TestFiles.Pem(root))], Cancellation);
        await changes.ApplyAsync(
            changes.PlanAdd(inspection, [new AddSelection(Assert.Single(inspection.Items), CaStore.Root, new HashSet<FindingCode>())]),
            TestCore.Bert,
            null,
            null,
            Cancellation);
        var roots = Path.Combine(portal.DataDirectory, "trust", "roots.pem");
        var page = session.Page;
        var card = page.GetByRole(AriaRole.Group, new() { Name = Bundle });
        var dialog = page.GetByRole(AriaRole.Dialog).Filter(new() { Has = page.Locator(".mud-dialog-title") });

        await page.GetByRole(AriaRole.Link, new() { Name = "Settings" }).ClickAsync();
        await Expect(card.Locator(".status")).ToHaveTextAsync("Installed");
        await File.WriteAllTextAsync(roots, "", Cancellation);
        await card.GetByRole(AriaRole.Button, new() { Name = "Verify" }).ClickAsync();
        await Expect(card.GetByRole(AriaRole.Alert)).ToContainTextAsync("could not be found");
        await card.GetByRole(AriaRole.Button, new() { Name = "Repair" }).ClickAsync();
        await Expect(card.GetByRole(AriaRole.Status)).ToContainTextAsync("1 certificate put back");
        await Expect(card.Locator(".status")).ToHaveTextAsync("Installed");

        await page.GetByRole(AriaRole.Link, new() { Name = "Programs", Exact = true }).ClickAsync();
        await page.Locator("summary", new() { HasText = "nginx" }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.GetByRole(AriaRole.Button, new() { Name = "Copy the lines for nginx" }).ClickAsync();
        await Expect(page.GetByText("Copied to the clipboard")).ToBeVisibleAsync();
        Assert.StartsWith(
            $"proxy_ssl_trusted_certificate {roots};\n",
            await page.EvaluateAsync<string>("navigator.clipboard.readText()"),
            StringComparison.Ordinal);
        await session.AssertAccessibleAsync();
        await page.SetViewportSizeAsync(400, 800);
        await session.AssertFitsAsync();
        await page.SetViewportSizeAsync(1280, 720);

        await page.GetByRole(AriaRole.Link, new() { Name = "Settings" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Compare the snapshot of revision 0" }).ClickAsync();
        await Expect(dialog.Locator(".difference li")).ToHaveTextAsync("Corp Root Trusted root");
        await session.AssertAccessibleAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Restore" }).ClickAsync();
        await Expect(dialog.Locator(".change-list-store")).ToHaveTextAsync("Trusted root, is deleted");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Restore" }).ClickAsync();
        await Expect(dialog.GetByRole(AriaRole.Status)).ToContainTextAsync("Gone back to the snapshot");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Close" }).ClickAsync();
        await Expect(card).ToContainTextAsync("None from the list");

        await page.SetViewportSizeAsync(400, 800);
        await session.AssertFitsAsync();
        session.AssertNoComplaints();
    }
}
