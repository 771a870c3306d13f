using CaPortal.Authentication;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Inspection;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CaPortal.Tests.Browser;

public sealed class ReaderTests(BrowserFixture browser)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Reader_SignedInWithEntra_SeesEverythingAndNoActionThatChangesAnything()
    {
        using var root = TestCertificates.Root("Corp Root");
        using var deleted = TestCertificates.Root("Deleted Root");
        await using var entra = await EntraProvider.StartAsync(Cancellation);
        await using var portal = entra.CreatePortal();
        _ = portal.Address;
        var changes = portal.Services.GetRequiredService<CertificateChanges>();
        var inspection = await changes.InspectAsync([new UploadedFile("upload.pem", TestFiles.Pem(root, deleted))], Cancellation);
        await changes.ApplyAsync(
            changes.PlanAdd(inspection, [.. inspection.Items.Select(i => new AddSelection(i, CaStore.Root, new HashSet<FindingCode>()))]),
            TestCore.Anna,
            null,
            null,
            Cancellation);
        await changes.ApplyAsync(await changes.PlanDeleteAsync([TestCore.KeyOf(deleted)], Cancellation), TestCore.Anna, null, null, Cancellation);
        entra.User = ("rita@example.com", [AppRoles.Reader]);
        await using var session = await browser.NewSessionAsync(portal);
        await session.Page.GotoAsync("/ca-certificates");
        await session.WaitUntilInteractiveAsync();
        var screen = new CertificatesScreen(session);

        await screen.ExpectListAsync("Corp Root");
        await Expect(screen.Button("Add")).ToHaveCountAsync(0);
        await screen.OpenMenuAsync("Corp Root");
        await Expect(session.Page.GetByRole(AriaRole.Menuitem)).ToHaveTextAsync(["View", "Copy thumbprint", "Download .cer", "Download .pem"]);
        await session.Page.GetByRole(AriaRole.Menuitem, new() { Name = "View" }).ClickAsync();
        await Expect(screen.Dialog).ToContainTextAsync(root.Thumbprint);
        await screen.CloseAsync();
        await session.Page.GetByRole(AriaRole.Checkbox, new() { Name = "Select all" }).CheckAsync();
        await Expect(session.Page.GetByText("1 selected")).ToBeVisibleAsync();
        await Expect(screen.Button("Delete")).ToHaveCountAsync(0);
        await Expect(screen.Button("Move")).ToHaveCountAsync(0);
        await session.Page.GetByRole(AriaRole.Link, new() { Name = "Recycle bin" }).ClickAsync();
        await Expect(session.Page.GetByText("Deleted Root")).ToBeVisibleAsync();
        await Expect(screen.Button("Restore Deleted Root")).ToHaveCountAsync(0);
        session.AssertNoComplaints();
    }
}
