using CaPortal.Tests.Testing;
using Microsoft.Playwright;

namespace CaPortal.Tests.Api;

/// <summary>The page on which a person reads and tries the API.</summary>
public sealed class ReferencePageTests(BrowserFixture browser) : IAsyncDisposable
{
    private readonly PortalFactory _portal = new();

    public ValueTask DisposeAsync() => _portal.DisposeAsync();

    [Fact]
    public async Task ReferencePage_UnderThePortalsOwnPolicy_ShowsTheApiInACleanBrowser()
    {
        await using var session = await browser.NewSessionAsync(_portal);
        await session.SignInAsync();
        await session.Page.GotoAsync("/api-reference/");

        await Assertions.Expect(session.Page.GetByText("Adds every usable certificate of the files.").First).ToBeVisibleAsync();
        await Assertions.Expect(session.Page.GetByText("Bundles").First).ToBeVisibleAsync();
        session.AssertNoComplaints();
    }
}
