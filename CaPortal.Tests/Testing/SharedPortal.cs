using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Access;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Inspection;
using CaPortal.Core.Inventory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace CaPortal.Tests.Testing;

/// <summary>One portal for a class of tests, which may sign in any number of times.</summary>
public sealed class SharedPortal(BrowserFixture browser) : IAsyncDisposable
{
    private BrowserSession? _window;

    public PortalFactory Portal { get; } = new PortalFactory()
        .With("CaPortal:Authentication:BrowserToken", "a-browser-token-of-the-tests-0123456789")
        .With("CaPortal:BackEnds:Allowed:Networks:0", "127.0.0.0/8");

    private CertificateChanges Changes => Portal.Services.GetRequiredService<CertificateChanges>();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>An administrator's browser on the list, which has these certificates alone.</summary>
    /// <param name="options">Asks for a window of its own; without them the tests of a class use one after another.</param>
    public async Task<BrowserSession> SignInAsync(IEnumerable<X509Certificate2> certificates, BrowserNewContextOptions? options = null)
    {
        _ = Portal.Address;
        var keys = await Portal.Services.GetRequiredService<CertificateList>().KeysAsync(new CaCertificateQuery(), Cancellation);
        await ApplyAsync(await Changes.PlanDeleteAsync(keys, Cancellation), TestCore.Bert);
        await AddAsync([.. certificates]);
        if (options is null && _window is not null)
        {
            await _window.BeginAnewAsync();
            return _window;
        }

        var session = await browser.NewSessionAsync(Portal, options);
        if (options is null)
            (_window, session.StaysOpen) = (session, true);
        await session.SignInAsync();
        return session;
    }

    /// <summary>Adds certificates as another administrator.</summary>
    public async Task AddAsync(params X509Certificate2[] certificates)
    {
        if (certificates.Length == 0)
            return;
        var inspection = await Changes.InspectAsync([new UploadedFile("upload.pem", TestFiles.Pem(certificates))], Cancellation);
        var selections = inspection.Items.Select(i => new AddSelection(i, i.Facts!.SuggestedStore, new HashSet<FindingCode>())).ToList();
        await ApplyAsync(Changes.PlanAdd(inspection, selections), TestCore.Bert);
    }

    public async Task DeleteAsync(X509Certificate2 certificate) =>
        await ApplyAsync(await Changes.PlanDeleteAsync([TestCore.KeyOf(certificate)], Cancellation), TestCore.Bert);

    public async ValueTask DisposeAsync()
    {
        if (_window is not null)
            await _window.CloseAsync();
        await Portal.DisposeAsync();
    }

    private async Task ApplyAsync(ChangePlan plan, Actor actor)
    {
        if (!plan.IsEmpty)
            Assert.IsType<ChangeOutcome.Applied>(await Changes.ApplyAsync(plan with { IsForced = true }, actor, "prepared by a test", null, Cancellation));
    }
}
