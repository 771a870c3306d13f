using System.Net;
using System.Text.Json;
using CaPortal.Core.Alerts;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using CaPortal.Core.TrustStores;
using CaPortal.Tests.Testing;
using CaPortal.Tests.TrustStores.LinuxAnchors;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace CaPortal.Tests.Hosting;

/// <summary>The whole portal, which watches the files that it writes, on a machine whose command fails.</summary>
public sealed class FailingToolTests : IAsyncDisposable
{
    private const int Rounds = 10;

    private readonly ExtractedSandbox _machine = new();
    private readonly PortalFactory _portal = new();
    private readonly SemaphoreSlim _verified = new(0);

    public FailingToolTests() => _portal
        .With("CaPortal:TrustStores:0", LinuxAnchorsName)
        .WithServices(s => s.RemoveAll<ITrustStore>().AddSingleton<ITrustStore>(_machine.Store));

    private static string LinuxAnchorsName => Core.TrustStores.LinuxAnchors.LinuxAnchorsTrustStore.Kind;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private MachineTrust Machine => _portal.Services.GetRequiredService<MachineTrust>();

    private AlertService Alerts => _portal.Services.GetRequiredService<AlertService>();

    public async ValueTask DisposeAsync()
    {
        await _portal.DisposeAsync();
        _verified.Dispose();
        _machine.Dispose();
    }

    [Theory(Timeout = 120_000)]
    [InlineData(ExtractedSandbox.Empty)]
    [InlineData("echo run >> runs; touch anchors; exit 1")]
    public async Task Add_ForWhichTheCommandFails_RunsItOnceAndTellsItOnceUntilItIsRepaired(string script)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        using var client = _portal.CreateApiClient();
        using var root = TestCertificates.Root();
        Machine.Verified += () => _verified.Release();
        await NextRoundAsync();
        var bundle = await File.ReadAllBytesAsync(_machine.Bundle, cancellationToken);
        _machine.UseTool(script);
        var runs = _machine.Runs;

        var raised = NextAlertChange();
        using var form = new MultipartFormDataContent { { new ByteArrayContent(TestFiles.Pem(root)), "file", "root.pem" } };
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.PostAsync("/api/v1/ca-certificates", form, cancellationToken)).StatusCode);
        await raised;
        for (var i = 0; i < Rounds; i++)
            await NextRoundAsync();

        Assert.Equal(runs + 1, _machine.Runs);
        Assert.Equal(bundle, await File.ReadAllBytesAsync(_machine.Bundle, cancellationToken));
        Assert.Equal(1, await CountAsync(db => db.Activity.CountAsync(a => a.Action == "Outcome" && a.RevisionAfter == 1, cancellationToken)));
        Assert.Equal(1, await CountAsync(db => db.Alerts.CountAsync(cancellationToken)));
        var alert = Assert.Single(await OpenAsync(client));
        Assert.Equal("TrustStore", alert.GetProperty("kind").GetString());
        Assert.Equal("System roots of this machine: the trust store is not as it should be", alert.GetProperty("title").GetString());

        _machine.UseTool(ExtractedSandbox.Extract);
        var ended = NextAlertChange();
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("/api/v1/trust-stores/repair", null, cancellationToken)).StatusCode);
        await ended;
        Assert.Empty(await OpenAsync(client));
        Assert.Contains(TestCore.KeyOf(root).Sha256, _machine.InBundle());
    }

    /// <summary>Has the portal look once more, as it does where somebody changes the files that it watches.</summary>
    private async Task NextRoundAsync()
    {
        while (await _verified.WaitAsync(0, Cancellation))
            continue;
        File.SetLastWriteTimeUtc(_machine.Bundle, File.GetLastWriteTimeUtc(_machine.Bundle).AddSeconds(1));
        await _verified.WaitAsync(Cancellation);
    }

    private Task NextAlertChange()
    {
        var changed = new TaskCompletionSource();
        Alerts.Changed += () => changed.TrySetResult();
        return changed.Task.WaitAsync(Cancellation);
    }

    private static async Task<List<JsonElement>> OpenAsync(HttpClient client)
    {
        using var alerts = JsonDocument.Parse(await client.GetStringAsync("/api/v1/alerts", Cancellation));
        return [.. alerts.RootElement.GetProperty("value").EnumerateArray().Select(a => a.Clone())];
    }

    private Task<int> CountAsync(Func<PortalDb, Task<int>> count) => _portal.Services.GetRequiredService<PortalDatabase>().RunAsync(count, Cancellation);
}
