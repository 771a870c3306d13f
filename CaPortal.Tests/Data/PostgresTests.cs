using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using CaPortal.Tests.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CaPortal.Tests.Data;

/// <summary>What is different on PostgreSQL: the server, and the way to it.</summary>
public sealed class PostgresTests : IAsyncDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private PostgresServer? _server;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        _folder.Dispose();
        if (_server is not null)
            await _server.DisposeAsync();
    }

    [Fact]
    public async Task Start_EmptyDatabase_KeepsWhatIsAddedOverARestart()
    {
        using var root = TestCertificates.Root();
        await using (var core = await StartAsync())
            Assert.True(Assert.IsType<ChangeOutcome.Applied>(await core.AddAsync(root)).IsInstalled);

        await using var again = await StartAsync();
        Assert.Equal([Thumbprints.Sha256(root.RawData)], (await again.ListAsync()).Select(c => c.Key.Sha256));
        Assert.Null((await again.Get<ActivityService>().VerifyAsync(Cancellation)).Damage);
    }

    [Fact]
    public async Task Start_EmptyDatabase_LogsNoError()
    {
        var log = new CapturedLog();
        await CreateDatabaseAsync();
        await using var core = Core(_folder["data"], register: s => s.AddSingleton<ILoggerProvider>(log));

        await core.Get<PortalDatabase>().InitializeAsync(Cancellation);

        Assert.DoesNotContain(log.Lines, l => l.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Start_TwoPortalsAtOnce_MakeOneDatabase()
    {
        await CreateDatabaseAsync();
        var cores = Enumerable.Range(1, 2).Select(i => Core(_folder[$"portal-{i}"])).ToList();
        try
        {
            await Task.WhenAll(cores.Select(c => c.Get<PortalDatabase>().InitializeAsync(Cancellation)));

            Assert.Equal("1", await _server!.ScalarAsync("portal", "SELECT COUNT(*) FROM service_instance"));
        }
        finally
        {
            foreach (var core in cores)
                await core.DisposeAsync();
        }
    }

    [Fact]
    public async Task Model_HasNoChangeWithoutAMigration()
    {
        await using var core = await StartAsync();

        Assert.False(await core.QueryAsync(db => Task.FromResult(db.Database.HasPendingModelChanges())));
    }

    [Fact]
    public async Task Database_ServerGone_SaysSoAndGoesOnWhenItIsBack()
    {
        using var root = TestCertificates.Root();
        await using var core = await StartAsync();
        var plan = core.PlanAll(await core.InspectAsync(TestFiles.Pem(root)));
        await _server!.StopAsync();

        var refused = Assert.IsType<ChangeOutcome.Unavailable>(await core.ApplyAsync(plan));
        Assert.Contains("does not answer", refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<DatabaseException>(() => core.ListAsync());

        await _server.GoOnAsync();
        Assert.Empty(await core.ListAsync());
        Assert.True(Assert.IsType<ChangeOutcome.Applied>(await core.ApplyAsync(plan)).IsInstalled);
    }

    [Theory]
    [InlineData("UPDATE activity SET reason = 'x'")]
    [InlineData("DELETE FROM activity")]
    [InlineData("TRUNCATE activity")]
    [InlineData("INSERT INTO activity SELECT * FROM activity ON CONFLICT (sequence) DO UPDATE SET reason = 'x'")]
    [InlineData("SET session_replication_role = replica; DELETE FROM activity")]
    public async Task Activity_ChangedByAnybody_IsRefused(string sql)
    {
        using var root = TestCertificates.Root();
        await using var core = await StartAsync();
        await core.AddAsync(root);

        await Assert.ThrowsAsync<PostgresException>(() => _server!.ExecuteAsync("portal", sql));
        Assert.Null((await core.Get<ActivityService>().VerifyAsync(Cancellation)).Damage);
    }

    [Theory]
    [InlineData("DROP TRIGGER activity_no_change ON activity", "activity_no_change was taken out")]
    [InlineData("ALTER TABLE activity DISABLE TRIGGER activity_no_truncate", "activity_no_truncate was taken out")]
    [InlineData(
        "CREATE OR REPLACE FUNCTION activity_refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$",
        "activity_no_change and activity_no_truncate were taken out")]
    [InlineData("CREATE RULE hide AS ON INSERT TO activity DO INSTEAD NOTHING", "hide was added")]
    [InlineData("CREATE POLICY hide ON activity USING (false)", "hide was added")]
    [InlineData("ALTER TABLE activity ALTER COLUMN marks DROP EXPRESSION", "The column of marks was changed")]
    [InlineData("ALTER TABLE activity DROP COLUMN marks", "The column of marks was changed")]
    public async Task Verify_GuardChanged_IsSeenUntilTheNextStartPutsItRight(string sql, string message)
    {
        using var root = TestCertificates.Root();
        await using (var core = await StartAsync())
        {
            await core.AddAsync(root);
            await _server!.ExecuteAsync("portal", sql);
            Assert.Contains(message, (await core.Get<ActivityService>().VerifyAsync(Cancellation)).Damage?.Message, StringComparison.Ordinal);
        }

        await using var again = await StartAsync();
        Assert.Null((await again.Get<ActivityService>().VerifyAsync(Cancellation)).Damage);
    }

    [Fact]
    public async Task Start_DatabaseThatLostItsData_IsRefusedAndLeftAsItIs()
    {
        using var root = TestCertificates.Root();
        await using (var core = await StartAsync())
            await core.AddAsync(root);
        await _server!.ExecuteAsync("postgres", "DROP DATABASE portal WITH (FORCE)");
        await _server.ExecuteAsync("postgres", "CREATE DATABASE portal");

        var lost = await Assert.ThrowsAsync<DatabaseException>(StartAsync);

        Assert.True(lost.IsLoss);
        Assert.Contains("has nothing in it", lost.Message, StringComparison.Ordinal);
        Assert.Equal("0", await _server.ScalarAsync("portal", "SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'public'"));
    }

    [Theory]
    [InlineData("Database=missing", "There is no database")]
    [InlineData("Username=nobody", "refuses the portal's user")]
    [InlineData("Port=1", "does not answer")]
    [InlineData("Host=no-such-host.invalid", "does not answer")]
    public async Task Start_WrongConnection_SaysWhatIsWrong(string other, string message)
    {
        await CreateDatabaseAsync();
        await using var core = Core(_folder["data"], other);

        var refused = await Assert.ThrowsAsync<DatabaseException>(() => core.Get<PortalDatabase>().InitializeAsync(Cancellation));

        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
        Assert.False(refused.IsLoss);
    }

    [Fact]
    public async Task Start_DataDirectoryThatIsAFile_SaysThatItCannotBeUsed()
    {
        await CreateDatabaseAsync();
        await File.WriteAllTextAsync(_folder["data"], "", Cancellation);
        await using var core = Core(_folder["data"]);

        var refused = await Assert.ThrowsAsync<DatabaseException>(() => core.Get<PortalDatabase>().InitializeAsync(Cancellation));

        Assert.StartsWith($"The data directory {_folder["data"]} cannot be used", refused.Message, StringComparison.Ordinal);
        Assert.Contains("may write", refused.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Database_ServerGone_LogsTheErrorOnceUntilItIsBack()
    {
        var log = new CapturedLog();
        await CreateDatabaseAsync();
        await using var core = Core(_folder["data"], register: s => s.AddSingleton<ILoggerProvider>(log));
        await core.Get<PortalDatabase>().InitializeAsync(Cancellation);
        await _server!.StopAsync();
        await Assert.ThrowsAsync<DatabaseException>(() => core.ListAsync());
        await Assert.ThrowsAsync<DatabaseException>(() => core.ListAsync());
        var errors = Errors();

        await Assert.ThrowsAsync<DatabaseException>(() => core.ListAsync());
        Assert.Equal(errors, Errors());

        await _server.GoOnAsync();
        Assert.Empty(await core.ListAsync());
        await _server.StopAsync();
        await Assert.ThrowsAsync<DatabaseException>(() => core.ListAsync());
        Assert.NotEqual(errors, Errors());

        int Errors() => log.Lines.Count(l => l.Contains("did not carry out an operation", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Write_TextThatPostgresDoesNotTake_IsKeptWithReplacements()
    {
        using var root = TestCertificates.Root();
        await using var core = await StartAsync();

        var plan = core.PlanAll(await core.InspectAsync(TestFiles.Pem(root)));
        Assert.IsType<ChangeOutcome.Applied>(await core.ApplyAsync(plan, reason: "nul \0 and half \ud83d"));

        Assert.Equal("nul \ufffd and half \ufffd", await core.QueryAsync(db => db.Activity.Where(a => a.Action == "Add").Select(a => a.Reason).SingleAsync()));
        Assert.Null((await core.Get<ActivityService>().VerifyAsync(Cancellation)).Damage);
    }

    private async Task<TestCore> StartAsync()
    {
        await CreateDatabaseAsync();
        var core = Core(_folder["data"]);
        try
        {
            await core.Get<PortalDatabase>().InitializeAsync(Cancellation);
            return core;
        }
        catch
        {
            await core.DisposeAsync();
            throw;
        }
    }

    private TestCore Core(string folder, string other = "", Action<IServiceCollection>? register = null) => TestCore.NotStarted(
        folder,
        o =>
        {
            o.Database.Provider = DatabaseProvider.PostgreSql;
            o.Database.ConnectionString = $"{_server!.ConnectionString("portal")};{other}";
        },
        register);

    private async Task CreateDatabaseAsync()
    {
        if (_server is not null)
            return;
        _server = await PostgresServer.StartAsync();
        await _server.ExecuteAsync("postgres", "CREATE DATABASE portal");
    }
}
