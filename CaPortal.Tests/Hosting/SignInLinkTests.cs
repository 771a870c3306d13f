using System.Net;
using CaPortal.Authentication;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Hosting;

/// <summary>The command <c>sign-in-link</c>, as the real process that an administrator starts.</summary>
public sealed class SignInLinkTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Command_WhileAPortalRuns_PrintsALinkThatSignsInOnceAndSaysSoWhenItWasKilled()
    {
        string address,
            first;
        await using (
            var portal = new ProcessUnderTest([
                "--urls",
                "http://127.0.0.1:0",
                $"--CaPortal:DataDirectory={_folder["data"]}",
                "--CaPortal:TrustStores:0=pem-bundle",
            ]))
        {
            address = (await portal.NextLineAsync(Cancellation)).Split(' ')[^1];
            first = (await portal.NextLineAsync(Cancellation)).Split(' ')[2];
            using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
            (await client.SubmitFormAsync(new Uri(first), Cancellation)).Dispose();

            var (code, output, errors) = await RunAsync(_folder["data"]);
            Assert.Equal((0, ""), (code, errors));
            Assert.Matches($@"^Sign in: {address}/login\?t=[\w-]{{43}} \(works once, until \d\d:\d\d:\d\d\)$", output);
            var link = new Uri(output.Split(' ')[2]);
            Assert.NotEqual(first, link.AbsoluteUri);

            using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
            using var signedIn = await browser.SubmitFormAsync(link, Cancellation);
            Assert.Equal((HttpStatusCode.Found, "/"), (signedIn.StatusCode, signedIn.Headers.Location?.OriginalString));
            Assert.Contains("has been used already", await browser.GetStringAsync(link, Cancellation), StringComparison.Ordinal);
            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(RunningFile));
        }

        // It was killed, and what it left names an address at which nothing listens.
        Assert.True(File.Exists(RunningFile));
        var after = await RunAsync(_folder["data"]);
        Assert.Equal((1, ""), (after.Code, after.Output));
        Assert.Contains($"No portal runs on the data directory {_folder["data"]}.", after.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Command_WithoutADataDirectory_SaysSoAndMakesNone()
    {
        var (code, output, errors) = await RunAsync(_folder["data"], "--CaPortal:RecycleBinDays=soon");

        Assert.Equal((1, ""), (code, output));
        Assert.Contains("No portal runs on the data directory", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["data"]));
    }

    [Fact]
    public async Task Command_WithAFixedToken_SaysWhatFixesItAndThatNothingRunsAfterTheEnd()
    {
        await using var portal = new PortalFactory().With("CaPortal:Authentication:BrowserToken", "fixed-token");
        var link = portal.SignInLink;
        var (code, output, _) = await RunAsync(portal.DataDirectory);
        Assert.Equal(0, code);
        Assert.Equal(
            $"Sign in: {link.AbsoluteUri.Replace("fixed-token", "TOKEN", StringComparison.Ordinal)} (put the value of "
                + "CaPortal:Authentication:BrowserToken in place of TOKEN; it works any number of times)",
            output);

        using var client = portal.CreateAnonymousClient();
        foreach (var proof in new[] { null, "", "guess", LinkExchange.Ask(LinkExchange.NewSecret()) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/login/link-for-command");
            if (proof is not null)
                request.Headers.TryAddWithoutValidation(LinkExchange.Header, proof);
            using var answer = await client.SendAsync(request, Cancellation);
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        }

        await portal.StopAsync();
        Assert.False(File.Exists(Path.Combine(portal.DataDirectory, "running.json")));
    }

    [Fact]
    public async Task Command_WherePeopleSignInWithEntra_SaysThatThereIsNoLink()
    {
        await using var entra = await EntraProvider.StartAsync(Cancellation);
        await using var portal = entra.CreatePortal();
        _ = portal.Address;

        // The command need not know the settings of the portal.
        foreach (var (directory, settings) in new[] { (portal.DataDirectory, ""), (_folder["data"], "--AzureAd:TenantId=some") })
        {
            var (code, output, errors) = await RunAsync(directory, settings);
            Assert.Equal((1, ""), (code, output));
            Assert.Contains("People sign in with Microsoft Entra ID", errors, StringComparison.Ordinal);
        }
    }

    private string RunningFile => Path.Combine(_folder["data"], "running.json");

    private static async Task<(int Code, string Output, string Errors)> RunAsync(string dataDirectory, string setting = "")
    {
        await using var command = new ProcessUnderTest([
            .. new[] { "sign-in-link", $"--CaPortal:DataDirectory={dataDirectory}", setting }.Where(a => a.Length > 0),
        ]);
        return (await command.ExitCodeAsync(Cancellation), command.Output, command.ErrorOutput);
    }
}
