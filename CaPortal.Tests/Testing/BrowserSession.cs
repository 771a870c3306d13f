using System.Collections.Concurrent;
using Deque.AxeCore.Commons;
using Microsoft.Playwright;

namespace CaPortal.Tests.Testing;

/// <summary>One browser window on the portal that takes note of everything that should not happen.</summary>
public sealed class BrowserSession : IAsyncDisposable
{
    private static readonly string Axe = new BundledAxeScriptProvider().GetScript();
    private static readonly string[] AllRules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"];
    private static readonly string[] ColourRules = ["color-contrast", "link-in-text-block"];

    private readonly IBrowserContext _context;
    private readonly PortalFactory? _portal;
    private readonly ConcurrentQueue<string> _complaints = [];
    private readonly ConcurrentQueue<string> _lostEvents = [];

    internal BrowserSession(IBrowserContext context, IPage page, PortalFactory? portal, string host)
    {
        (_context, Page, _portal) = (context, page, portal);

        context.SetDefaultTimeout(60_000);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning"
                && !(WithoutWebSockets && message.Text.Contains("using the Long Polling fallback transport", StringComparison.Ordinal)))
                _complaints.Enqueue($"console {message.Type}: {message.Text}");
        };
        page.PageError += (_, error) =>
        {
            // An event of something that was drawn again while the event was on its way: Blazor drops it, and says so.
            if (error.Contains("There is no event handler associated with this event", StringComparison.Ordinal))
                _lostEvents.Enqueue(error);
            else
                _complaints.Enqueue($"page error: {error}");
        };
        context.Request += (_, request) =>
        {
            if (new Uri(request.Url) is { Scheme: not "data" and not "blob" } url && url.Host != host)
                _complaints.Enqueue($"request to another host: {request.Url}");
        };
    }

    public IPage Page { get; }

    public IBrowserContext Context => _context;

    /// <summary>The browser has no web sockets. Blazor complains about that.</summary>
    public bool WithoutWebSockets { get; private set; }

    /// <summary>Another test uses the window next, so that the end of a test only leaves the portal.</summary>
    public bool StaysOpen { get; set; }

    /// <summary>Takes web sockets away from pages that are opened from now on.</summary>
    public Task ForbidWebSocketsAsync()
    {
        WithoutWebSockets = true;
        return _context.AddInitScriptAsync("delete window.WebSocket");
    }

    /// <summary>Signs in as an administrator with the link that the portal printed.</summary>
    public Task SignInAsync() => SignInAsync(_portal!.SignInLink);

    /// <summary>Signs in as an administrator with a link, to the page of CA certificates.</summary>
    public async Task SignInAsync(Uri link)
    {
        var page = link.AbsolutePath.Replace("/login", "/ca-certificates", StringComparison.Ordinal);
        await Page.GotoAsync($"{link.AbsoluteUri}&returnUrl={Uri.EscapeDataString(page)}");
        await Page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await WaitUntilInteractiveAsync();
    }

    /// <summary>Waits until nothing is there any more. If it stays, the failure reports what the browser knows of it.</summary>
    public async Task ExpectGoneAsync(ILocator what)
    {
        try
        {
            await Assertions.Expect(what).ToHaveCountAsync(0);
        }
        catch (PlaywrightException e)
        {
            var focus = await Page.EvaluateAsync<string>("() => document.activeElement.outerHTML.slice(0, 300)");
            throw new InvalidOperationException(
                $"{e.Message}\nEvents that met nothing: {string.Join("; ", _lostEvents)}\nComplaints: {string.Join("; ", _complaints)}\nFocus: "
                    + $"{focus}\n{await what.First.InnerHTMLAsync()}",
                e);
        }
    }

    /// <summary>Uses the window as if it had just been opened and signed in.</summary>
    public async Task BeginAnewAsync()
    {
        _complaints.Clear();
        await Page.SetViewportSizeAsync(1280, 720);
        await Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
        await Page.GotoAsync("/ca-certificates");
        await Page.EvaluateAsync("localStorage.clear()");
        await WaitUntilInteractiveAsync();
    }

    /// <summary>Waits until the page answers to clicks.</summary>
    public Task WaitUntilInteractiveAsync() => Page.Locator("html[data-interactive]").WaitForAsync(new() { State = WaitForSelectorState.Attached });

    /// <summary>Fails where the browser complained of anything or left the portal's host.</summary>
    public void AssertNoComplaints() => Assert.True(_complaints.IsEmpty, string.Join('\n', _complaints));

    /// <summary>Fails where the page stays wider than the window. Its menu closes a moment after the window has become narrow.</summary>
    public Task AssertFitsAsync() => Page.WaitForFunctionAsync("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth");

    /// <summary>Fails where the page breaks a rule of WCAG 2.1 level A or AA, in light colours or in dark ones. It is in light ones before and after.</summary>
    public async Task AssertAccessibleInBothColoursAsync()
    {
        await AssertAccessibleAsync();
        await ShowColoursAsync(ColorScheme.Dark);
        await AssertAccessibleAsync(inColours: true);
        await ShowColoursAsync(ColorScheme.Light);
    }

    /// <summary>Fails where the page breaks a rule of WCAG 2.1 level A or AA.</summary>
    /// <param name="inColours">Looks at colours alone, where everything else has been looked at in others.</param>
    public async Task AssertAccessibleAsync(bool inColours = false)
    {
        if (!await Page.EvaluateAsync<bool>("() => 'axe' in window"))
            await Page.EvaluateAsync(Axe);
        var violations = await Page.EvaluateAsync<string[]>(
            """
            async runOnly => {
                // Colours in transition are neither the one nor the other.
                const still = new CSSStyleSheet();
                still.replaceSync("*, ::before, ::after { transition: none !important; animation: none !important; }");
                document.adoptedStyleSheets.push(still);
                const result = await axe.run({ runOnly, resultTypes: ["violations"], preload: false });
                document.adoptedStyleSheets.pop();
                return result.violations.map(v => `${v.id}: ${v.help}: ${v.nodes.map(n => n.html).join(" | ")}`);
            }
            """,
            inColours ? ColourRules : AllRules);
        Assert.True(violations.Length == 0, string.Join('\n', violations));
    }

    public async ValueTask DisposeAsync()
    {
        if (StaysOpen)
            await Page.GotoAsync("about:blank");
        else
            await CloseAsync();
    }

    public ValueTask CloseAsync() => _context.DisposeAsync();

    /// <summary>Changes what the system asks for, and waits until the page follows.</summary>
    private async Task ShowColoursAsync(ColorScheme scheme)
    {
        const string Surface = "getComputedStyle(document.documentElement).getPropertyValue('--mud-palette-surface')";
        var before = await Page.EvaluateAsync<string>(Surface);
        await Page.EmulateMediaAsync(new() { ColorScheme = scheme });
        await Page.WaitForFunctionAsync($"before => {Surface} !== before", before);
    }
}
