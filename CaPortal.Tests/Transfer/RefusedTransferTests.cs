using CaPortal.Core.Data;
using CaPortal.Core.Transfer;
using CaPortal.Tests.Testing;
using Npgsql;

namespace CaPortal.Tests.Transfer;

/// <summary>Lists that are not copied: why, and that nothing has changed then on either side.</summary>
public sealed class RefusedTransferTests : TransferTest
{
    private const string CutOff = "DROP TRIGGER activity_no_delete; DELETE FROM activity WHERE sequence > 1; "
        + "CREATE TRIGGER activity_no_delete BEFORE DELETE ON activity BEGIN SELECT RAISE(ABORT, 'activity is append-only'); END";

    [Theory]
    [InlineData("UPDATE ca_certificate SET description = 'nothing wrong'", null)]
    [InlineData("DROP TRIGGER activity_no_update", "activity_no_update was taken out of it")]
    [InlineData("DROP TRIGGER activity_no_update; UPDATE activity SET reason = 'x' WHERE sequence = 2", "Entry 2 was changed")]
    [InlineData(CutOff, "The log ends at entry 1")]
    [InlineData("DROP TABLE activity", "has nothing in it")]
    [InlineData("""INSERT INTO "__EFMigrationsHistory" VALUES ('29990101000000_Next', '99')""", "written by a newer version")]
    [InlineData("""DELETE FROM "__EFMigrationsHistory" WHERE migration_id LIKE '%ActivityMarksOfDamage'""", "written by an earlier version")]
    [InlineData("UPDATE alert SET at = 'garbage'", "a value that another program has changed")]
    public async Task Copy_File_IsRefusedUnlessItIsSoundAndProved(string sql, string? message)
    {
        await FillAsync();
        await RawDatabase.ExecuteAsync(DatabaseFile, sql.Replace("migration_id", "MigrationId", StringComparison.Ordinal));
        var before = Files();

        if (message is null)
            await CopyAsync();
        else
            Assert.Contains(message, (await RefusedAsync()).Message, StringComparison.Ordinal);

        Assert.Equal(before, Files());
        Assert.Equal(message is null, await TablesOnServerAsync() != "0");
    }

    [Fact]
    public async Task Copy_DamagedFile_IsRefused()
    {
        await FillAsync();
        await using (var file = File.OpenWrite(DatabaseFile))
        {
            file.Position = 3 * 4096;
            await file.WriteAsync(Enumerable.Repeat((byte)0x5A, 8 * 4096).ToArray(), Cancellation);
        }

        Assert.StartsWith("The database file is damaged.", (await RefusedAsync()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "There is no database file")]
    [InlineData("", "has nothing in it")]
    [InlineData("This is not a database, and it is long enough to be looked at as if it could be one of them, which it is not.", "is damaged")]
    public async Task Copy_NoDatabase_IsRefused(string? content, string message)
    {
        Directory.CreateDirectory(DataDirectory);
        if (content is not null)
            await File.WriteAllTextAsync(DatabaseFile, content, Cancellation);

        Assert.Contains(message, (await RefusedAsync()).Message, StringComparison.Ordinal);

        Assert.Equal(content is null ? [] : ["portal.db"], Files().Keys);
    }

    [Theory]
    [InlineData("a \ud83d\ude00 b", null)]
    [InlineData("a \0 b", "Entry 2 of the activity log has a character that")]
    public async Task Copy_LogWithATextOfAnEarlierVersion_IsRefusedWhereNothingWouldProveIt(string text, string? message)
    {
        await FillAsync();
        await RewriteLogAsync(e => e.Reason = e.Sequence == 2 ? text : e.Reason);

        if (message is null)
            await CopyAsync();
        else
            Assert.Contains(message, (await RefusedAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Copy_SettingsOfTheServerAlready_IsRefused()
    {
        await using var core = OnServer();

        var refused = await Assert.ThrowsAsync<DatabaseException>(() => core.Get<DatabaseTransfer>().CopyAsync(To, Cancellation));

        Assert.Contains("names PostgreSQL already", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CREATE TABLE invoice (id int)", "it has the table invoice, which is none of the portal's")]
    [InlineData("CREATE TABLE alert (id int); INSERT INTO alert VALUES (1)", "its table alert has rows")]
    [InlineData("CREATE SCHEMA postgres CREATE TABLE alert (id int); INSERT INTO postgres.alert VALUES (1)", "its table alert has rows")]
    [InlineData("ALTER DATABASE {0} SET default_transaction_read_only = on", "takes no changes now: it is a replica, or was made read-only")]
    public async Task Copy_DatabaseThatIsNotEmptyOrTakesNothing_IsRefusedAndLeftAsItIs(string sql, string message)
    {
        await FillAsync();
        await Server.ExecuteAsync(Database, sql.Replace("{0}", Database, StringComparison.Ordinal));
        var before = await TablesOnServerAsync();

        Assert.Contains(message, (await RefusedAsync()).Message, StringComparison.Ordinal);

        Assert.Equal(before, await TablesOnServerAsync());
    }

    [Fact]
    public async Task Copy_DatabaseOfAPortal_IsRefused()
    {
        await FillAsync();
        await CopyAsync();
        var before = await TablesOnServerAsync();

        Assert.Contains("has rows, so a portal has used it", (await RefusedAsync()).Message, StringComparison.Ordinal);

        Assert.Equal(before, await TablesOnServerAsync());
    }

    [Fact]
    public async Task Copy_TablesOfThePortalWithoutRows_AreUsed()
    {
        await FillAsync();
        await CopyAsync();
        await Server.ExecuteAsync(
            Database, "SET session_replication_role = replica; ALTER TABLE activity DISABLE TRIGGER ALL; "
                + "DO $$ DECLARE t text; BEGIN FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '\\_%' LOOP "
                + "EXECUTE format('DELETE FROM %I', t); END LOOP; END $$");

        Assert.Equal(2, (await CopyAsync()).Revision);
    }

    [Theory]
    [InlineData("Database=missing", "There is no database")]
    [InlineData("Username=nobody", "refuses the portal's user")]
    [InlineData("Port=1", "does not answer")]
    [InlineData("Host=no-such-host.invalid", "does not answer")]
    public async Task Copy_WrongConnection_SaysWhatIsWrong(string other, string message)
    {
        await FillAsync();

        Assert.Contains(message, (await RefusedAsync($"{To};{other}")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("wrong-4711", "refuses the portal's user")]
    [InlineData("right-4711", "may not do that")]
    public async Task Copy_UserWithAPassword_NeedsTheRightOneAndTheRights(string password, string message)
    {
        await FillAsync();
        await using var server = await PostgresServer.StartAsync();
        await server.ExecuteAsync("postgres", "CREATE ROLE limited LOGIN PASSWORD 'right-4711'");
        await server.ExecuteAsync("postgres", $"CREATE DATABASE {Database}");
        await server.ExecuteAsync(
            "postgres", $"COPY (VALUES ('host all limited 127.0.0.1/32 scram-sha-256'), ('host all all 127.0.0.1/32 trust')) "
                + $"TO '{await server.ScalarAsync("postgres", "SHOW hba_file")}'");
        await server.ExecuteAsync("postgres", "SELECT pg_reload_conf()");

        var connection = $"{server.ConnectionString(Database)};Username=limited;Password={password}";

        Assert.Contains(message, (await RefusedAsync(connection)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("alert_delivery", "ALTER TABLE alert_delivery ADD CONSTRAINT never CHECK (false)", "did not answer as it should")]
    [InlineData("back_end_chain", "CREATE TRIGGER spoil BEFORE INSERT ON back_end_chain EXECUTE FUNCTION end_session()", "was stopped")]
    [InlineData(
        "node_missing",
        "CREATE TRIGGER spoil BEFORE INSERT ON node_missing FOR EACH ROW EXECUTE FUNCTION leave_out()",
        "its table node_missing has 0 rows in place of 1")]
    [InlineData(
        "service_instance", "CREATE TRIGGER spoil BEFORE INSERT ON service_instance FOR EACH ROW EXECUTE FUNCTION other_revision()", "another revision")]
    [InlineData("ca_certificate", "CREATE TRIGGER spoil BEFORE INSERT ON ca_certificate FOR EACH ROW EXECUTE FUNCTION delete()", "other CA certificates")]
    [InlineData("activity", "ALTER TABLE activity ALTER COLUMN at TYPE timestamptz(0)", "Entry 1 was changed")]
    public async Task Copy_FailureInTheMiddle_LeavesNothingAndTheNextOneWorks(string table, string spoil, string message)
    {
        await FillAsync();
        var before = Files();
        await SpoilAsync(table, spoil);

        Assert.Contains(message, (await RefusedAsync()).Message, StringComparison.Ordinal);

        Assert.Equal(before, Files());
        Assert.Equal("0", await TablesOnServerAsync());
        await Server.ExecuteAsync(Database, "DROP EVENT TRIGGER spoil");
        Assert.Equal(2, (await CopyAsync()).Revision);
    }

    /// <summary>Changes a table as soon as it is made.</summary>
    private Task SpoilAsync(string table, string spoil) => Server.ExecuteAsync(
        Database,
        $"""
        CREATE FUNCTION end_session() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END$$;
        CREATE FUNCTION leave_out() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$;
        CREATE FUNCTION other_revision() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.revision = 1; RETURN NEW; END$$;
        CREATE FUNCTION delete() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.removed_revision = 1; RETURN NEW; END$$;
        CREATE FUNCTION spoil() RETURNS event_trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (SELECT 1 FROM pg_event_trigger_ddl_commands() WHERE object_identity = 'public.{table}') THEN
                {spoil};
            END IF;
        END$$;
        CREATE EVENT TRIGGER spoil ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION spoil();
        """);

    private async Task<DatabaseException> RefusedAsync(string? to = null)
    {
        var refused = await Assert.ThrowsAsync<DatabaseException>(() => CopyAsync(to));

        var password = new NpgsqlConnectionStringBuilder(to ?? To).Password!;
        Assert.DoesNotContain(password, $"{refused.Message} {refused.Advice}", StringComparison.Ordinal);
        return refused;
    }
}
