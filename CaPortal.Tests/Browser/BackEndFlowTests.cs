using System.Security.Cryptography.X509Certificates;
using System.Text;
using CaPortal.Core.BackEnds;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CaPortal.Tests.Browser;

/// <summary>Why a back-end is refused, what makes it trusted, and what a change does to it, with a real server and a private CA.</summary>
public sealed class BackEndFlowTests : IClassFixture<SharedPortal>, IAsyncLifetime
{
    private readonly SharedPortal _portal;
    private readonly X509Certificate2 _root = TestCertificates.Root("Corp Root");
    private readonly X509Certificate2 _issuing;
    private readonly X509Certificate2 _leaf;
    private OpenSslServer? _server;

    public BackEndFlowTests(SharedPortal portal)
    {
        _portal = portal;
        _issuing = TestCertificates.Intermediate(_root, "Branch Issuing");
        _leaf = TestCertificates.Server(_issuing);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Address => $"127.0.0.1:{_server!.Port}";

    [Fact]
    public async Task BackEnd_AddedUntrustedFixedAndLostAgain_ShowsEachTimeWhatIsTrue()
    {
        await using var session = await OpenAsync([]);
        var (page, screen) = (session.Page, new CertificatesScreen(session));
        await screen.Button("Add the first back-end").ClickAsync();
        await Expect(screen.Dialog.GetByLabel("Address")).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync(Address);
        await screen.Dialog.GetByLabel("Name (optional)", new() { Exact = true }).FillAsync("Payments");
        await page.Keyboard.PressAsync("Enter");
        await Expect(screen.Dialog).ToHaveCountAsync(0);
        await Expect(Row(page, "Payments")).ToContainTextAsync("Untrusted root");

        await Row(page, "Payments").GetByRole(AriaRole.Button, new() { Name = "Payments", Exact = true }).ClickAsync();
        await Expect(screen.Dialog.Locator(".chain-name")).ToHaveTextAsync(["localhost", "Branch Issuing", "Corp Root"]);
        await screen.InDialog("Trust this CA").ClickAsync();
        var add = screen.Dialog.Filter(new() { Has = page.GetByRole(AriaRole.Heading, new() { Name = "Add CA certificates" }) });
        await Expect(add).ToContainTextAsync($"Payments ({Address}) becomes trusted");
        await add.GetByRole(AriaRole.Button, new() { Name = "Add 1 certificate" }).ClickAsync();
        await Expect(add.Locator(".mud-alert[role=status]")).ToContainTextAsync("Installed");
        await add.GetByRole(AriaRole.Button, new() { Name = "Close", Exact = true }).ClickAsync();
        await Expect(screen.Dialog.Locator(".verdict-head .verdict")).ToHaveTextAsync("Trusted");
        await screen.CloseAsync();
        await Expect(Row(page, "Payments")).ToContainTextAsync("Corp Root");

        await page.GetByRole(AriaRole.Link, new() { Name = "CA certificates" }).Last.ClickAsync();
        await screen.FromMenuAsync("Corp Root", "Delete");
        await Expect(screen.Dialog).ToContainTextAsync($"Payments ({Address}) stops being trusted");
        await Expect(screen.InDialog("Delete")).ToBeDisabledAsync();
        await screen.Dialog.GetByLabel("Name of the certificate").FillAsync("Corp Root");
        await Expect(screen.InDialog("Delete")).ToBeEnabledAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(screen.Dialog.Locator(".mud-alert[role=status]")).ToContainTextAsync("Deleted");
        await screen.CloseAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Back-ends" }).ClickAsync();
        await Expect(Row(page, "Payments")).ToContainTextAsync("Untrusted root");
        session.AssertNoComplaints();
    }

    [Fact]
    public async Task NarrowWindow_OfAPhone_PastesManyAndTakesACertificateFromAServer()
    {
        await using var session = await OpenAsync([]);
        await session.Page.SetViewportSizeAsync(400, 800);
        await session.Page.ReloadAsync();
        await session.WaitUntilInteractiveAsync();
        var (page, screen) = (session.Page, new CertificatesScreen(session));
        await screen.Button("Add the first back-end").ClickAsync();
        await screen.Dialog.GetByText("Paste many").ClickAsync();
        await Expect(screen.Dialog.GetByLabel("One back-end on each line")).ToBeFocusedAsync();
        var remarks = new StringBuilder().Insert(0, "# A text longer than a message of the connection.\n", 800);
        // Set at once as a paste does: inserting so much as if it were typed takes Chromium many seconds.
        await screen.Dialog.GetByLabel("One back-end on each line").EvaluateAsync(
            "(area, text) => { area.value = text; area.dispatchEvent(new Event('input')); }",
            $"http://not-tls.corp\n{Address},,localhost,Payments with a rather long name of their own\n{remarks}127.0.0.1:{_server!.Port}");
        await Expect(screen.Dialog.Locator(".lines-count")).ToHaveTextAsync("2 lines understood, 1 not: it is left out");
        await session.AssertFitsAsync();
        await screen.InDialog("Add 2 back-ends").ClickAsync();
        await Expect(page.GetByText("2 tested: 0 are trusted, 2 are not.")).ToBeVisibleAsync();
        await Expect(screen.Button("Actions for 127.0.0.1")).ToBeInViewportAsync(new() { Ratio = 1 });
        await session.AssertFitsAsync();
        await screen.FromMenuAsync("127.0.0.1", "Details");
        await Expect(screen.InDialog("Trust this CA")).ToBeVisibleAsync();
        await session.AssertFitsAsync();
        await screen.CloseAsync();

        await page.GotoAsync("/ca-certificates");
        await session.WaitUntilInteractiveAsync();
        await screen.OpenAddAsync();
        await screen.InDialog("From a server").ClickAsync();
        await Expect(screen.Dialog.GetByLabel("Server", new() { Exact = true })).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync(Address);
        await page.Keyboard.PressAsync("Enter");
        await Expect(screen.Choice("Corp Root").GetByRole(AriaRole.Checkbox)).ToBeCheckedAsync();
        await Expect(screen.Dialog.GetByLabel("Server", new() { Exact = true })).ToBeFocusedAsync();
        await session.AssertFitsAsync();
        await screen.InDialog("Take 1 certificate").ClickAsync();
        await Expect(screen.Dialog).ToContainTextAsync("2 back-ends become trusted");
        await session.AssertFitsAsync();
        await screen.AddAsync("Installed");
        await screen.CloseAsync();
        await screen.ExpectListAsync("Corp Root");
        session.AssertNoComplaints();
    }

    [Fact]
    public async Task BackEnd_WithoutItsIntermediate_IsTrustedByDotNetOnceTheIssuerIsFetchedAndSaved()
    {
        await using var issuers = TcpServer.AnswerHttp(_issuing.RawData);
        using var leaf = (CertificateTemplate.Server(_issuing) with
        {
            More = [new X509AuthorityInformationAccessExtension(ocspUris: null, caIssuersUris: [$"http://127.0.0.1:{issuers.Port}/issuing.cer"])],
        }).Create();
        using var server = await OpenSslServer.StartAsync(leaf, []);
        await using var session = await OpenAsync([_root]);
        var (page, screen) = (session.Page, new CertificatesScreen(session));
        await screen.Button("Add the first back-end").ClickAsync();
        await screen.Dialog.GetByLabel("Address").FillAsync($"127.0.0.1:{server.Port}");
        await page.Keyboard.PressAsync("Enter");
        await Expect(Row(page, "127.0.0.1")).ToContainTextAsync("Unknown issuer");
        await screen.FromMenuAsync("127.0.0.1", "Details");
        Assert.Equal(0, await issuers.ConnectionsAsync());

        await screen.InDialog("Fetch the issuer").ClickAsync();
        var add = screen.Dialog.Filter(new() { Has = page.GetByRole(AriaRole.Heading, new() { Name = "Add CA certificates" }) });
        await Expect(add.Locator(".choice-name")).ToHaveTextAsync("Branch Issuing");
        await Expect(add).ToContainTextAsync("becomes trusted");
        await add.GetByRole(AriaRole.Button, new() { Name = "Add 1 certificate" }).ClickAsync();
        await Expect(add.Locator(".mud-alert[role=status]")).ToContainTextAsync("Installed");
        await add.GetByRole(AriaRole.Button, new() { Name = "Close", Exact = true }).ClickAsync();
        await session.ExpectGoneAsync(add);

        await Expect(screen.Dialog.Locator(".verdict-head .verdict")).ToHaveTextAsync("Depends on the client");
        await Expect(screen.Dialog).ToContainTextAsync("Have the server send “Branch Issuing” too.");
        session.AssertNoComplaints();
    }

    [Fact]
    public async Task WatchText_OfWhatWasPastedBeforeAnybodyListened_ReadsItToo()
    {
        await using var session = await OpenAsync([]);
        var called = await session.Page.EvaluateAsync<string>(
            """
            async () => {
                const { watchText } = await import("/js/portal.js");
                const textArea = document.body.appendChild(document.createElement("textarea"));
                textArea.value = "payments.corp";
                return new Promise(resolve => watchText(textArea, { invokeMethodAsync: resolve }));
            }
            """);
        Assert.Equal("ReadAsync", called);
        session.AssertNoComplaints();
    }

    [Fact]
    public async Task Accessibility_OfThePageAndItsDialogs_HasNoViolation()
    {
        await using var session = await OpenAsync([]);
        var (page, screen) = (session.Page, new CertificatesScreen(session));
        await LookAsync();
        await screen.Button("Add the first back-end").ClickAsync();
        await LookAsync();
        await screen.Dialog.GetByText("Paste many").ClickAsync();
        await Expect(screen.Dialog.GetByLabel("One back-end on each line")).ToBeFocusedAsync();
        await page.Keyboard.InsertTextAsync($"{Address}\nhttp://not-tls.corp\nnobody.invalid");
        await Expect(screen.Dialog.Locator(".line-wrong")).ToHaveCountAsync(1);
        await LookAsync();
        await screen.InDialog("Add 2 back-ends").ClickAsync();
        await Expect(Row(page, "nobody.invalid")).ToContainTextAsync("Name not found");
        await Expect(Row(page, "127.0.0.1")).ToContainTextAsync("Untrusted root");
        await LookAsync();
        await screen.FromMenuAsync("127.0.0.1", "Details");
        await Expect(screen.InDialog("Trust this CA")).ToBeVisibleAsync();
        await LookAsync();
        await screen.CloseAsync();
        await _portal.AddAsync(_root);
        await Expect(Row(page, "127.0.0.1")).ToContainTextAsync("Corp Root");
        await screen.FromMenuAsync("127.0.0.1", "Delete");
        await Expect(screen.InDialog("Delete")).ToBeEnabledAsync();
        await LookAsync();
        await screen.InDialog("Cancel").ClickAsync();

        await page.GetByRole(AriaRole.Link, new() { Name = "CA certificates" }).Last.ClickAsync();
        await screen.FromMenuAsync("Corp Root", "Delete");
        await Expect(screen.Dialog.GetByLabel("Name of the certificate")).ToBeVisibleAsync();
        await LookAsync();
        await screen.InDialog("Cancel").ClickAsync();
        await screen.OpenAddAsync();
        await screen.InDialog("From a server").ClickAsync();
        await screen.Dialog.GetByLabel("Server", new() { Exact = true }).FillAsync(Address);
        await screen.InDialog("Fetch").ClickAsync();
        await Expect(screen.Choice("Corp Root")).ToBeVisibleAsync();
        await LookAsync();
        session.AssertNoComplaints();

        Task LookAsync() => session.AssertAccessibleInBothColoursAsync();
    }

    // One that sends its root besides, which .NET's own does not do.
    public async ValueTask InitializeAsync() => _server = await OpenSslServer.StartAsync(_leaf, [_issuing, _root]);

    public ValueTask DisposeAsync()
    {
        _server?.Dispose();
        _leaf.Dispose();
        _issuing.Dispose();
        _root.Dispose();
        return ValueTask.CompletedTask;
    }

    private static ILocator Row(IPage page, string name) => page.GetByRole(AriaRole.Table, new() { Name = "Back-ends" }).GetByRole(AriaRole.Row)
        .Filter(new() { Has = page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true }) });

    /// <summary>An administrator's browser on the list of back-ends, which is empty.</summary>
    private async Task<BrowserSession> OpenAsync(IEnumerable<X509Certificate2> certificates)
    {
        var session = await _portal.SignInAsync(certificates);
        var backEnds = _portal.Portal.Services.GetRequiredService<BackEndService>();
        await backEnds.DeleteAsync([.. await backEnds.IdsAsync(new BackEndQuery(), Cancellation)], TestCore.Bert, Cancellation);
        await session.Page.GotoAsync("/back-ends");
        await session.WaitUntilInteractiveAsync();
        return session;
    }
}
