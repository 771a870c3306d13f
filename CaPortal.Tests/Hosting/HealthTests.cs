using System.Net;
using CaPortal.Authentication;
using CaPortal.Core;
using CaPortal.Hosting;
using CaPortal.Tests.Testing;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CaPortal.Tests.Hosting;

/// <summary>What monitors get as an answer, and what the log says about it.</summary>
public sealed class HealthTests : IAsyncDisposable
{
    private const string Missing = "is missing, so nothing can be recorded";

    private readonly CapturedLog _log = new();
    private readonly PortalFactory _portal;

    public HealthTests() => _portal = new PortalFactory().WithServices(s => s.AddSingleton<ILoggerProvider>(_log));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _portal.DisposeAsync();
        _log.Dispose();
    }

    [Fact]
    public async Task Ready_KeyOfTheActivityLogLost_FailsAndSaysSoToWhoMayKnowAndOnceToTheLog()
    {
        using var local = _portal.CreateAnonymousClient();
        using var browser = _portal.CreateBrowserClient();
        (await browser.SubmitFormAsync(_portal.SignInLink, Cancellation)).Dispose();
        Assert.Equal((HttpStatusCode.OK, "Healthy"), await ReadyAsync(local));
        var key = Path.Combine(_portal.DataDirectory, "activity.key");
        File.Move(key, $"{key}.away");

        var (status, text) = await ReadyAsync(local);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.StartsWith("Unhealthy\ndatabase: Unhealthy. The key of the activity log, ", text, StringComparison.Ordinal);
        Assert.Contains(Missing, text, StringComparison.Ordinal);

        // The client that a proxy speaks for is not on this machine.
        using var stranger = _portal.CreateAnonymousClient();
        using var wrong = _portal.CreateApiClient("wrong-key");
        using var program = _portal.CreateApiClient();
        using var reader = _portal.CreateBrowserClient(AppRoles.Reader);
        (HttpClient Client, bool MaySee)[] others = [(stranger, false), (wrong, false), (program, true), (reader, true)];
        await Assert.AllAsync(others, async other =>
        {
            other.Client.DefaultRequestHeaders.Add("X-Forwarded-For", "192.0.2.1");
            var (_, answer) = await ReadyAsync(other.Client);
            Assert.Equal(other.MaySee, answer.Contains(Missing, StringComparison.Ordinal));
            Assert.StartsWith("Unhealthy", answer, StringComparison.Ordinal);
        });

        File.Move($"{key}.away", key);
        Assert.Equal((HttpStatusCode.OK, "Healthy"), await ReadyAsync(local));
        Assert.All([123, 124, 1031, 1032], id => Assert.Single(_log.Lines, l => l.Split(' ') is [_, _, var written, ..] && written == $"{id}:"));
    }

    /// <summary>Monitors and proxies ask by any name, or by none.</summary>
    [Fact]
    public async Task Health_AskedByAnyHostName_AnswersAndTellsOnlyThisMachineMore()
    {
        using (var browser = _portal.CreateBrowserClient())
            (await browser.SubmitFormAsync(_portal.SignInLink, Cancellation)).Dispose();
        (string Version, string Header, bool IsThisMachine)[] ways =
        [
            ("HTTP/1.1", "Host: localhost", true),
            ("HTTP/1.1", "Host: unexpected.example", false),
            ("HTTP/1.1", "Host: 192.0.2.1:9999", false),
            ("HTTP/1.1", "Host: [2001:db8::1]", false),
            ("HTTP/1.1", "Host: xn--", false),
            ("HTTP/1.1", "Host:", true),
            ("HTTP/1.0", "Accept: */*", true),
            ("HTTP/1.0", "Host: unexpected.example", false),
        ];
        await Assert.AllAsync(ways, async way =>
        {
            Assert.StartsWith("HTTP/1.1 200 OK\r\n", await AskAsync("/health/live", way.Version, way.Header), StringComparison.Ordinal);
            Assert.StartsWith("HTTP/1.1 200 OK\r\n", await AskAsync("/health/ready", way.Version, way.Header), StringComparison.Ordinal);
        });

        File.Delete(Path.Combine(_portal.DataDirectory, "activity.key"));
        await Assert.AllAsync(ways, async way =>
        {
            var failed = await AskAsync("/health/ready", way.Version, way.Header);
            Assert.StartsWith("HTTP/1.1 503 Service Unavailable\r\n", failed, StringComparison.Ordinal);
            Assert.Contains("Unhealthy", failed, StringComparison.Ordinal);
            // A page of strangers can give its own name to this machine, and read what is answered.
            Assert.Equal(way.IsThisMachine, failed.Contains(Missing, StringComparison.Ordinal));
        });

        Assert.DoesNotContain(_log.Lines, l => l.Contains(" 1023: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Check_KeysThatCannotBeWritten_FailsAndIsFineAgain()
    {
        using var folder = new TemporaryDirectory();
        var core = new CoreOptions { DataDirectory = folder.Path };
        var time = FakeTime.FromNow();
        var check = new DataDirectoryHealth(Options.Create(core), new EphemeralDataProtectionProvider(), time);

        var failed = await check.CheckHealthAsync(new(), Cancellation);
        Assert.Equal(HealthStatus.Unhealthy, failed.Status);
        Assert.StartsWith("The folder of the keys for signing in cannot be written: ", failed.Description, StringComparison.Ordinal);
        Directory.CreateDirectory(DataDirectory.Keys(core));
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(HealthStatus.Healthy, (await check.CheckHealthAsync(new(), Cancellation)).Status);
        Assert.Empty(Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Request_ThatTheRoleDoesNotAllow_IsTold()
    {
        using var reader = _portal.CreateBrowserClient(AppRoles.Reader, "Rita");
        using var answer = await reader.GetAsync("/api/v1/api-keys", Cancellation);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        var line = Assert.Single(_log.Lines, l => l.Contains(" 131: ", StringComparison.Ordinal));
        Assert.Contains("Rita from 127.0.0.1 was refused what they tried: ", line, StringComparison.Ordinal);
        Assert.Contains("GET /api/v1/api-keys", line, StringComparison.Ordinal);
    }

    private Task<string> AskAsync(string path, string version, string header) =>
        RawRequest.SendAsync(_portal.Address, Cancellation, $"GET {path} {version}", header, "Connection: close");

    private static async Task<(HttpStatusCode Status, string Text)> ReadyAsync(HttpClient client)
    {
        using var answer = await client.GetAsync("/health/ready", Cancellation);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancellation));
    }
}
