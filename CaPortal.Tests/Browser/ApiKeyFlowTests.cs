using System.Net;
using CaPortal.Tests.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CaPortal.Tests.Browser;

/// <summary>What an administrator does with API keys.</summary>
public sealed class ApiKeyFlowTests(BrowserFixture browser)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Administrator_OnSettings_CreatesAKeyThatWorksUntilItIsRevoked()
    {
        await using var portal = new PortalFactory();
        await using var session = await browser.NewSessionAsync(
            portal,
            new() { Permissions = ["clipboard-read", "clipboard-write"], ColorScheme = ColorScheme.Dark });
        await session.SignInAsync();
        var page = session.Page;
        var section = page.GetByRole(AriaRole.Region, new() { Name = "API keys" });
        var dialog = page.GetByRole(AriaRole.Dialog).Filter(new() { Has = page.Locator(".mud-dialog-title") });

        await page.GetByRole(AriaRole.Link, new() { Name = "Settings" }).ClickAsync();
        await page.SetViewportSizeAsync(400, 800);
        await section.GetByRole(AriaRole.Button, new() { Name = "Create key" }).ClickAsync();
        await Expect(dialog.GetByLabel("Name")).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync("deploy");
        await dialog.GetByLabel("On a date").CheckAsync();
        await Expect(dialog.GetByLabel("Last day")).ToBeVisibleAsync();
        await session.AssertAccessibleAsync();
        await dialog.GetByLabel("Never").CheckAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Create" }).ClickAsync();

        await Expect(dialog.GetByRole(AriaRole.Alert)).ToContainTextAsync("not shown again");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Copy the API key" }).ClickAsync();
        await Expect(page.GetByText("Copied to the clipboard")).ToBeVisibleAsync();
        var key = await page.EvaluateAsync<string>("navigator.clipboard.readText()");
        Assert.Equal(await dialog.Locator("pre").InnerTextAsync(), key);
        await page.Keyboard.PressAsync("Escape");
        await session.AssertAccessibleAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Done" }).ClickAsync();
        await Expect(dialog).ToHaveCountAsync(0);

        using var client = portal.CreateApiClient(key);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client));
        await Expect(section.Locator("td[data-label='Last used']")).ToHaveTextAsync("just now");
        await session.AssertFitsAsync();
        await session.AssertAccessibleAsync();

        await section.GetByRole(AriaRole.Button, new() { Name = "Revoke deploy" }).ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Revoke" }).ClickAsync();
        await Expect(section).ToContainTextAsync("There is none that works.");
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(client));
        session.AssertNoComplaints();
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client)
    {
        using var answer = await client.GetAsync("/api/v1/ca-certificates", Cancellation);
        return answer.StatusCode;
    }
}
