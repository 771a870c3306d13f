using CaPortal.Tests.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Playwright;

namespace CaPortal.Tests.Browser;

public sealed class ShellTests(BrowserFixture browser, SharedPortal shared) : IClassFixture<SharedPortal>
{
    [Fact]
    public async Task SignIn_WithTheKeyboardAlone_OpensHomeInACleanBrowser()
    {
        await using var session = await browser.NewSessionAsync(shared.Portal);
        await session.Page.GotoAsync(shared.Portal.SignInLink.AbsoluteUri);
        await session.AssertAccessibleAsync();
        await session.Page.Keyboard.PressAsync("Enter");
        await session.WaitUntilInteractiveAsync();

        await Assertions.Expect(session.Page.GetByRole(AriaRole.Heading, new() { Name = "Home", Exact = true })).ToBeVisibleAsync();
        await Assertions
            .Expect(session.Page.GetByRole(AriaRole.Navigation).GetByRole(AriaRole.Link, new() { Name = "Home" }))
            .ToHaveAttributeAsync("aria-current", "page");
        await session.AssertAccessibleAsync();
        session.AssertNoComplaints();
    }

    [Fact]
    public async Task Link_UsedBefore_LeadsToANewOneThatWorks()
    {
        await using var portal = new PortalFactory();
        await using (var first = await browser.NewSessionAsync(portal))
            await first.SignInAsync();
        await using var second = await browser.NewSessionAsync(portal);
        await second.Page.GotoAsync(portal.SignInLink.AbsoluteUri);
        await Assertions.Expect(second.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("used already");
        await second.AssertAccessibleAsync();
        await second.Page.GetByRole(AriaRole.Button, new() { Name = "Print a new link on the console" }).ClickAsync();
        await Assertions.Expect(second.Page.GetByRole(AriaRole.Status)).ToBeVisibleAsync();
        await second.AssertAccessibleAsync();
        await second.SignInAsync();

        await Assertions.Expect(second.Page.GetByRole(AriaRole.Heading, new() { Name = "CA certificates", Exact = true })).ToBeVisibleAsync();
        second.AssertNoComplaints();
    }

    [Fact]
    public async Task Page_ClosedBeforeItsScriptHasAnswered_DoesNotHoldUpTheEnd()
    {
        await using var portal = new PortalFactory().WithServices(services =>
            services.Configure<HostOptions>(o => o.ShutdownTimeout = Timeout.InfiniteTimeSpan));
        await using var session = await browser.NewSessionAsync(portal);
        await session.SignInAsync();
        var asked = new TaskCompletionSource();
        await session.Page.RouteAsync("**/js/portal*.js", _ => asked.TrySetResult());
        await session.Page.ReloadAsync();
        await asked.Task;
        await session.Page.GotoAsync("about:blank");

        // A guard against hanging: what the portal would wait for never comes.
        await portal.StopAsync().WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Colours_WithoutAChoice_FollowTheBrowser(ColorScheme scheme)
    {
        await using var session = await shared.SignInAsync([]);
        await session.Page.EmulateMediaAsync(new() { ColorScheme = scheme });
        await session.Page.ReloadAsync();
        await session.WaitUntilInteractiveAsync();

        await Assertions.Expect(session.Page.Locator("html")).ToHaveAttributeAsync("data-theme", scheme == ColorScheme.Dark ? "dark" : "light");
        await session.AssertAccessibleAsync();
        session.AssertNoComplaints();
    }

    [Fact]
    public async Task Colours_Chosen_StandInTheFirstBytesOfTheNextPageAndOnPlainPages()
    {
        await using var session = await browser.NewSessionAsync(shared.Portal, new() { ColorScheme = ColorScheme.Light });
        await session.SignInAsync();
        await session.Page.GetByRole(AriaRole.Button, new() { Name = "Switch to dark colours" }).ClickAsync();
        await Assertions.Expect(session.Page.Locator("html")).ToHaveAttributeAsync("data-theme", "dark");
        await session.AssertAccessibleAsync();

        var next = await session.Page.GotoAsync("/");
        Assert.Contains("data-theme=\"dark\"", await next!.TextAsync(), StringComparison.Ordinal);
        await session.WaitUntilInteractiveAsync();
        await Assertions.Expect(session.Page.GetByRole(AriaRole.Button, new() { Name = "Switch to light colours" })).ToBeVisibleAsync();
        var plain = await session.Page.GotoAsync("/signed-out");
        Assert.Contains("data-theme=\"dark\"", await plain!.TextAsync(), StringComparison.Ordinal);
        await session.AssertAccessibleAsync();
        session.AssertNoComplaints();
    }

    [Fact]
    public async Task NarrowWindow_OfAPhone_HidesTheMenuUntilItIsAskedFor()
    {
        await using var session = await shared.SignInAsync([]);
        await session.Page.SetViewportSizeAsync(400, 800);
        await session.Page.ReloadAsync();
        await session.WaitUntilInteractiveAsync();
        var link = session.Page.GetByRole(AriaRole.Navigation).GetByRole(AriaRole.Link, new() { Name = "CA certificates" });
        await Assertions.Expect(link).Not.ToBeInViewportAsync();
        await session.Page.GetByRole(AriaRole.Button, new() { Name = "Menu" }).ClickAsync();
        await Assertions.Expect(link).ToBeInViewportAsync();
        await link.ClickAsync();
        await Assertions.Expect(link).Not.ToBeInViewportAsync();

        await session.AssertFitsAsync();
        await session.AssertAccessibleAsync();
        session.AssertNoComplaints();
    }

    [Fact]
    public async Task SignOut_FromTheAccountMenu_EndsOtherOpenPagesToo()
    {
        await using var portal = new PortalFactory().With("CaPortal:Authentication:SessionCheckInterval", "00:00:01");
        await using var session = await browser.NewSessionAsync(portal);
        await session.SignInAsync();
        var other = await session.Context.NewPageAsync();
        await other.GotoAsync("/ca-certificates");
        await Assertions.Expect(other.Locator("html[data-interactive]")).ToBeAttachedAsync();
        await session.Page.GetByRole(AriaRole.Button, new() { Name = "Account", Exact = true }).ClickAsync();
        await Assertions.Expect(session.Page.GetByText("Local administrator")).ToBeVisibleAsync();
        await session.AssertAccessibleAsync();
        await session.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Assertions.Expect(session.Page.GetByRole(AriaRole.Heading, new() { Name = "You are signed out" })).ToBeVisibleAsync();
        await session.AssertAccessibleAsync();

        await Assertions.Expect(other.GetByRole(AriaRole.Heading, new() { Name = "You are signed out" })).ToBeVisibleAsync();
        await Assertions
            .Expect(other.GetByRole(AriaRole.Link, new() { Name = "Sign in again" }))
            .ToHaveAttributeAsync("href", "/login?returnUrl=%2Fca-certificates");
        session.AssertNoComplaints();
    }

    [Theory]
    [InlineData("/no/such/page", "Page not found", 404)]
    [InlineData("/not-found", "Page not found", 200)]
    public async Task UnknownAddress_SignedIn_SaysSo(string path, string heading, int status)
    {
        await using var session = await shared.SignInAsync([]);
        var answer = await session.Page.GotoAsync(path);

        Assert.Equal(status, answer!.Status);
        await Assertions.Expect(session.Page.GetByRole(AriaRole.Heading, new() { Name = heading })).ToBeVisibleAsync();
        await session.AssertAccessibleAsync();
        await session.Page.GetByRole(AriaRole.Link, new() { Name = "Go to Home" }).ClickAsync();
        await Assertions.Expect(session.Page.GetByRole(AriaRole.Heading, new() { Name = "Home", Exact = true })).ToBeVisibleAsync();
    }
}
