using CaPortal.Core.Data;
using CaPortal.Tests.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CaPortal.Tests.Browser;

/// <summary>Open pages while the database server is away.</summary>
public sealed class AwayDatabaseFlowTests(BrowserFixture browser)
{
    [Fact]
    public async Task Pages_DatabaseServerStoppedAndStarted_GoOnByThemselvesAndKeepWhatWasTyped()
    {
        await using var server = await PostgresServer.StartAsync();
        await server.ExecuteAsync("postgres", "CREATE DATABASE portal");
        await using var portal = new PortalFactory()
            .With("CaPortal:Database:Provider", nameof(DatabaseProvider.PostgreSql))
            .With("ConnectionStrings:CaPortal", server.ConnectionString("portal"));
        await using var session = await browser.NewSessionAsync(portal);
        await session.SignInAsync();

        await server.StopAsync();
        List<IPage> pages = [];
        foreach (var address in (string[])["/", "/ca-certificates", "/ca-certificates/recycle-bin", "/expiry", "/activity", "/settings"])
        {
            var page = await session.Context.NewPageAsync();
            await page.GotoAsync(address);
            await Expect(Problem(page)).ToBeVisibleAsync();
            pages.Add(page);
        }

        var search = pages[1].GetByRole(AriaRole.Textbox, new() { Name = "Search" });
        await search.FillAsync("Corp");
        await server.GoOnAsync();

        foreach (var page in pages)
            await Expect(Problem(page)).ToHaveCountAsync(0);
        await Expect(search).ToHaveValueAsync("Corp");
        session.AssertNoComplaints();
    }

    private static ILocator Problem(IPage page) => page.GetByRole(AriaRole.Main).GetByRole(AriaRole.Alert).Filter(new() { HasText = "database" }).First;
}
