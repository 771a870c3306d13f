using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Tests.Api;
using CaPortal.Tests.Portals;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Browser;

/// <summary>The examples of docs/operations.md for several portals with the real balancers and a browser in front of them.</summary>
public sealed class BalancedPortalsTests(BrowserFixture browser)
{
    private const string Token = "a-browser-token-of-the-tests-0123456789";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("nginx: two portals at https://portal.corp/")]
    [InlineData("HAProxy: two portals at https://portal.corp/")]
    public async Task Page_WhosePortalIsKilled_OpensAgainAtTheOtherAndGoesOn(string example)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals.");
        await using var balancer = new ReverseProxy(example);
        var address = new Uri($"https://{ReverseProxy.HostName}:{balancer.Port}/");
        await using var portals = await PortalProcesses.StartAsync(
            $"--CaPortal:PublicUrl={address}",
            "--CaPortal:Proxy:Trusted:0=127.0.0.1",
            $"--CaPortal:Authentication:BrowserToken={Token}",
            $"--CaPortal:Authentication:ApiKey={PortalFactory.ApiKey}");
        await balancer.StartAsync([.. portals.Ports]);
        using var root = TestCertificates.Root("Before");
        using var other = TestCertificates.Root("After");
        await using var session = await browser.NewSessionAsync(null, address: address);
        var screen = new CertificatesScreen(session);
        await session.SignInAsync(new Uri(address, $"login?t={Token}"));
        await screen.ExpectListAsync();

        // The page shows what is added at the other portal.
        var isAtOne = portals.One.Output.Contains("has signed in", StringComparison.Ordinal);
        await AddAsync(portals.Ports[isAtOne ? 1 : 0], root);
        await screen.ExpectListAsync("Before");

        // Pages that a balancer sent to either portal would be dead most of the time.
        for (var i = 0; i < 4; i++)
        {
            await session.Page.ReloadAsync();
            await session.WaitUntilInteractiveAsync();
        }

        session.AssertNoComplaints();
        await session.Page.EvaluateAsync("window.isOld = true");
        var killed = Stopwatch.GetTimestamp();
        await PortalProcesses.SendAsync("KILL", isAtOne ? portals.One : portals.Two);

        await session.Page.WaitForFunctionAsync("() => !window.isOld && 'interactive' in document.documentElement.dataset");
        TestContext.Current.SendDiagnosticMessage("{0}: the page answers {1} after the kill", example, Stopwatch.GetElapsedTime(killed));
        await screen.ExpectListAsync("Before");
        await screen.OpenAddAsync();
        await screen.ChooseAsync(("root.pem", TestFiles.Pem(other)));
        await screen.AddAsync("Installed, and read back from every trust store.");
        await screen.CloseAsync();
        await screen.ExpectListAsync("After", "Before");
    }

    private static async Task AddAsync(int port, X509Certificate2 root)
    {
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/") };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", PortalFactory.ApiKey);
        using var answer = await client.PostAsync(ApiFixture.CertificatesPath, ApiFixture.Form(TestFiles.Pem(root)), Cancellation);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }
}
