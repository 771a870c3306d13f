using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using CaPortal.Authentication;
using CaPortal.Core.Activity;
using CaPortal.Core.Data;
using CaPortal.Tests.Api;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace CaPortal.Tests.Data;

/// <summary>A whole portal whose database server is in trouble: what it says, and that it goes on by itself.</summary>
public sealed class PostgresFaultTests : IAsyncDisposable
{
    private const int Guard = 120_000;

    private readonly PortalFactory _portal = new();
    private readonly Channel<bool> _heard = Channel.CreateUnbounded<bool>();
    private PostgresServer? _server;
    private SmallDisk? _disk;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _portal.DisposeAsync();
        if (_server is not null)
            await _server.DisposeAsync();
        if (_disk is not null)
            await _disk.DisposeAsync();
    }

    [Fact(Timeout = Guard)]
    public async Task Server_MadeReadOnly_ShowsTheListAndTakesChangesWhenItIsWritableAgain()
    {
        using var client = await StartAsync();
        await SetAsync("SET default_transaction_read_only = on");

        // Until the server's processes have read it.
        var kept = await AddUntilAsync(HttpStatusCode.ServiceUnavailable, client, TestContext.Current.CancellationToken);

        await AssertRefusedAsync("takes no changes now", AddAsync(client));
        using (var health = await client.GetAsync("/health/ready", Cancellation))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
            Assert.Contains("takes no changes now", await health.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        }

        Assert.Equal(kept, await ListAsync(client));
        await PageAsync();

        await SetAsync("RESET default_transaction_read_only");
        await AssertGoesOnAsync(kept, client);
    }

    [Fact(Timeout = Guard)]
    public async Task Server_DiskFull_SaysSoLeavesNothingHalfDoneAndGoesOnWhenThereIsSpace()
    {
        _disk = await SmallDisk.MountAsync("size=192m");
        using var client = await StartAsync(_disk);

        // The first makes the next file of the write-ahead log, so that no space is wanted for that, and the second gives back old ones.
        await _server!.ExecuteAsync("postgres", "SELECT pg_switch_wal()");
        await _server.ExecuteAsync("postgres", "CHECKPOINT");
        var filler = Path.Combine(_disk.Path, "filler");
        SmallDisk.Fill(filler);

        // Pages of tables that are there take some rows more.
        var kept = await AddUntilAsync(HttpStatusCode.ServiceUnavailable, client, TestContext.Current.CancellationToken);
        await AssertRefusedAsync("The disk of the database server is full.", AddAsync(client));
        Assert.Equal(kept, await ListAsync(client));
        await PageAsync();

        File.Delete(filler);
        await AssertGoesOnAsync(kept, client);
    }

    [Fact(Timeout = Guard)]
    public async Task Server_Killed_KeepsWhatWasAcknowledgedAndIsHeardAgain()
    {
        using var client = await StartAsync();
        await HeardAsync();
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var adding = AddUntilAsync(HttpStatusCode.ServiceUnavailable, client, TestContext.Current.CancellationToken, first);
        await first.Task.WaitAsync(TestContext.Current.CancellationToken);

        await _server!.KillAsync();

        var kept = await adding;
        await AssertRefusedAsync("does not answer", AddAsync(client));
        await AssertRefusedAsync("does not answer", client.GetAsync(ApiFixture.CertificatesPath, Cancellation));
        await AssertPageSaysAsync("does not answer");

        await _server.GoOnAsync();

        // One more may have been committed whose answer the kill took away.
        var count = await ListAsync(client);
        Assert.InRange(count, kept, kept + 1);
        await AssertGoesOnAsync(count, client);
        await HeardAsync();
        await AssertHearsAsync();
    }

    [Fact(Timeout = Guard)]
    public async Task Network_SwallowsEverything_SaysThatNobodyAnswersInTimeAndIsHeardAgain()
    {
        await CreateAsync();
        await using var network = new SilentNetwork(_server!.Port);
        using var client = Start($"Host=127.0.0.1;Port={network.Port};Database=portal;Username=postgres;Timeout=2;Command Timeout=4;Keepalive=1");
        Assert.Equal(1, await AddUntilAsync(HttpStatusCode.Created, client, TestContext.Current.CancellationToken));
        await HeardAsync();

        network.FallSilent();
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(
            AssertRefusedAsync("does not answer", AddAsync(client)),
            AssertRefusedAsync("does not answer", client.GetAsync(ApiFixture.CertificatesPath, Cancellation)),
            AssertPageSaysAsync("does not answer"));

        // Ten seconds by the settings; the rest is for a busy machine.
        Assert.InRange(clock.Elapsed, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(30));

        network.GoOn();
        Assert.Equal(1, await ListAsync(client));
        await AssertGoesOnAsync(1, client);
        await HeardAsync();
        await AssertHearsAsync();
    }

    private async Task<HttpClient> StartAsync(SmallDisk? disk = null)
    {
        await CreateAsync(disk);
        return Start(_server!.ConnectionString("portal"));
    }

    private async Task CreateAsync(SmallDisk? disk = null)
    {
        _server = await PostgresServer.StartOnAsync(disk, "autovacuum=off");
        await _server.ExecuteAsync("postgres", "CREATE DATABASE portal");
    }

    private HttpClient Start(string connection)
    {
        var client = _portal.With("CaPortal:Database:Provider", nameof(DatabaseProvider.PostgreSql)).With("ConnectionStrings:CaPortal", connection)
            .WithServices(services => services.AddSingleton(_ =>
            {
                var changes = new PeerChanges();
                changes.On(() => _heard.Writer.TryWrite(true), typeof(ServiceInstance));
                return changes;
            }))
            .CreateApiClient();
        client.Timeout = TimeSpan.FromMilliseconds(Guard);
        return client;
    }

    private async Task SetAsync(string setting)
    {
        await _server!.ExecuteAsync("postgres", $"ALTER SYSTEM {setting}");
        await _server.ExecuteAsync("postgres", "SELECT pg_reload_conf()");
    }

    /// <summary>Adds certificates until one is added, or until one is not.</summary>
    /// <returns>How many are in the list by then.</returns>
    private static async Task<int> AddUntilAsync(
        HttpStatusCode status, HttpClient client, CancellationToken cancellationToken, TaskCompletionSource? first = null)
    {
        for (var count = 0; ;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var answer = await AddAsync(client);
            var text = await answer.Content.ReadAsStringAsync(Cancellation);
            Assert.True(answer.StatusCode is HttpStatusCode.Created or HttpStatusCode.ServiceUnavailable, text);

            // The trouble may begin between the change and the record of what the trust stores then hold: that answer is 503 too.
            var isRecorded = JsonNode.Parse(text)!["revision"] is not null;
            if (isRecorded)
            {
                count++;
                first?.TrySetResult();
            }

            if (answer.StatusCode == status && isRecorded == (status == HttpStatusCode.Created))
                return count;
        }
    }

    private static async Task<HttpResponseMessage> AddAsync(HttpClient client)
    {
        using var root = TestCertificates.Root($"Root {Guid.NewGuid()}");
        return await client.PostAsync(ApiFixture.CertificatesPath, ApiFixture.Form(TestFiles.Pem(root)), Cancellation);
    }

    private static async Task AssertRefusedAsync(string message, Task<HttpResponseMessage> sending)
    {
        var problem = await ApiFixture.ExpectAsync(503, sending, "DatabaseUnavailable");
        Assert.Contains(message, (string)problem["detail"]!, StringComparison.Ordinal);
    }

    private async Task AssertPageSaysAsync(string message) => Assert.Contains(message, await PageAsync(), StringComparison.Ordinal);

    private static async Task<int> ListAsync(HttpClient client) =>
        (int)(await ApiFixture.ExpectAsync(200, client.GetAsync(ApiFixture.CertificatesPath, Cancellation)))["count"]!;

    private async Task<string> PageAsync()
    {
        using var browser = _portal.CreateBrowserClient(AppRoles.Administrator);
        browser.Timeout = TimeSpan.FromMilliseconds(Guard);
        return await browser.GetStringAsync("/ca-certificates", Cancellation);
    }

    /// <summary>Adds one more, and finds nothing left of the trouble.</summary>
    private async Task AssertGoesOnAsync(int count, HttpClient client)
    {
        count += await AddUntilAsync(HttpStatusCode.Created, client, Cancellation);
        Assert.Equal(count, await ListAsync(client));
        Assert.DoesNotContain("database server", await PageAsync(), StringComparison.Ordinal);
        Assert.Null((await _portal.Services.GetRequiredService<ActivityService>().VerifyAsync(Cancellation)).Damage);
    }

    private Task<bool> HeardAsync() => _heard.Reader.ReadAsync(Cancellation).AsTask();

    private async Task AssertHearsAsync()
    {
        await _server!.ExecuteAsync("portal", $"NOTIFY caportal, 'another {nameof(ServiceInstance)}'");
        await HeardAsync();
    }
}
