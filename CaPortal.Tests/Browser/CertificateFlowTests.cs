using System.Security.Cryptography.X509Certificates;
using System.Text;
using CaPortal.Tests.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CaPortal.Tests.Browser;

/// <summary>The main job with real files in a real browser.</summary>
public sealed class CertificateFlowTests(BrowserFixture browser, SharedPortal portal) : IClassFixture<SharedPortal>, IDisposable
{
    private readonly X509Certificate2 _root = TestCertificates.Root("Corp Root");
    private readonly X509Certificate2 _other = TestCertificates.Root("Other Root");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string RootsFile => Path.Combine(portal.Portal.DataDirectory, "trust", "roots.pem");

    [Fact]
    public async Task Certificate_AddedSeenDeletedAndRestored_TakesEffectEachTime()
    {
        Tool.Require("openssl");
        await using var session = await portal.SignInAsync([]);
        var screen = new CertificatesScreen(session);
        await screen.ExpectListAsync();
        await screen.OpenAddAsync();
        await screen.ChooseAsync(("corp.pem", TestFiles.Pem(_root)));
        await Expect(screen.Choice("Corp Root")).ToContainTextAsync("Self-signed");
        await screen.Dialog.GetByLabel("Reason (optional)").FillAsync("CHG-1");
        await screen.AddAsync("Installed, and read back from every trust store.");
        await Expect(screen.Dialog).ToContainTextAsync("OpenSSL sees it in PEM bundle files.");
        Assert.Contains(_root.ExportCertificatePem().ReplaceLineEndings("\n"), await File.ReadAllTextAsync(RootsFile, Cancellation));
        await screen.CloseAsync();
        await screen.ExpectListAsync("Corp Root");

        await screen.Name("Corp Root").ClickAsync();
        await Expect(screen.Dialog).ToContainTextAsync(_root.Thumbprint);
        await screen.Dialog.GetByRole(AriaRole.Tab, new() { Name = "Activity" }).ClickAsync();
        await Expect(screen.Dialog).ToContainTextAsync("“CHG-1”");
        await screen.CloseAsync();

        await screen.FromMenuAsync("Corp Root", "Delete");
        await Expect(screen.Dialog).ToContainTextAsync("PEM bundle files: 1 removed");
        await screen.ApplyAsync("Delete", "Deleted, and gone from every trust store.");
        await Expect(screen.Dialog).ToContainTextAsync("OpenSSL does not see it any more in PEM bundle files.");
        Assert.DoesNotContain("BEGIN CERTIFICATE", await File.ReadAllTextAsync(RootsFile, Cancellation), StringComparison.Ordinal);
        await screen.ApplyAsync("Undo", "Restored, and read back from every trust store.");
        await screen.CloseAsync();
        await screen.ExpectListAsync("Corp Root");

        await screen.FromMenuAsync("Corp Root", "Delete");
        await screen.ApplyAsync("Delete", "Deleted");
        await screen.CloseAsync();
        await screen.ExpectListAsync();
        await session.Page.GetByRole(AriaRole.Link, new() { Name = "Recycle bin" }).ClickAsync();
        await screen.Button("Restore Corp Root").First.ClickAsync();
        await screen.ApplyAsync("Restore", "Restored");
        await screen.CloseAsync();
        await session.Page.GetByRole(AriaRole.Main).GetByRole(AriaRole.Link, new() { Name = "CA certificates" }).ClickAsync();
        await screen.ExpectListAsync("Corp Root");
        Assert.Contains("BEGIN CERTIFICATE", await File.ReadAllTextAsync(RootsFile, Cancellation), StringComparison.Ordinal);
        session.AssertNoComplaints();
    }

    [Fact]
    public async Task Bundle_WithADamagedItem_AddsTheOthersToTheirStores()
    {
        using var issuing = TestCertificates.Intermediate(_root, "Branch Issuing");
        await using var session = await portal.SignInAsync([]);
        var screen = new CertificatesScreen(session);
        await screen.OpenAddAsync();
        await screen.ChooseAsync(
            ("bundle.pem", [.. TestFiles.Pem(_root), .. "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"u8, .. TestFiles.Pem(issuing)]),
            ("other.cer", _other.RawData));
        await Expect(screen.Choice("Damaged certificate")).ToContainTextAsync("Will not be added");
        await Expect(screen.AddCertificates).ToHaveTextAsync("Add 3 certificates");
        await screen.AddAsync("Installed");
        await screen.CloseAsync();

        await screen.ExpectListAsync("Branch Issuing", "Corp Root", "Other Root");
        await Expect(screen.List.GetByRole(AriaRole.Row).Filter(new() { HasText = "Branch Issuing" })).ToContainTextAsync("Intermediate");
        session.AssertNoComplaints();
    }

    [Fact]
    public async Task File_ChosenBeforeAnybodyListens_IsReadOnce()
    {
        await using var session = await portal.SignInAsync([]);
        var screen = new CertificatesScreen(session);
        await session.Page.EvaluateAsync(
            """
            pem => new MutationObserver((_, observer) => {
                const input = document.querySelector("input[type=file]");
                if (!input)
                    return;
                observer.disconnect();
                const chosen = new DataTransfer();
                chosen.items.add(new File([pem], "early.pem"));
                input.files = chosen.files;
                input.dispatchEvent(new Event("change", { bubbles: true }));
            }).observe(document.body, { childList: true, subtree: true })
            """,
            _root.ExportCertificatePem());

        await screen.OpenAddAsync();

        await Expect(screen.Choice("Corp Root")).ToContainTextAsync("Self-signed");
        await Expect(screen.Dialog.Locator(".choice")).ToHaveCountAsync(1);
        session.AssertNoComplaints();
    }

    [Fact]
    public async Task File_ChosenWhenThePageHasJustBegunToListen_IsReadOnce()
    {
        await using var session = await portal.SignInAsync([]);
        var screen = new CertificatesScreen(session);
        await session.Page.EvaluateAsync(
            """
            pem => {
                const listen = HTMLInputElement.prototype.addEventListener;
                HTMLInputElement.prototype.addEventListener = function (type, ...rest) {
                    listen.call(this, type, ...rest);
                    if (type !== "change" || this.type !== "file")
                        return;
                    HTMLInputElement.prototype.addEventListener = listen;
                    const chosen = new DataTransfer();
                    chosen.items.add(new File([pem], "early.pem"));
                    this.files = chosen.files;
                    this.dispatchEvent(new Event("change", { bubbles: true }));
                };
            }
            """,
            _root.ExportCertificatePem());

        await screen.OpenAddAsync();

        await Expect(screen.Choice("Corp Root")).ToContainTextAsync("Self-signed");
        await Expect(screen.Dialog.Locator(".choice")).ToHaveCountAsync(1);
        await Expect(screen.Dialog.GetByRole(AriaRole.Alert)).ToHaveCountAsync(0);
        session.AssertNoComplaints();
    }

    [Fact]
    public async Task Pkcs12_WithTheWrongPassword_AsksAgainAndKeepsTheFile()
    {
        await using var session = await portal.SignInAsync([]);
        var screen = new CertificatesScreen(session);
        await screen.OpenAddAsync();
        await screen.ChooseAsync(("corp.pfx", _root.Export(X509ContentType.Pkcs12, "sesame")));
        var password = screen.Dialog.GetByLabel("Password for corp.pfx");
        await Expect(password).ToBeFocusedAsync();
        await session.Page.Keyboard.TypeAsync("wrong");
        await session.Page.Keyboard.PressAsync("Enter");
        await Expect(screen.Dialog).ToContainTextAsync("This is not the password of the file");
        await Expect(password).ToBeFocusedAsync();
        await Expect(password).ToHaveAttributeAsync("type", "password");
        await screen.Button("Show the password").ClickAsync();
        await Expect(password).ToHaveAttributeAsync("type", "text");
        await password.FillAsync("sesame");
        await screen.InDialog("Open").ClickAsync();
        await Expect(screen.Choice("Private key")).ToContainTextAsync("treat the key as exposed");
        await screen.AddAsync("Installed");
        await screen.CloseAsync();

        await screen.ExpectListAsync("Corp Root");
        session.AssertNoComplaints();
    }

    [Fact]
    public async Task PastedText_LongerThanAMessageOfTheConnection_IsReadInFull()
    {
        await using var session = await portal.SignInAsync([]);
        var screen = new CertificatesScreen(session);
        var text = new StringBuilder().Insert(0, "Some words before it.\r\n", 6_000).Append(_root.ExportCertificatePem()).ToString();
        Assert.True(text.Length > 100_000);
        await screen.OpenAddAsync();
        await screen.InDialog("Paste text instead").ClickAsync();
        await Expect(screen.Dialog.GetByLabel("Certificates as text")).ToBeFocusedAsync();
        await screen.Dialog.GetByLabel("Certificates as text").EvaluateAsync("(field, text) => field.value = text", text);
        await screen.InDialog("Read text").ClickAsync();
        await screen.AddAsync("Installed");
        await screen.CloseAsync();

        await screen.ExpectListAsync("Corp Root");
        session.AssertNoComplaints();
    }

    [Fact]
    public async Task Move_ToTheOtherStore_SaysWhatItMeansAndIsShown()
    {
        await using var session = await portal.SignInAsync([_root]);
        var screen = new CertificatesScreen(session);
        await screen.FromMenuAsync("Corp Root", "Move to Intermediate");
        await Expect(screen.Dialog).ToContainTextAsync("no trust anchor");
        await screen.ApplyAsync("Move", "Moved, and read back from every trust store.");
        await screen.CloseAsync();

        await Expect(screen.List.GetByRole(AriaRole.Cell, new() { Name = "Intermediate", Exact = true })).ToBeVisibleAsync();
        session.AssertNoComplaints();
    }

    [Fact]
    public async Task Selection_OfSeveral_IsDeletedAtOnce()
    {
        await using var session = await portal.SignInAsync([_root, _other]);
        var screen = new CertificatesScreen(session);
        await session.Page.GetByRole(AriaRole.Checkbox, new() { Name = "Select all" }).CheckAsync();
        await screen.Button("Delete").ClickAsync();
        await Expect(screen.Dialog).ToContainTextAsync("Delete 2 CA certificates");
        await screen.ApplyAsync("Delete", "Deleted");
        await screen.CloseAsync();

        await screen.ExpectListAsync();
        session.AssertNoComplaints();
    }

    [Fact]
    public async Task CopyThumbprint_FromRowAndMenu_PutsItOnTheClipboard()
    {
        await using var session = await portal.SignInAsync([_root, _other]);
        await session.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        var screen = new CertificatesScreen(session);
        await screen.Button("Copy the thumbprint of Corp Root").ClickAsync();
        await Expect(session.Page.GetByText("Thumbprint copied")).ToBeVisibleAsync();
        Assert.Equal(_root.Thumbprint, await session.Page.EvaluateAsync<string>("navigator.clipboard.readText()"));
        await screen.FromMenuAsync("Other Root", "Copy thumbprint");

        await session.Page.WaitForFunctionAsync("expected => navigator.clipboard.readText().then(text => text === expected)", _other.Thumbprint);
        session.AssertNoComplaints();
    }

    [Theory]
    [InlineData("Download .cer")]
    [InlineData("Download .pem")]
    public async Task Download_FromTheMenu_IsTheCertificate(string action)
    {
        await using var session = await portal.SignInAsync([_root]);
        var screen = new CertificatesScreen(session);
        var download = await session.Page.RunAndWaitForDownloadAsync(() => screen.FromMenuAsync("Corp Root", action));
        await using var content = new MemoryStream();
        await (await download.CreateReadStreamAsync()).CopyToAsync(content, Cancellation);

        Assert.EndsWith(action[^4..], download.SuggestedFilename, StringComparison.Ordinal);
        Assert.Equal(action.EndsWith("cer", StringComparison.Ordinal) ? _root.RawData : TestFiles.Pem(_root), content.ToArray());
        Assert.EndsWith("/ca-certificates", session.Page.Url, StringComparison.Ordinal);
        session.AssertNoComplaints();
    }

    [Fact]
    public async Task TwoBrowsers_AtOnce_SeeEachOthersChangesAndRefuseAStalePlan()
    {
        await using var first = await portal.SignInAsync([_root]);
        await using var second = await browser.NewSessionAsync(portal.Portal);
        await second.SignInAsync();
        var (one, two) = (new CertificatesScreen(first), new CertificatesScreen(second));
        await two.ExpectListAsync("Corp Root");
        await one.OpenAddAsync();
        await one.ChooseAsync(("other.pem", TestFiles.Pem(_other)));
        await Expect(one.Choice("Other Root")).ToBeVisibleAsync();

        await two.FromMenuAsync("Corp Root", "Delete");
        await two.ApplyAsync("Delete", "Deleted");
        await two.CloseAsync();
        await one.AddCertificates.ClickAsync();
        await Expect(one.Dialog.GetByRole(AriaRole.Alert)).ToContainTextAsync("deleted Corp Root (Trusted root)");
        await one.InDialog("Look again").ClickAsync();
        await one.AddAsync("Installed");
        await one.CloseAsync();

        await one.ExpectListAsync("Other Root");
        await two.ExpectListAsync("Other Root");
        first.AssertNoComplaints();
        second.AssertNoComplaints();
    }

    [Fact]
    public async Task Row_WhileSomebodyElseChangesTheList_StaysTheSameAndKeepsTheFocus()
    {
        await using var session = await portal.SignInAsync([_root]);
        var screen = new CertificatesScreen(session);
        var actions = screen.Button("Actions for Corp Root");
        await actions.FocusAsync();
        await portal.AddAsync(_other);
        await screen.ExpectListAsync("Corp Root", "Other Root");

        await Expect(actions).ToBeFocusedAsync();
        session.AssertNoComplaints();
    }

    public void Dispose()
    {
        _root.Dispose();
        _other.Dispose();
    }
}
