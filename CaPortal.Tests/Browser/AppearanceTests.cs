using System.Security.Cryptography.X509Certificates;
using CaPortal.Tests.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CaPortal.Tests.Browser;

/// <summary>The pages and dialogs for everybody: narrow windows, dark colours, assistive technology, hostile certificates.</summary>
public sealed class AppearanceTests(SharedPortal portal) : IClassFixture<SharedPortal>, IDisposable
{
    private readonly X509Certificate2 _root = TestCertificates.Root("Corp Root", notAfter: TestCertificates.Yesterday.AddDays(30));
    private readonly X509Certificate2 _other = TestCertificates.Root("Other Root");

    [Fact]
    public async Task Accessibility_OfEveryPageAndDialog_HasNoViolation()
    {
        using var server = TestCertificates.SelfSignedServer("legacy.corp");
        using var issuing = TestCertificates.Intermediate(_other, "Branch Issuing");
        await using var session = await portal.SignInAsync([_root]);
        var screen = new CertificatesScreen(session);
        await screen.ExpectListAsync("Corp Root");
        await LookAsync();
        await screen.OpenMenuAsync("Corp Root");
        await Expect(session.Page.GetByRole(AriaRole.Menuitem)).ToHaveCountAsync(6);
        await LookAsync();
        await session.Page.Keyboard.PressAsync("Escape");
        await Expect(session.Page.GetByRole(AriaRole.Menuitem)).ToHaveCountAsync(0);

        await screen.OpenAddAsync();
        await LookAsync();
        await screen.ChooseAsync(
            ("bundle.pem", [.. TestFiles.Pem(_root, server, issuing), .. "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"u8]),
            ("other.pfx", _other.Export(X509ContentType.Pkcs12, "sesame")));
        await Expect(screen.Dialog.GetByLabel("Password for other.pfx")).ToBeVisibleAsync();
        await screen.Choice("Branch Issuing").GetByText("Details").ClickAsync();
        await LookAsync();
        await screen.AddAsync("Installed");
        await LookAsync();
        await screen.CloseAsync();

        await screen.Name("Corp Root").ClickAsync();
        foreach (var tab in (string[])["General", "Details", "Path", "Installed", "Activity"])
        {
            await screen.Dialog.GetByRole(AriaRole.Tab, new() { Name = tab, Exact = true }).ClickAsync();
            await LookAsync();
        }

        await screen.CloseAsync();
        await screen.FromMenuAsync("Corp Root", "Delete");
        await Expect(screen.InDialog("Delete")).ToBeEnabledAsync();
        await LookAsync();
        await screen.ApplyAsync("Delete", "Deleted");
        await LookAsync();
        await screen.CloseAsync();
        await session.Page.GetByRole(AriaRole.Link, new() { Name = "Recycle bin" }).ClickAsync();
        await Expect(screen.Button("Restore Corp Root").First).ToBeVisibleAsync();
        await LookAsync();
        session.AssertNoComplaints();

        Task LookAsync() => session.AssertAccessibleInBothColoursAsync();
    }

    [Fact]
    public async Task NarrowWindow_OfAPhone_NeverScrollsSidewaysAndReachesEveryAction()
    {
        using var issuing = TestCertificates.Intermediate(_other, "A rather long name of an issuing certificate authority of the branch office");
        await using var session = await portal.SignInAsync([_root, issuing]);
        await session.Page.SetViewportSizeAsync(400, 800);
        await session.Page.ReloadAsync();
        await session.WaitUntilInteractiveAsync();
        var screen = new CertificatesScreen(session);
        await Expect(screen.Button("Actions for Corp Root")).ToBeInViewportAsync(new() { Ratio = 1 });
        await session.AssertFitsAsync();
        await screen.OpenMenuAsync("Corp Root");
        await Expect(session.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Delete" })).ToBeInViewportAsync(new() { Ratio = 1 });
        await session.Page.GetByRole(AriaRole.Menuitem, new() { Name = "View" }).ClickAsync();
        await Expect(screen.Dialog).ToContainTextAsync(_root.Thumbprint);
        await Expect(screen.Dialog.GetByRole(AriaRole.Tab, new() { Name = "General" })).ToBeInViewportAsync(new() { Ratio = 1 });
        await session.AssertFitsAsync();
        await screen.CloseAsync();

        await screen.OpenAddAsync();
        await screen.ChooseAsync(("bundle.pem", TestFiles.Pem(_other, issuing)), ("other.pfx", _other.Export(X509ContentType.Pkcs12, "sesame")));
        await Expect(screen.Dialog.GetByLabel("Password for other.pfx")).ToBeVisibleAsync();
        await session.AssertFitsAsync();
        await Expect(screen.AddCertificates).ToBeInViewportAsync(new() { Ratio = 1 });
        await Expect(screen.InDialog("Cancel")).ToBeInViewportAsync(new() { Ratio = 1 });
        await screen.AddAsync("Installed");
        await session.AssertFitsAsync();
        await screen.CloseAsync();

        await screen.FromMenuAsync("Other Root", "Delete");
        await Expect(screen.InDialog("Delete")).ToBeInViewportAsync(new() { Ratio = 1 });
        await session.AssertFitsAsync();
        await screen.ApplyAsync("Delete", "Deleted");
        await screen.CloseAsync();
        await session.Page.GetByRole(AriaRole.Checkbox, new() { Name = "Select all" }).CheckAsync();
        await Expect(screen.Button("Delete")).ToBeInViewportAsync(new() { Ratio = 1 });
        await session.AssertFitsAsync();
        await session.Page.GetByRole(AriaRole.Link, new() { Name = "Recycle bin" }).ClickAsync();
        await Expect(screen.Button("Restore Other Root").First).ToBeInViewportAsync(new() { Ratio = 1 });
        await session.AssertFitsAsync();
        session.AssertNoComplaints();
    }

    [Fact]
    public async Task HostileName_OfACertificate_IsHarmlessEverywhere()
    {
        var name = "<img src=x onerror=document.title='owned'>\u202Etoor\u0007\u200BRoot";
        var certificate = new RawCertificate { Name = RawCertificate.CommonName(0x0C, System.Text.Encoding.UTF8.GetBytes(name)) }.Build();
        await AssertHarmlessAsync(certificate, @"<img src=x onerror=document.title='owned'>\u{202E}toor\u{0007}\u{200B}Root");
    }

    [Fact]
    public async Task HostileName_OfAThousandCharacters_IsCutEverywhere()
    {
        var certificate = new RawCertificate { Name = RawCertificate.CommonName(0x0C, System.Text.Encoding.UTF8.GetBytes(new string('W', 1000))) }.Build();
        await AssertHarmlessAsync(certificate, $"{new string('W', 100)}…");
    }

    public void Dispose()
    {
        _root.Dispose();
        _other.Dispose();
    }

    private async Task AssertHarmlessAsync(byte[] certificate, string shown)
    {
        await using var session = await portal.SignInAsync([]);
        var screen = new CertificatesScreen(session);
        await screen.OpenAddAsync();
        await screen.ChooseAsync(("hostile<b>\u202E.cer", certificate));
        await Expect(screen.Dialog.Locator(".choice-name")).ToHaveTextAsync(shown);
        await Expect(screen.Dialog.Locator(".upload-file-name")).ToHaveTextAsync(@"hostile<b>\u{202E}.cer");
        await screen.AddAsync("Installed");
        await screen.CloseAsync();
        await screen.ExpectListAsync(shown);
        await session.AssertFitsAsync();

        await screen.List.Locator(".link-button").ClickAsync();
        await Expect(screen.Dialog.Locator("h6")).ToHaveTextAsync(shown);
        foreach (var tab in (string[])["Details", "Path", "Activity", "General"])
            await screen.Dialog.GetByRole(AriaRole.Tab, new() { Name = tab, Exact = true }).ClickAsync();
        await session.AssertFitsAsync();
        await screen.CloseAsync();
        await screen.FromMenuAsync(shown, "Delete");
        await Expect(screen.Dialog.Locator(".change-list strong")).ToHaveTextAsync(shown);
        await screen.ApplyAsync("Delete", "Deleted");
        await screen.CloseAsync();
        await session.Page.GetByRole(AriaRole.Link, new() { Name = "Recycle bin" }).ClickAsync();
        await Expect(session.Page.Locator(".bin-name").First).ToHaveTextAsync(shown);

        await session.AssertFitsAsync();
        Assert.EndsWith("CaPortal", await session.Page.TitleAsync(), StringComparison.Ordinal);
        await Expect(session.Page.Locator("img:not([src='favicon.svg'])")).ToHaveCountAsync(0);
        session.AssertNoComplaints();
    }
}
