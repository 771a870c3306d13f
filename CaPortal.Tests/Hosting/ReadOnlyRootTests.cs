using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Hosting;

/// <summary>A machine on which nothing can be written but the data directory, as hardened containers and units are.</summary>
public sealed class ReadOnlyRootTests : IDisposable
{
    /// <summary>Makes everything read-only but the first argument, in mounts of its own, and runs the rest without a home.</summary>
    private const string Harden = """
        mount --bind "$1" "$1" || exit 90
        for at in $(awk '{print $2}' /proc/mounts | sort -r); do
            case $at in /proc*|/sys*|"$1") ;; *) mount -o remount,ro,bind "$at" 2>/dev/null ;; esac
        done
        touch /tmp/written 2>/dev/null && exit 91
        shift
        exec env -u HOME -u TMPDIR -u ASPNETCORE_TEMP "$@"
        """;

    private readonly TemporaryDirectory _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Portal_ThatCanWriteItsDataAlone_DoesAllItsWorkAndAgainAfterARestart()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Mounts of one's own need root on Linux.");
        Assert.SkipUnless(
            Tool.IsInstalled("unshare") && (await Tool.TryRunAsync("/", "unshare", "--mount", "true")).ExitCode == 0,
            "unshare --mount is not permitted here.");
        Directory.CreateDirectory(_folder["data"]);

        await WorkAsync("first");
        await WorkAsync("second");

        Assert.Single(Directory.GetFiles(_folder["data/keys"]), f => f.EndsWith(".xml", StringComparison.Ordinal));
        Assert.Equal(2, (await File.ReadAllTextAsync(_folder["data/trust/roots.pem"], Cancellation)).Split("BEGIN CERTIFICATE").Length - 1);
    }

    /// <summary>Signs in, opens a page, adds a certificate in a large file, and signs out.</summary>
    private async Task WorkAsync(string name)
    {
        await using var portal = new ProcessUnderTest(
            ["--urls", "http://127.0.0.1:0", $"--CaPortal:DataDirectory={_folder["data"]}", "--CaPortal:TrustStores:0=pem-bundle",
                $"--CaPortal:Authentication:ApiKey={PortalFactory.ApiKey}"],
            "unshare", "--mount", "--propagation", "private", "sh", "-c", Harden, "sh", _folder["data"]);
        var address = new Uri((await portal.NextLineAsync(Cancellation)).Split(' ')[^1]);
        var link = new Uri((await portal.NextLineAsync(Cancellation)).Split(' ')[2]);
        var cookies = new CookieContainer();
        using var browser = new HttpClient(new HttpClientHandler { CookieContainer = cookies, AllowAutoRedirect = false }) { BaseAddress = address };

        using var signedIn = await browser.SubmitFormAsync(link, Cancellation);
        Assert.Equal((HttpStatusCode.Found, "/"), (signedIn.StatusCode, signedIn.Headers.Location?.OriginalString));
        using var page = await browser.GetAsync("/", Cancellation);
        Assert.True(page.StatusCode is HttpStatusCode.OK or HttpStatusCode.Found);
        using var live = new ClientWebSocket();
        live.Options.Cookies = cookies;
        await live.ConnectAsync(new UriBuilder(address) { Scheme = "ws", Path = "/_blazor" }.Uri, Cancellation);
        Assert.Equal(WebSocketState.Open, live.State);

        // More than the web server keeps in memory.
        using var root = TestCertificates.Root(name);
        using var upload = new HttpRequestMessage(HttpMethod.Post, "/api/v1/ca-certificates")
        {
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", PortalFactory.ApiKey) },
            Content = new MultipartFormDataContent
            {
                { new ByteArrayContent([.. Enumerable.Repeat((byte)'\n', 2_000_000), .. TestFiles.Pem(root)]), "file", "large.pem" },
            },
        };
        using var added = await browser.SendAsync(upload, Cancellation);
        Assert.Equal(HttpStatusCode.Created, added.StatusCode);
        Assert.Equal("Healthy", await browser.GetStringAsync("/health/ready", Cancellation));

        using var signedOut = await browser.SubmitFormAsync("/logout", Cancellation);
        Assert.Equal(HttpStatusCode.Found, signedOut.StatusCode);
        Assert.Equal("", portal.ErrorOutput);
    }
}
