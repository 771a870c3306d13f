using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Certificates;
using CaPortal.Core.Probing;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CaPortal.Tests.Browser;

/// <summary>All about one certificate, in the drawer, on a page of its own and beside another, in a real browser.</summary>
public sealed class CertificateViewTests(SharedPortal portal) : IClassFixture<SharedPortal>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Certificate_FromTheDrawerToItsPageAndBesideItsRenewal_IsReadMovedAndDeleted()
    {
        using var root = TestCertificates.Root("Corp Root");
        using var renewed = TestCertificates.Root("Corp Root", notAfter: TestCertificates.Yesterday.AddYears(20));
        using var issuing = TestCertificates.Intermediate(root, "Branch Issuing");
        using var leaf = TestCertificates.Server(issuing);
        await using var server = new TlsServer(leaf, issuing);
        await using var session = await portal.SignInAsync([root, renewed, issuing]);
        var backEnds = portal.Portal.Services.GetRequiredService<BackEndService>();
        Assert.True(BackEndAddress.TryParse($"localhost:{server.Port}", null, out var address, out _));
        var added = Assert.IsType<BackEndOutcome.Done>(await backEnds.AddAsync([new BackEndDraft(address!, "payments")], TestCore.Anna, Cancellation));
        await backEnds.TestAsync(added.Ids, TestCore.Anna, null, Cancellation);
        var page = session.Page;
        var screen = new CertificatesScreen(session);

        // Which back-ends need it.
        await screen.Name("Branch Issuing").ClickAsync();
        await screen.Dialog.GetByRole(AriaRole.Tab, new() { Name = "Used by" }).ClickAsync();
        await Expect(screen.Dialog).ToContainTextAsync("Deleting it changes nothing for the known back-ends.");
        await screen.Dialog.GetByRole(AriaRole.Tab, new() { Name = "Details" }).ClickAsync();
        await screen.Dialog.GetByText("ASN.1 structure").ClickAsync();
        await Expect(screen.Dialog.GetByText("2.5.29.19 (Basic constraints)")).ToBeVisibleAsync();
        await session.AssertAccessibleInBothColoursAsync();

        // Its issuer, on a page of its own.
        await screen.Dialog.GetByRole(AriaRole.Link, new() { Name = "Open as a page" }).ClickAsync();
        await Expect(page).ToHaveTitleAsync("Branch Issuing - CaPortal");
        await page.GotoAsync($"/ca-certificates/root/{Sha256(root)}");
        await session.WaitUntilInteractiveAsync();
        var uses = page.GetByRole(AriaRole.Region, new() { Name = "Used by" });
        await Expect(uses).ToContainTextAsync("1 back-end needs it to be trusted.");
        await Expect(uses.GetByRole(AriaRole.Link, new() { Name = "payments" })).ToHaveAttributeAsync("href", $"back-ends?open=back-end-{added.Ids[0]}");
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Path" }).GetByRole(AriaRole.Link, new() { Name = "Branch Issuing" })).ToBeVisibleAsync();
        await session.AssertAccessibleInBothColoursAsync();
        await page.SetViewportSizeAsync(400, 800);
        await session.AssertFitsAsync();
        await page.SetViewportSizeAsync(1280, 720);

        // Beside the one that takes its place.
        await page.GetByRole(AriaRole.Link, new() { Name = "Compare" }).ClickAsync();
        await Expect(page.GetByText("Same name, different keys")).ToBeVisibleAsync();
        await Expect(page.Locator("mark").Filter(new() { HasTextString = Sha256(renewed) })).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Rowheader, new() { Name = "Subject", Exact = true })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Checkbox, new() { Name = "Only what differs" }).CheckAsync();
        await session.ExpectGoneAsync(page.GetByRole(AriaRole.Rowheader, new() { Name = "Subject", Exact = true }));
        await Expect(page.GetByRole(AriaRole.Rowheader, new() { Name = "Serial number differs" })).ToBeVisibleAsync();
        await session.AssertAccessibleInBothColoursAsync();
        await page.SetViewportSizeAsync(400, 800);
        await session.AssertFitsAsync();
        await page.SetViewportSizeAsync(1280, 720);

        // Moved, it has another address; deleted, it has none.
        await page.GetByRole(AriaRole.Columnheader).Last.GetByRole(AriaRole.Link).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Move to Intermediate" }).ClickAsync();
        await screen.ApplyAsync("Move", "Moved");
        await screen.CloseAsync();
        await Expect(page).ToHaveURLAsync(new Regex($"/ca-certificates/certificate-authority/{Sha256(renewed)}$"));
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Move to Trusted root" })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete", Exact = true }).ClickAsync();
        await screen.ApplyAsync("Delete", "Deleted");
        await screen.CloseAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/ca-certificates$"));
        await page.GotoAsync($"/ca-certificates/root/{Sha256(renewed)}");
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("This certificate is not in the list.");
        session.AssertNoComplaints();
    }

    [Fact]
    public async Task Fingerprint_GivenByPhoneOrMail_IsComparedInAnyForm()
    {
        using var root = TestCertificates.Root("Corp Root");
        await using var session = await portal.SignInAsync([root]);
        var page = session.Page;
        await page.GotoAsync($"/ca-certificates/root/{Sha256(root).ToUpperInvariant()}");
        await session.WaitUntilInteractiveAsync();
        var given = page.GetByLabel("Compare with a fingerprint that you were given");
        var answer = page.Locator(".fingerprint-answer");
        await page.GetByRole(AriaRole.Button, new() { Name = "A1:B2, with colons" }).ClickAsync();
        var colons = string.Join(':', Sha256(root).ToUpperInvariant().Chunk(2).Select(p => new string(p)));
        await Expect(page.GetByText(colons)).ToBeVisibleAsync();

        await given.FillAsync($"sha256 Fingerprint={colons}");
        await Expect(answer).ToHaveTextAsync("It is this certificate.");
        await given.FillAsync(root.Thumbprint);
        await Expect(answer).ToContainTextAsync("It is this certificate, by its SHA-1.");
        await given.FillAsync(new string('0', 64));
        await Expect(answer).ToHaveTextAsync("It is another certificate.");
        await session.AssertAccessibleInBothColoursAsync();
        await given.FillAsync("Corp Root");
        await Expect(answer).ToContainTextAsync("That is not a fingerprint.");

        // The form is remembered.
        await page.ReloadAsync();
        await Expect(page.GetByText(colons)).ToBeVisibleAsync();
        session.AssertNoComplaints();
    }

    [Fact]
    public async Task Page_OnPaper_IsDarkOnWhiteWithNothingToClick()
    {
        using var root = TestCertificates.Root("Corp Root");
        await using var session = await portal.SignInAsync([root], new());
        var page = session.Page;
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await page.GotoAsync($"/ca-certificates/root/{Sha256(root)}");
        await session.WaitUntilInteractiveAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Print", Exact = true })).ToBeVisibleAsync();

        await page.EmulateMediaAsync(new() { Media = Media.Print, ColorScheme = ColorScheme.Dark });

        await Expect(page.GetByRole(AriaRole.Button)).ToHaveCountAsync(0);
        await Expect(page.GetByRole(AriaRole.Navigation)).ToHaveCountAsync(0);
        await Expect(page.GetByRole(AriaRole.Definition).Filter(new() { HasTextString = root.SerialNumber })).ToHaveCSSAsync("color", "rgb(0, 0, 0)");
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "General" })).ToHaveCSSAsync("background-color", "rgb(255, 255, 255)");
        session.AssertNoComplaints();
    }

    private static string Sha256(X509Certificate2 certificate) => Thumbprints.Sha256(certificate.RawData);
}
