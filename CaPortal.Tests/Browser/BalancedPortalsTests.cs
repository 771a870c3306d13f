using System.Diagnostics;
using CaPortal.Tests.Portals;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Browser;

/// <summary>The examples of docs/operations.md for several portals with the real balancers and a browser in front of them.</summary>
public sealed class BalancedPortalsTests(BrowserFixture browser)
{
    private const string Token = "a-browser-token-of-the-tests-0123456789";

    [Theory]
    [InlineData("nginx: two portals at https://portal.corp/")]
    [InlineData("HAProxy: two portals at https://portal.corp/")]
    public async Task Page_WhosePortalIsKilled_OpensAgainAtTheOtherAndGoesOn(string example)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals.");
        await using var balancer = new ReverseProxy(example);
        var address = new Uri($"https://{ReverseProxy.HostName}:{balancer.Port}/");
        await using var portals = await PortalProcesses.StartAsync(
            $"--CaPortal:PublicUrl={address}", "--CaPortal:Proxy:Trusted:0=127.0.0.1", $"--CaPortal:Authentication:BrowserToken={Token}");
        await balancer.StartAsync([.. portals.Ports]);
        using var root = TestCertificates.Root("Before");
        using var other = TestCertificates.Root("After");
        await using var session = await browser.NewSessionAsync(null, address: address);
        var screen = new CertificatesScreen(session);
        await session.SignInAsync(new Uri(address, $"login?t={Token}"));
        await AddAsync(screen, root);

        // Pages that a balancer sent to either portal would be dead most of the time.
        for (var i = 0; i < 4; i++)
        {
            await session.Page.ReloadAsync();
            await session.WaitUntilInteractiveAsync();
        }

        session.AssertNoComplaints();
        await session.Page.EvaluateAsync("window.isOld = true");
        var serving = portals.One.Output.Contains("has signed in", StringComparison.Ordinal) ? portals.One : portals.Two;
        var killed = Stopwatch.GetTimestamp();
        await PortalProcesses.SendAsync("KILL", serving);

        await session.Page.WaitForFunctionAsync("() => !window.isOld && 'interactive' in document.documentElement.dataset");
        TestContext.Current.SendDiagnosticMessage("{0}: the page answers {1} after the kill", example, Stopwatch.GetElapsedTime(killed));
        await screen.ExpectListAsync("Before");
        await AddAsync(screen, other);
        await screen.ExpectListAsync("After", "Before");
        Assert.Equal(new Uri(address, "ca-certificates"), new Uri(session.Page.Url));
    }

    private static async Task AddAsync(CertificatesScreen screen, System.Security.Cryptography.X509Certificates.X509Certificate2 root)
    {
        await screen.OpenAddAsync();
        await screen.ChooseAsync(("root.pem", TestFiles.Pem(root)));
        await screen.ApplyAsync("Save", "Installed, and read back from every trust store.");
        await screen.CloseAsync();
    }
}
