using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using CaPortal.Core.TrustStores;
using CaPortal.Hosting;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CaPortal.Tests.Hosting;

public sealed class TrustMaintenanceTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task Portal_CertificateRemovedByAnotherProgram_PutsItBackByItself()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var portal = new PortalFactory();
        using var client = portal.CreateApiClient();
        using var root = TestCertificates.Root();
        using var form = new MultipartFormDataContent { { new ByteArrayContent(TestFiles.Pem(root)), "file", "root.pem" } };
        Assert.Equal(HttpStatusCode.Created, (await client.PostAsync("/api/v1/ca-certificates", form, cancellationToken)).StatusCode);
        var roots = Path.Combine(portal.DataDirectory, "trust", "roots.pem");
        using var verified = new SemaphoreSlim(0);
        portal.Services.GetRequiredService<MachineTrust>().Verified += () => verified.Release();

        await File.WriteAllTextAsync(roots, "", cancellationToken);

        while (!(await File.ReadAllTextAsync(roots, cancellationToken)).Contains("BEGIN CERTIFICATE", StringComparison.Ordinal))
            await verified.WaitAsync(cancellationToken);
    }

    [Fact(Timeout = 120_000)]
    public async Task Maintenance_AnotherProgramGoesOnDamagingAFile_HealsItAtOnceForAWhileAndNotForEver()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var core = await TestCore.StartAsync();
        using var root = TestCertificates.Root();
        await core.AddAsync(root);
        var log = new FirstLine();
        using var verified = new SemaphoreSlim(0);
        core.Machine.Verified += () => verified.Release();
        using var maintenance = new TrustMaintenance(
            core.Get<Maintenance>(), core.Machine, core.Get<TrustStoreWatcher>(), core.Get<PeerChanges>(), TimeProvider.System, log);
        await maintenance.StartAsync(cancellationToken);
        await verified.WaitAsync(cancellationToken);

        // What it heals wakes it too, so that there are more rounds than damages.
        for (var i = 0; i <= HealingThrottle.Most; i++)
        {
            await File.AppendAllTextAsync(core.RootsFile, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", cancellationToken);
            while ((await File.ReadAllTextAsync(core.RootsFile, cancellationToken)).Contains("AAAA\n", StringComparison.Ordinal))
                await verified.WaitAsync(cancellationToken);
        }

        Assert.Contains("goes on changing", await log.Written.WaitAsync(cancellationToken), StringComparison.Ordinal);
        await maintenance.StopAsync(cancellationToken);
    }

    [Fact]
    public async Task Maintenance_FailsAsNobodyForesaw_SaysSoAndHealsLater()
    {
        var store = new MemoryTrustStore();
        await using var core = await store.StartCoreAsync();
        using var root = TestCertificates.Root();
        await core.AddAsync(root);
        var healed = new TaskCompletionSource();
        store.Failure = new InvalidOperationException("A bug.");
        store.Written = healed.SetResult;
        var log = new FirstLine();
        using var maintenance = new TrustMaintenance(
            core.Get<Maintenance>(), core.Machine, core.Get<TrustStoreWatcher>(), core.Get<PeerChanges>(), TimeProvider.System, log);

        await maintenance.StartAsync(Cancellation);
        Assert.Contains("failed; it is tried again", await log.Written.WaitAsync(Cancellation), StringComparison.Ordinal);
        store.Take(root);
        store.Failure = null;

        await healed.Task.WaitAsync(Cancellation);
        Assert.False(maintenance.ExecuteTask!.IsCompleted);
        await maintenance.StopAsync(Cancellation);
    }

    [Fact]
    public async Task Portal_DatabaseLost_StartsAndSaysWhatIsLostAndChangesNothing()
    {
        using var folder = new TemporaryDirectory();
        var data = Directory.CreateDirectory(folder["data"]).FullName;
        await File.WriteAllTextAsync(Path.Combine(data, "portal.db"), new string('x', 10_000), Cancellation);
        await using var portal = new PortalFactory().With("CaPortal:DataDirectory", data);
        using var client = portal.CreateApiClient();

        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health/live", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.GetAsync("/health/ready", Cancellation)).StatusCode);
        var answer = await client.GetAsync("/api/v1/ca-certificates", Cancellation);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains(
            "damaged",
            (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("detail").GetString(),
            StringComparison.Ordinal);
        Assert.Equal(new string('x', 10_000), await File.ReadAllTextAsync(Path.Combine(data, "portal.db"), Cancellation));
    }

    private sealed class FirstLine : ILogger<TrustMaintenance>
    {
        private readonly TaskCompletionSource<string> _written = new();

        public Task<string> Written => _written.Task;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _written.TrySetResult(formatter(state, exception));
    }
}
