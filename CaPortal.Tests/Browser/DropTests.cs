using System.Security.Cryptography.X509Certificates;
using CaPortal.Tests.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CaPortal.Tests.Browser;

/// <summary>Files that are dropped and certificates that are pasted somewhere on the page, in a real browser.</summary>
public sealed class DropTests(SharedPortal portal) : IClassFixture<SharedPortal>, IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly X509Certificate2 _root = TestCertificates.Root("Corp Root");
    private readonly X509Certificate2 _other = TestCertificates.Root("Other Root");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task FilesAndFolders_DroppedAnywhereOnTheList_AreInTheDialog()
    {
        await using var session = await portal.SignInAsync([], new());
        var screen = new CertificatesScreen(session);
        await screen.ExpectListAsync();
        var folder = Directory.CreateDirectory(Path.Combine(_directory.Path, "from the CA", "roots"));
        var inside = Path.Combine(folder.FullName, "corp.pem");
        await File.WriteAllBytesAsync(inside, TestFiles.Pem(_root), Cancellation);
        var beside = Path.Combine(_directory.Path, "other.pem");
        await File.WriteAllBytesAsync(beside, TestFiles.Pem(_other), Cancellation);

        await DropAsync(session.Page, 300, 500, Path.Combine(_directory.Path, "from the CA"));
        await Expect(screen.Choice("Corp Root")).ToBeVisibleAsync();
        await Expect(screen.Dialog.Locator(".upload-file-name")).ToHaveTextAsync(["corp.pem"]);

        // Beside the dialog too, once it is open.
        await DropAsync(session.Page, 5, 600, beside);
        await Expect(screen.Dialog.Locator(".upload-file-name")).ToHaveTextAsync(["corp.pem", "other.pem"]);
        await screen.AddAsync("Installed");
        await screen.CloseAsync();
        await screen.ExpectListAsync("Corp Root", "Other Root");
        session.AssertNoComplaints();
    }

    [Fact]
    public async Task File_DroppedWhereNobodyTakesIt_LeavesThePageAsItIs()
    {
        await using var session = await portal.SignInAsync([], new());
        var page = session.Page;
        await page.GotoAsync("/expiry");
        await session.WaitUntilInteractiveAsync();
        var file = Path.Combine(_directory.Path, "corp.pem");
        await File.WriteAllBytesAsync(file, TestFiles.Pem(_root), Cancellation);
        await page.EvaluateAsync("window.isSame = true");

        await DropAsync(page, 300, 300, file);

        await page.GetByRole(AriaRole.Link, new() { Name = "CA certificates", Exact = true }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "CA certificates", Exact = true })).ToBeVisibleAsync();
        Assert.True(await page.EvaluateAsync<bool>("window.isSame"));
        await Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        session.AssertNoComplaints();
    }

    [Fact]
    public async Task Certificate_PastedOnTheList_IsInTheDialogAndAWordIsNot()
    {
        await using var session = await portal.SignInAsync([], new() { Permissions = ["clipboard-read", "clipboard-write"] });
        var (page, screen) = (session.Page, new CertificatesScreen(session));
        await screen.ExpectListAsync();

        await PasteAsync(page, "Corp Root");
        await PasteAsync(page, _root.ExportCertificatePem());
        await Expect(screen.Choice("Corp Root")).ToBeVisibleAsync();
        await Expect(screen.Dialog.Locator(".upload-file-name")).ToHaveTextAsync(["Pasted text"]);

        // In the open dialog as well, but not out of a field that somebody pastes into.
        await PasteAsync(page, Convert.ToBase64String(_other.RawData));
        await Expect(screen.Choice("Other Root")).ToBeVisibleAsync();
        await screen.Dialog.GetByLabel("Reason (optional)").FocusAsync();
        await PasteAsync(page, "-----BEGIN a ticket");
        await Expect(screen.Dialog.GetByLabel("Reason (optional)")).ToHaveValueAsync("-----BEGIN a ticket");
        await Expect(screen.Dialog.Locator(".upload-file-name")).ToHaveCountAsync(2);

        // One key does not lose what is chosen.
        await page.Keyboard.PressAsync("Escape");
        await Expect(screen.Dialog).ToContainTextAsync("Discard what you have chosen?");
        await page.Keyboard.PressAsync("Escape");
        await session.ExpectGoneAsync(screen.Dialog);
        session.AssertNoComplaints();
    }

    public void Dispose()
    {
        _root.Dispose();
        _other.Dispose();
        _directory.Dispose();
    }

    private static async Task PasteAsync(IPage page, string text)
    {
        await page.EvaluateAsync("text => navigator.clipboard.writeText(text)", text);
        await page.Keyboard.PressAsync("Control+v");
    }

    /// <summary>Drops as the browser itself does it, with files of the disk.</summary>
    private static async Task DropAsync(IPage page, int x, int y, string path)
    {
        var client = await page.Context.NewCDPSessionAsync(page);
        foreach (var type in (string[])["dragEnter", "dragOver", "drop"])
        {
            await client.SendAsync("Input.dispatchDragEvent", new()
            {
                ["type"] = type,
                ["x"] = x,
                ["y"] = y,
                ["data"] = new Dictionary<string, object> { ["items"] = Array.Empty<object>(), ["files"] = new[] { path }, ["dragOperationsMask"] = 1 },
            });
        }

        await client.DetachAsync();
    }
}
