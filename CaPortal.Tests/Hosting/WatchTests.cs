using System.Net.Http.Json;
using System.Text.Json;
using CaPortal.Core;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using CaPortal.Core.Probing;
using CaPortal.Core.Portals;
using CaPortal.Hosting;
using CaPortal.Tests.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CaPortal.Tests.Hosting;

/// <summary>What the portal finds out and reports by itself.</summary>
public sealed class WatchTests
{
    [Fact(Timeout = 120_000)]
    public async Task Portal_BackEndThatStopsBeingTrusted_TestsItAndRaisesAnAlertAndPostsIt()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var receiver = new WebhookReceiver();
        using var written = new SemaphoreSlim(0);
        using var root = TestCertificates.Root("Corp Root");
        using var leaf = TestCertificates.Server(root);
        await using var server = new TlsServer(leaf);
        await using var portal = new PortalFactory()
            .With("CaPortal:Alerts:Webhook:Url", receiver.Url)
            .WithServices(DatabaseHooks.AroundCommit(after: () => written.Release()));
        using var client = portal.CreateApiClient();
        using var form = new MultipartFormDataContent { { new ByteArrayContent(TestFiles.Pem(root)), "file", "root.pem" } };
        (await client.PostAsync("/api/v1/ca-certificates", form, cancellationToken)).EnsureSuccessStatusCode();
        var backEnds = portal.Services.GetRequiredService<BackEndService>();
        var changes = portal.Services.GetRequiredService<CertificateChanges>();
        backEnds.Changed += () => written.Release();

        // Nobody asks for a test: it is tested because it is new.
        await backEnds.AddAsync([new BackEndDraft(new BackEndAddress("127.0.0.1", server.Port, null), "Payments")], TestCore.Anna, cancellationToken);
        await UntilAsync(async () => (await backEnds.ListAsync(new BackEndQuery { Filter = BackEndFilter.Trusted }, cancellationToken)).Count == 1);
        Assert.Equal(0, await OpenAsync());
        var database = portal.Services.GetRequiredService<PortalDatabase>();
        await UntilAsync(() => database.RunAsync(db => db.BackEnds.AnyAsync(b => b.WasTrusted, cancellationToken), cancellationToken));
        var plan = await changes.PlanDeleteAsync([TestCore.KeyOf(root)], cancellationToken);
        Assert.IsType<ChangeOutcome.Applied>(await changes.ApplyAsync(plan with { IsForced = true }, TestCore.Anna, null, null, cancellationToken));
        await UntilAsync(async () => await OpenAsync() == 1);

        await receiver.Received.WaitAsync(cancellationToken);
        Assert.Contains("Payments", Assert.Single(receiver.Requests).Body, StringComparison.Ordinal);

        async Task<int> OpenAsync() => (await client.GetFromJsonAsync<JsonElement>("/api/v1/alerts", cancellationToken)).GetProperty("count").GetInt32();

        async Task UntilAsync(Func<Task<bool>> condition)
        {
            while (!await condition())
                await written.WaitAsync(cancellationToken);
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task Watch_WithoutDatabase_SaysSoAndGoesOn()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var core = await TestCore.StartAsync();
        var log = new Log<BackEndWatch>();
        using (core.WithoutDatabase())
        {
            using var watch = new BackEndWatch(core.BackEnds, core.Get<Leadership>(), core.Get<IOptions<CoreOptions>>(), TimeProvider.System, log);
            await watch.StartAsync(cancellationToken);
            var line = await log.FirstLine.WaitAsync(cancellationToken);

            Assert.False(watch.ExecuteTask!.IsCompleted);
            Assert.StartsWith("Back-ends could not be tested: The database file", line, StringComparison.Ordinal);
            await watch.StopAsync(cancellationToken);
            Assert.True(watch.ExecuteTask.IsCompletedSuccessfully);
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task Watch_ThatTheSettingsTurnOff_TestsNothingByItself()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var core = await TestCore.StartAsync(configure: o => o.BackEnds.TestEvery = TimeSpan.Zero);
        await core.BackEnds.AddAsync([new BackEndDraft(new BackEndAddress("127.0.0.1", 1, null), null)], TestCore.Anna, cancellationToken);
        using var watch = new BackEndWatch(
            core.BackEnds, core.Get<Leadership>(), core.Get<IOptions<CoreOptions>>(), TimeProvider.System, new Log<BackEndWatch>());
        await watch.StartAsync(cancellationToken);
        await watch.ExecuteTask!;

        Assert.Equal(1, (await core.BackEnds.ListAsync(new BackEndQuery { Filter = BackEndFilter.NotTested }, cancellationToken)).Count);
    }

    [Fact(Timeout = 60_000)]
    public async Task Wakeup_CalledOftenMeanwhile_WakesOnceMore()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var wakeup = new Wakeup(TimeProvider.System);
        wakeup.Call();
        wakeup.Call();
        await wakeup.WaitAsync(TimeSpan.FromDays(400), cancellationToken);
        var second = wakeup.WaitAsync(TimeSpan.FromDays(400), cancellationToken);
        Assert.False(second.IsCompleted);
        wakeup.Call();
        await second;
        await wakeup.WaitAsync(TimeSpan.FromSeconds(-1), cancellationToken);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wakeup.WaitAsync(TimeSpan.FromDays(1), new CancellationToken(canceled: true)));
    }

    private sealed class Log<T> : ILogger<T>
    {
        private readonly TaskCompletionSource<string> _firstLine = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> FirstLine => _firstLine.Task;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _firstLine.TrySetResult(formatter(state, exception));
    }
}
