using CaPortal.Core.Activity;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using CaPortal.Tests.Testing;
using Npgsql;

namespace CaPortal.Tests.Data;

/// <summary>A portal whose user may read and write rows, and nothing more: another one owns the tables.</summary>
public sealed class PostgresRightsTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _folder = new();
    private readonly string _suffix = $"{Guid.NewGuid():N}";
    private PostgresServer _server = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    // Roles are of the whole server, which tests share.
    private string Owner => $"owner_{_suffix}";

    private string User => $"user_{_suffix}";

    private string Database => $"d{_suffix}";

    public async ValueTask InitializeAsync()
    {
        _server = await PostgresServer.Shared.GetAsync();
        await _server.ExecuteAsync("postgres", $"CREATE ROLE {Owner} LOGIN");
        await _server.ExecuteAsync("postgres", $"CREATE ROLE {User} LOGIN");
        await _server.ExecuteAsync("postgres", $"CREATE DATABASE {Database} OWNER {Owner} ENCODING 'UTF8' TEMPLATE template0");
        await ExecuteAsync(Owner, $"ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {User}");
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Start_TablesOfAnother_WorksOnceTheyAreMade()
    {
        var refusal = await Assert.ThrowsAsync<DatabaseException>(() => StartAsync());
        Assert.Contains("may not do that", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("database migrate", refusal.Advice, StringComparison.Ordinal);

        await MigrateAsync();
        await using var core = await StartAsync();
        using var root = TestCertificates.Root();

        Assert.True(Assert.IsType<ChangeOutcome.Applied>(await core.AddAsync(root)).IsInstalled);
        Assert.IsType<ChangeOutcome.Applied>(await core.DeleteAsync(TestCore.KeyOf(root)));
        Assert.Null((await core.Get<ActivityService>().VerifyAsync(Cancellation)).Damage);
    }

    [Theory]
    [InlineData("DROP TRIGGER activity_no_change ON activity")]
    [InlineData("ALTER TABLE activity DISABLE TRIGGER activity_no_truncate")]
    [InlineData("CREATE OR REPLACE FUNCTION activity_refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$")]
    [InlineData("TRUNCATE activity")]
    [InlineData("ALTER TABLE activity ADD COLUMN more int")]
    public async Task Activity_AttackedByThePortalsUser_IsRefused(string sql)
    {
        await MigrateAsync();
        await using var core = await StartAsync();
        await core.AddAsync(TestCertificates.Root());

        await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(User, sql));
        await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(User, "DELETE FROM activity"));
    }

    [Fact]
    public async Task Start_GuardTakenOutByTheOwner_SaysWhoCanPutItRight()
    {
        await MigrateAsync();
        await using (var core = await StartAsync())
            await core.AddAsync(TestCertificates.Root());
        await ExecuteAsync(Owner, "DROP TRIGGER activity_no_change ON activity");

        await using (var core = await StartAsync())
        {
            var damage = (await core.Get<ActivityService>().VerifyAsync(Cancellation)).Damage;
            Assert.EndsWith("Run \"database migrate\" as the owner of the tables.", damage?.Message, StringComparison.Ordinal);
            await MigrateAsync();
            Assert.Null((await core.Get<ActivityService>().VerifyAsync(Cancellation)).Damage);
        }
    }

    [Fact]
    public async Task Migrate_TwoAtOnce_MakeTheTablesOnce()
    {
        var outputs = await Task.WhenAll(RunMigrateAsync("one"), RunMigrateAsync("two"));

        Assert.All(outputs, o => Assert.Equal((0, ""), (o.ExitCode, o.Errors)));
        Assert.Single(outputs, o => o.Output.EndsWith("is ready for this version now.", StringComparison.Ordinal));
        Assert.Single(outputs, o => o.Output.EndsWith("Nothing was left to do.", StringComparison.Ordinal));
    }

    private async Task<(int ExitCode, string Output, string Errors)> RunMigrateAsync(string directory)
    {
        await using var process = new ProcessUnderTest(
        [
            "database", "migrate", $"--CaPortal:DataDirectory={_folder[directory]}", "--CaPortal:Database:Provider=PostgreSql",
            $"--ConnectionStrings:CaPortal={ConnectionString(Owner)}",
        ]);
        return (await process.ExitCodeAsync(Cancellation), process.Output, process.ErrorOutput);
    }

    private string ConnectionString(string user) => $"Host=127.0.0.1;Port={_server.Port};Database={Database};Username={user};Pooling=false";

    private async Task ExecuteAsync(string user, string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString(user));
        await connection.OpenAsync(Cancellation);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Cancellation);
    }

    private async Task MigrateAsync()
    {
        await using var core = Core(_folder["migrate"], Owner);
        await core.Get<PortalDatabase>().UpgradeAsync(Cancellation);
    }

    private async Task<TestCore> StartAsync()
    {
        var core = Core(_folder["data"], User);
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

    private TestCore Core(string directory, string user) => TestCore.NotStarted(directory, options =>
        (options.Database.Provider, options.Database.ConnectionString) = (DatabaseProvider.PostgreSql, ConnectionString(user)));
}
