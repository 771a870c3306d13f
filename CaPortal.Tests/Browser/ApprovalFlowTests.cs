using CaPortal.Authentication;
using CaPortal.Core.Access;
using CaPortal.Core.Approvals;
using CaPortal.Core.Changes;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CaPortal.Tests.Browser;

public sealed class ApprovalFlowTests(BrowserFixture browser)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task FourEyes_TwoPeople_OneProposesTheOtherApprovesAndBothSeeItLive()
    {
        using var root = TestCertificates.Root("Corp Root");
        await using var entra = await EntraProvider.StartAsync(Cancellation);
        await using var portal = entra.CreatePortal().With("CaPortal:FourEyes:Enabled", "true");
        await using var bert = await SignInAsync(entra, portal, "bert@example.com", "/approvals");
        await Expect(bert.Page.GetByRole(AriaRole.Heading, new() { Name = "Nothing waits for approval" })).ToBeVisibleAsync();
        await using var anna = await SignInAsync(entra, portal, "anna@example.com", "/ca-certificates");
        var screen = new CertificatesScreen(anna);

        // Anna adds, and sees that it waits.
        await screen.OpenAddAsync();
        await screen.ChooseAsync(("corp.pem", TestFiles.Pem(root)));
        await Expect(screen.Dialog.GetByRole(AriaRole.Note)).ToContainTextAsync("before another administrator approves it");
        await screen.AddAsync("Waits for another administrator");
        await screen.Dialog.GetByRole(AriaRole.Link, new() { Name = "See it under Approvals" }).ClickAsync();
        await Expect(screen.Dialog).ToContainTextAsync("Another administrator must approve it");
        await Expect(screen.InDialog("Withdraw")).ToBeVisibleAsync();
        await Expect(screen.InDialog("Approve")).ToHaveCountAsync(0);
        await screen.CloseAsync();
        await Expect(anna.Page.GetByRole(AriaRole.Link, new() { Name = "Approvals 1 waiting" })).ToBeVisibleAsync();

        // What the page does not offer is refused behind it.
        var proposals = portal.Services.GetRequiredService<ProposalService>();
        var proposal = Assert.Single(await proposals.ListAsync(Cancellation));
        Assert.IsType<ChangeOutcome.Refused>(
            await proposals.ApproveAsync(
                proposal.Id,
                0,
                new Actor("anna@example.com", Role.Administrator, "127.0.0.1"),
                null,
                isForced: false,
                null,
                Cancellation));

        await anna.Page.GetByRole(AriaRole.Link, new() { Name = "CA certificates", Exact = true }).ClickAsync();
        await Expect(anna.Page.GetByText("1 change waits for approval.")).ToBeVisibleAsync();
        await screen.ExpectListAsync();

        // Bert sees it without reloading, in a narrow dark window too, and approves.
        await bert.Page.GetByRole(AriaRole.Button, new() { Name = "Add Corp Root" }).ClickAsync();
        var dialog = new CertificatesScreen(bert);
        await Expect(dialog.InDialog("Approve")).ToBeEnabledAsync();
        await bert.Page.SetViewportSizeAsync(400, 800);
        await bert.AssertFitsAsync();
        await bert.AssertAccessibleAsync();
        await bert.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await bert.AssertAccessibleAsync(inColours: true);
        await dialog.ApplyAsync("Approve", "Installed, and read back");
        await dialog.CloseAsync();
        await Expect(bert.Page.GetByText("Approved by bert@example.com")).ToBeVisibleAsync();
        await bert.AssertFitsAsync();
        await bert.AssertAccessibleAsync();

        await screen.ExpectListAsync("Corp Root");
        await Expect(anna.Page.GetByText("1 change waits for approval.")).ToHaveCountAsync(0);
        anna.AssertNoComplaints();
        bert.AssertNoComplaints();
    }

    private async Task<BrowserSession> SignInAsync(EntraProvider entra, PortalFactory portal, string name, string path)
    {
        entra.User = (name, [AppRoles.Administrator]);
        var session = await browser.NewSessionAsync(portal);
        await session.Page.GotoAsync(path);
        await session.WaitUntilInteractiveAsync();
        return session;
    }
}
