using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using CaPortal.Core;
using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.ApiKeys;
using CaPortal.Core.Data;
using CaPortal.Core.Probing;
using CaPortal.Core.Transfer;
using CaPortal.Tests.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace CaPortal.Tests.Transfer;

/// <summary>A portal's data directory with something in every table, and an empty database on a server.</summary>
public abstract class TransferTest : IAsyncLifetime
{
    private static readonly JsonSerializerOptions Json = new() { Converters = { new Microseconds() } };

    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private protected TemporaryDirectory Folder { get; } = new();

    private protected string DataDirectory => Folder["data"];

    private protected string DatabaseFile => Folder["data/portal.db"];

    private protected PostgresServer Server { get; private set; } = null!;

    /// <summary>The empty database.</summary>
    private protected string Database { get; } = $"copy{Guid.NewGuid():N}";

    /// <summary>How the portal connects to it, with a password, which the server does not ask for.</summary>
    private protected string To => $"{Server.ConnectionString(Database)};Password=hunter2";

    public async ValueTask InitializeAsync()
    {
        Server = await PostgresServer.Shared.GetAsync();
        await Server.ExecuteAsync("postgres", $"CREATE DATABASE {Database}");
    }

    public ValueTask DisposeAsync()
    {
        Folder.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>Starts a portal on the file.</summary>
    private protected Task<TestCore> StartAsync() => TestCore.StartAsync(DataDirectory);

    /// <summary>Starts a portal on the file, puts something into every table, and ends it.</summary>
    /// <returns>An API key of a reader.</returns>
    private protected async Task<string> FillAsync()
    {
        await using var core = await StartAsync();
        return await FillAsync(core);
    }

    /// <summary>Puts something into every table.</summary>
    /// <returns>An API key of a reader.</returns>
    private protected static async Task<string> FillAsync(TestCore core)
    {
        using var root = TestCertificates.Root("Root 😀 of \"tests\"");
        using var deleted = TestCertificates.Root("Deleted");
        using var intermediate = TestCertificates.Intermediate(root);
        await core.AddAsync(root, deleted, intermediate);
        await core.DeleteAsync(TestCore.KeyOf(deleted));
        await StoredBackEnds.Of(core).AddAsync("api.example.org", TrustVerdict.Trusted, root, null, intermediate, root);
        await StoredBackEnds.Of(core).AddAsync("new.example.org", null);
        var key = Assert.IsType<ApiKeyOutcome.Created>(await core.Get<ApiKeyService>().CreateAsync("deploy", Role.Reader, null, TestCore.Anna, Cancellation));

        // To a tick of 100 ns, which the server does not keep.
        var at = new DateTime(2026, 11, 24, 10, 0, 0, DateTimeKind.Utc).AddTicks(1_234_567);
        await core.WriteAsync(async db =>
        {
            var snapshot = await db.Snapshots.MaxAsync(s => s.Id, Cancellation);
            db.Add(new SnapshotCertificate { Sha256 = new string('a', 64), Der = root.RawData, LastSnapshotId = snapshot });
            db.Add(new NodeMissing { NodeId = 1, TrustStore = "pem-bundle", Sha256 = new string('b', 64), Reason = MissingReason.LeftOut });
            var delivery = new AlertDelivery { Channel = "email", Attempts = 3 };
            db.Add(new Alert { Identity = "one", Title = "Title", Message = "Message", At = at, Deliveries = { delivery } });
            db.Add(new ProposedChange { Kind = "Add", Content = "{ }", By = "anna", Person = "", At = at, ExpiresAt = at.AddDays(1) });
            return await db.SaveChangesAsync(Cancellation);
        });
        Assert.DoesNotContain(await core.QueryAsync(db => ModelTables.CountAsync(db, Cancellation)), t => t.Value == 0);
        return key.Key;
    }

    /// <summary>Writes the log as an earlier version did, and ends the portal.</summary>
    private protected async Task RewriteLogAsync(Action<ActivityEntry> change)
    {
        await using (var core = await StartAsync())
        {
            var options = core.Get<IOptions<CoreOptions>>().Value;
            var key = await File.ReadAllBytesAsync(options.ActivityKeyFile, Cancellation);
            await core.ExecuteAsync("DROP TRIGGER activity_no_update");
            var end = await core.WriteAsync(async db =>
            {
                var hash = "";
                var entries = await db.Activity.OrderBy(a => a.Sequence).ToListAsync(Cancellation);
                foreach (var entry in entries)
                {
                    change(entry);
                    entry.PreviousHash = hash;
                    entry.Hash = hash = ActivityChain.HashOf(entry, key);
                }

                await db.SaveChangesAsync(Cancellation);
                return new ActivityEnd(entries.Count, hash);
            });
            ActivityEndFile.Write(options.ActivityEndFilePath, end, key);
        }

        // Puts the trigger back.
        await using var again = await StartAsync();
        Assert.Null((await again.Get<ActivityService>().VerifyAsync(Cancellation)).Damage);
    }

    /// <summary>Copies as the command does.</summary>
    private protected async Task<TransferResult> CopyAsync(string? to = null)
    {
        await using var core = TestCore.NotStarted(DataDirectory);
        return await core.Get<DatabaseTransfer>().CopyAsync(to ?? To, Cancellation);
    }

    /// <summary>A portal on the same data directory with its list on the server; not started.</summary>
    private protected TestCore OnServer() => TestCore.NotStarted(
        DataDirectory, o => (o.Database.Provider, o.Database.ConnectionString) = (DatabaseProvider.PostgreSql, To));

    /// <summary>Everything in every table, with times to the microsecond, in order.</summary>
    private protected static Task<List<string>> RowsAsync(TestCore core) => core.QueryAsync(async db =>
    {
        var rows = new List<string>();
        foreach (var table in ModelTables.InOrder(db.Model))
        {
            await foreach (var row in ModelTables.Rows(db, table))
                rows.Add($"{table.GetTableName()} {JsonSerializer.Serialize(row, Json)}");
        }

        rows.Sort(StringComparer.Ordinal);
        return rows;
    });

    /// <summary>Every file in the data directory, with the hash of its bytes.</summary>
    private protected Dictionary<string, string> Files() => Directory.EnumerateFiles(DataDirectory, "*", SearchOption.AllDirectories)
        .ToDictionary(f => Path.GetRelativePath(DataDirectory, f), f => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(f))));

    private protected Task<string?> TablesOnServerAsync() =>
        Server.ScalarAsync(Database, "SELECT COUNT(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace");

    private sealed class Microseconds : JsonConverter<DateTime>
    {
        public override DateTime Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, DateTime value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString("yyyy-MM-ddTHH:mm:ss.ffffffK", CultureInfo.InvariantCulture));
    }
}
