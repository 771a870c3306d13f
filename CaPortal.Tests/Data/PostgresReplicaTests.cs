using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Data;

/// <summary>A primary server and a replica of it, which takes its place.</summary>
public sealed class PostgresReplicaTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _folder = new();
    private PostgresServer _primary = null!;
    private PostgresServer? _replica;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _primary = await PostgresServer.StartAsync();
        await _primary.ExecuteAsync("postgres", "CREATE DATABASE portal");
        _replica = await _primary.StartReplicaAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_replica is not null)
            await _replica.DisposeAsync();
        await _primary.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Start_OnAReplica_IsRefusedAndNamesThePrimary()
    {
        await using var core = Core(_replica!.ConnectionString("portal"));

        var refused = await Assert.ThrowsAsync<DatabaseException>(() => core.Get<PortalDatabase>().InitializeAsync(Cancellation));

        Assert.Equal($"The database 127.0.0.1:{_replica.Port}/portal is a replica, which takes no changes.", refused.Message);
        Assert.Contains("Target Session Attributes=read-write", refused.Advice, StringComparison.Ordinal);
        Assert.False(refused.IsLoss);
    }

    [Fact(Timeout = 120_000)]
    public async Task Primary_GoneAndItsReplicaPromoted_GoesOnThereByItself()
    {
        using var root = TestCertificates.Root();
        using var later = TestCertificates.Root();
        var hosts = $"127.0.0.1:{_primary.Port},127.0.0.1:{_replica!.Port}";
        await using var core = Core($"Host={hosts};Database=portal;Username=postgres;Target Session Attributes=read-write;Host Recheck Seconds=1");
        await core.Get<PortalDatabase>().InitializeAsync(TestContext.Current.CancellationToken);
        Assert.IsType<ChangeOutcome.Applied>(await core.AddAsync(root));
        var plan = core.PlanAll(await core.InspectAsync(TestFiles.Pem(later)));

        // In order: it ends when its replica has everything.
        await _primary.StopAsync();
        var refused = Assert.IsType<ChangeOutcome.Unavailable>(await core.ApplyAsync(plan));
        Assert.Equal($"The database server of {hosts}/portal does not answer.", refused.Message);

        await _replica.ExecuteAsync("postgres", "SELECT pg_promote()");

        // For a second it is still known as a replica.
        ChangeOutcome outcome;
        do
            outcome = await core.ApplyAsync(plan);
        while (outcome is ChangeOutcome.Unavailable);
        Assert.IsType<ChangeOutcome.Applied>(outcome);
        Assert.Equal(2, (await core.ListAsync()).Count);
    }

    private TestCore Core(string connection) => TestCore.NotStarted(
        _folder["data"], o => (o.Database.Provider, o.Database.ConnectionString) = (DatabaseProvider.PostgreSql, connection));
}
