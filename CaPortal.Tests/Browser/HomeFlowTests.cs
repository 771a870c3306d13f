using System.Text.RegularExpressions;
using CaPortal.Core.Activity;
using CaPortal.Core.Changes;
using CaPortal.Core.Probing;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CaPortal.Tests.Browser;

/// <summary>The first page, and the addresses of what is shown, in a real browser.</summary>
public sealed class HomeFlowTests(BrowserFixture browser)
{
    [Fact]
    public async Task Home_FromTheFirstSignInToATrustedBackEnd_ShowsTheWayAndThenThatAllIsWell()
    {
        using var root = TestCertificates.Root("Corp Root");
        using var leaf = TestCertificates.Server(root);
        await using var server = new TlsServer(leaf);
        await using var portal = new PortalFactory().With("CaPortal:BackEnds:TestEvery", "00:00:00");
        await using var session = await browser.NewSessionAsync(portal);
        var page = session.Page;
        await page.GotoAsync(portal.SignInLink.AbsoluteUri);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await session.WaitUntilInteractiveAsync();
        var steps = page.GetByRole(AriaRole.Region, new() { Name = "Three steps to calls that work" });
        await Expect(steps.GetByRole(AriaRole.Heading, new() { Level = 3 })).ToHaveTextAsync(
            [new Regex("Add your CA, to do"), new Regex("Let your programs use it, to do"), new Regex("see it trusted, to do")]);
        await session.AssertAccessibleInBothColoursAsync();

        await steps.GetByRole(AriaRole.Button, new() { Name = "Add a CA certificate" }).ClickAsync();
        var screen = new CertificatesScreen(session);
        await screen.ChooseAsync(("root.pem", TestFiles.Pem(root)));
        await screen.AddAsync("Installed, and read back");
        await screen.CloseAsync();
        await steps.GetByRole(AriaRole.Button, new() { Name = "Add a back-end" }).ClickAsync();
        await screen.Dialog.GetByRole(AriaRole.Textbox).First.FillAsync($"localhost:{server.Port}");
        await screen.InDialog("Add").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Nothing needs attention" })).ToContainTextAsync("the back-end is trusted");
        await Expect(steps.GetByRole(AriaRole.Heading, new() { Level = 3 }).First).ToHaveTextAsync(new Regex("Add your CA, done"));
        await session.AssertAccessibleInBothColoursAsync();

        await steps.GetByRole(AriaRole.Button, new() { Name = "Do not show again" }).ClickAsync();
        await session.ExpectGoneAsync(steps);
        await page.ReloadAsync();
        await session.WaitUntilInteractiveAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Latest changes" })).ToBeVisibleAsync();
        await session.ExpectGoneAsync(steps);
        session.AssertNoComplaints();
    }

    [Fact]
    public async Task Home_WithWhatNeedsAttention_LeadsToItAndFitsANarrowWindow()
    {
        await using var portal = new PortalFactory().With("CaPortal:BackEnds:TestEvery", "00:00:00");
        var backEnds = await BackEndsOfAsync(portal, ("a.corp", TrustVerdict.UnknownIssuer), ("b.corp", TrustVerdict.Trusted));
        await using var session = await browser.NewSessionAsync(portal);
        await session.SignInAsync();
        var page = session.Page;
        await page.GetByRole(AriaRole.Link, new() { Name = "CaPortal, Home" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "1 thing needs attention" })).ToBeVisibleAsync();
        await session.AssertAccessibleInBothColoursAsync();
        await page.SetViewportSizeAsync(400, 800);
        await session.AssertFitsAsync();
        await page.SetViewportSizeAsync(1280, 720);

        await page.GetByRole(AriaRole.Link, new() { Name = "1 back-end is not trusted" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/back-ends\\?verdict=not-trusted$"));
        await Expect(page.GetByRole(AriaRole.Table, new() { Name = "Back-ends" }).Locator(".col-name .link-button")).ToHaveTextAsync(["a.corp"]);
        Assert.Equal(2, backEnds.Count);
    }

    [Fact]
    public async Task Address_OfAList_KeepsSearchFilterOrderAndDrawer()
    {
        await using var portal = new PortalFactory().With("CaPortal:BackEnds:TestEvery", "00:00:00");
        await BackEndsOfAsync(
            portal,
            ("pay-a.corp", TrustVerdict.Trusted),
            ("pay-b.corp", TrustVerdict.Trusted),
            ("pay-c.corp", TrustVerdict.TimedOut),
            ("x.corp", TrustVerdict.Trusted));
        await using var session = await browser.NewSessionAsync(portal);
        await session.SignInAsync();
        var page = session.Page;
        var names = page.GetByRole(AriaRole.Table, new() { Name = "Back-ends" }).Locator(".col-name .link-button");
        await page.GotoAsync("/back-ends?verdict=trusted");
        await session.WaitUntilInteractiveAsync();
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Search" }).FillAsync("pay");
        await Expect(names).ToHaveTextAsync(["pay-a.corp", "pay-b.corp"]);
        var heading = page.Locator("th .sortable-column-header", new() { HasTextString = "Name" });
        await heading.ClickAsync();
        await heading.ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/back-ends\\?verdict=trusted&search=pay&sort=-name$"));

        await page.ReloadAsync();
        await session.WaitUntilInteractiveAsync();
        await Expect(names).ToHaveTextAsync(["pay-b.corp", "pay-a.corp"]);
        await Expect(page.GetByRole(AriaRole.Textbox, new() { Name = "Search" })).ToHaveValueAsync("pay");

        await names.First.ClickAsync();
        await Expect(page.Locator(".drawer h6")).ToHaveTextAsync("pay-b.corp");
        await Expect(page).ToHaveURLAsync(new Regex("sort=-name&open=back-end-2$"));
        await Expect(page).ToHaveTitleAsync("pay-b.corp - CaPortal");
        await page.GoBackAsync();
        await session.ExpectGoneAsync(page.Locator(".drawer"));
        await Expect(page).ToHaveTitleAsync("Back-ends - CaPortal");
        await Expect(names).ToHaveTextAsync(["pay-b.corp", "pay-a.corp"]);
        await page.GoForwardAsync();
        await Expect(page.Locator(".drawer h6")).ToHaveTextAsync("pay-b.corp");
        await page.ReloadAsync();
        await session.WaitUntilInteractiveAsync();
        await Expect(page.Locator(".drawer h6")).ToHaveTextAsync("pay-b.corp");
        await page.Keyboard.PressAsync("Escape");
        await session.ExpectGoneAsync(page.Locator(".drawer"));
        await Expect(page).ToHaveURLAsync(new Regex("/back-ends\\?verdict=trusted&search=pay&sort=-name$"));
        session.AssertNoComplaints();
    }

    [Fact]
    public async Task Palette_ByTheKeyboardAlone_LeadsEverywhere()
    {
        await using var portal = new PortalFactory().With("CaPortal:BackEnds:TestEvery", "00:00:00");
        await BackEndsOfAsync(portal, ("pay.corp", TrustVerdict.Trusted));
        await using var session = await browser.NewSessionAsync(portal);
        await session.SignInAsync();
        var page = session.Page;
        var palette = page.GetByRole(AriaRole.Combobox, new() { Name = "Find or do" });
        await page.Keyboard.PressAsync("Control+k");
        await Expect(palette).ToBeFocusedAsync();
        await session.AssertAccessibleInBothColoursAsync();
        await palette.FillAsync("back-ends");
        await Expect(page.GetByRole(AriaRole.Option)).ToHaveCountAsync(2);
        await page.Keyboard.PressAsync("ArrowDown");
        await Expect(palette).ToHaveAttributeAsync("aria-activedescendant", "palette-item-1");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Back-ends", Exact = true })).ToBeVisibleAsync();

        await session.ExpectGoneAsync(palette);
        await page.Keyboard.PressAsync("/");
        var search = page.GetByRole(AriaRole.Textbox, new() { Name = "Search" });
        await Expect(search).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync("a/b?");
        await Expect(search).ToHaveValueAsync("a/b?");
        await search.ClearAsync();

        await page.Keyboard.PressAsync("Control+k");
        await palette.FillAsync("pay");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator(".drawer h6")).ToHaveTextAsync("pay.corp");
        await page.Keyboard.PressAsync("Escape");
        await session.ExpectGoneAsync(page.Locator(".drawer"));

        await page.GetByRole(AriaRole.Heading, new() { Name = "Back-ends", Exact = true }).ClickAsync();
        await page.Keyboard.PressAsync("?");
        var keys = page.GetByRole(AriaRole.Checkbox, new() { Name = "Use the keys / and ? in this browser" });
        await Expect(keys).ToBeEnabledAsync();
        await session.AssertAccessibleAsync();
        await keys.UncheckAsync();
        await page.Keyboard.PressAsync("Escape");
        await session.ExpectGoneAsync(keys);
        Assert.Equal("off", await page.EvaluateAsync<string>("localStorage.getItem('keys.single')"));
        await page.Keyboard.PressAsync("?");
        await page.Keyboard.PressAsync("Control+k");
        await Expect(palette).ToBeFocusedAsync();
        await Expect(keys).ToHaveCountAsync(0);
        session.AssertNoComplaints();
    }

    [Fact]
    public async Task Search_UsedAsThePageOpens_KeepsTheFocus()
    {
        await using var portal = new PortalFactory().With("CaPortal:BackEnds:TestEvery", "00:00:00");
        await BackEndsOfAsync(portal, ("pay.corp", TrustVerdict.Trusted));
        await using var session = await browser.NewSessionAsync(portal);
        await session.SignInAsync();
        var page = session.Page;

        // Nobody can be faster.
        await page.EvaluateAsync("""
            new MutationObserver((_, observer) => {
              const search = document.querySelector("input[placeholder^=Name][placeholder$=CA]");
              if (search && location.pathname.endsWith("/back-ends")) {
                search.focus();
                observer.disconnect();
              }
            }).observe(document.body, { childList: true, subtree: true })
            """);
        await page.GetByRole(AriaRole.Link, new() { Name = "Back-ends", Exact = true }).ClickAsync();
        var search = page.GetByRole(AriaRole.Textbox, new() { Name = "Search" });
        await Expect(search).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync("p");

        // What the server had sent before it heard of the letter is here once the letter has had its effect.
        await Expect(page).ToHaveURLAsync(new Regex("search=p$"));
        await Expect(search).ToBeFocusedAsync();
        session.AssertNoComplaints();
    }

    private static async Task<IReadOnlyList<long>> BackEndsOfAsync(PortalFactory portal, params (string Host, TrustVerdict Verdict)[] found)
    {
        _ = portal.Address;
        var stored = new StoredBackEnds(
            portal.Services.GetRequiredService<DatabaseWriter>(), portal.Services.GetRequiredService<CertificateChanges>(), TimeProvider.System);
        var ids = new List<long>();
        foreach (var (host, verdict) in found)
            ids.Add(await stored.AddAsync(host, verdict));
        return ids;
    }
}
