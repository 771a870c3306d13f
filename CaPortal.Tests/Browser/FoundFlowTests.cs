using System.Security.Cryptography.X509Certificates;
using CaPortal.Tests.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CaPortal.Tests.Browser;

/// <summary>What somebody else added, from the hint to the last of it.</summary>
public sealed class FoundFlowTests(SharedPortal portal) : IClassFixture<SharedPortal>, IDisposable
{
    private readonly X509Certificate2 _stays = TestCertificates.Root("Stays Root");
    private readonly X509Certificate2 _goes = TestCertificates.Root("Goes Root");

    [Fact]
    public async Task Found_AdoptedAndRemoved_IsManagedOrGone()
    {
        await using var session = await portal.SignInAsync([]);
        var screen = new CertificatesScreen(session);
        var bundle = Path.Combine(portal.Portal.DataDirectory, "trust", "roots.pem");
        await TestFiles.AppendAsync(bundle, _stays, _goes);
        await session.Page.ReloadAsync();
        await session.WaitUntilInteractiveAsync();
        await session.Page.GetByRole(AriaRole.Link, new() { Name = "Show", Exact = true }).ClickAsync();
        var found = session.Page.GetByRole(AriaRole.Table, new() { Name = "Found on this machine" });
        await Expect(found.Locator(".link-button")).ToHaveTextAsync(["Goes Root", "Stays Root"]);
        await session.AssertAccessibleAsync();

        await screen.FromMenuAsync("Stays Root", "Adopt");
        await screen.ApplyAsync("Adopt", "Adopted, and read back from every trust store.");
        await screen.CloseAsync();
        await Expect(found.Locator(".link-button")).ToHaveTextAsync(["Goes Root"]);
        await screen.FromMenuAsync("Goes Root", "Remove");
        await screen.ApplyAsync("Remove", "Removed, and gone from every trust store.");
        await screen.CloseAsync();
        await Expect(session.Page.GetByRole(AriaRole.Heading, new() { Name = "Nothing was added outside CaPortal" })).ToBeVisibleAsync();

        await session.Page.GotoAsync("/ca-certificates");
        await session.WaitUntilInteractiveAsync();
        await screen.ExpectListAsync("Stays Root");
        session.AssertNoComplaints();
    }

    public void Dispose()
    {
        _stays.Dispose();
        _goes.Dispose();
    }
}
