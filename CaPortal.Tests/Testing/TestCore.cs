using System.Security.Cryptography.X509Certificates;
using CaPortal.Core;
using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Alerts;
using CaPortal.Core.ApiKeys;
using CaPortal.Core.Approvals;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Backups;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using CaPortal.Core.Data.Sqlite;
using CaPortal.Core.Inspection;
using CaPortal.Core.Inventory;
using CaPortal.Core.Nodes;
using CaPortal.Core.Probing;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.Programs;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace CaPortal.Tests.Testing;

/// <summary>The whole of Core on a data directory of its own, writing PEM bundles in it.</summary>
public sealed class TestCore : IAsyncDisposable
{
    private readonly TemporaryDirectory? _ownDirectory;
    private readonly ServiceProvider _services;
    private readonly string? _postgres;

    private TestCore(
        TemporaryDirectory? ownDirectory,
        string dataDirectory,
        string? postgres,
        TimeProvider time,
        Action<CoreOptions>? configure,
        Action<IServiceCollection>? register)
    {
        (_ownDirectory, _postgres) = (ownDirectory, postgres);
        DataDirectory = dataDirectory;
        var services = new ServiceCollection().AddLogging().AddSingleton(time).AddCaPortalCore();
        services.Configure<CoreOptions>(options =>
        {
            options.DataDirectory = DataDirectory;
            if (postgres is not null)
                (options.Database.Provider, options.Database.ConnectionString) = (DatabaseProvider.PostgreSql, postgres);
            options.TrustStores.Add("pem-bundle");
            options.Limits.Timeout = TestFiles.Timeout;
            configure?.Invoke(options);
        });

        // No test pays for starting other programs after each change but those that are about it.
        services.RemoveAll<ITrustProgram>();
        SharedClients.AddTo(services);
        register?.Invoke(services);
        _services = services.BuildServiceProvider();
    }

    public static Actor Anna { get; } = new("anna@example.org", Role.Administrator, "127.0.0.1");

    public static Actor Bert { get; } = new("bert@example.org", Role.Administrator, "127.0.0.1");

    public static Actor Reader { get; } = new("rita@example.org", Role.Reader, "127.0.0.1");

    public string DataDirectory { get; }

    public string DatabaseFile => Path.Combine(DataDirectory, "portal.db");

    public string RootsFile => Path.Combine(DataDirectory, "trust", "roots.pem");

    public CertificateList List => Get<CertificateList>();

    public CertificateChanges Changes => Get<CertificateChanges>();

    public MachineTrust Machine => Get<MachineTrust>();

    public DatabaseRecovery Recovery => Get<DatabaseRecovery>();

    public BackEndService BackEnds => Get<BackEndService>();

    public ProposalService Proposals => Get<ProposalService>();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Gives what components need of it to another container, which does not own it.</summary>
    public void AddTo(IServiceCollection services) => services
        .AddSingleton(List)
        .AddSingleton(Changes)
        .AddSingleton(Machine)
        .AddSingleton(Recovery)
        .AddSingleton(Get<Maintenance>())
        .AddSingleton(BackEnds)
        .AddSingleton(Proposals)
        .AddSingleton(Get<AlertService>())
        .AddSingleton(Get<ApiKeyService>())
        .AddSingleton(Get<ExpiryRadar>())
        .AddSingleton(Get<ActivityService>())
        .AddSingleton(Get<UnprovedList>())
        .AddSingleton(Get<BackupService>())
        .AddSingleton(Get<TrustStoreSelection>())
        .AddSingleton(Get<IOptions<CoreOptions>>())
        .AddSingleton(Get<ClientPanel>())
        .AddSingleton(Get<TimeProvider>());

    /// <summary>Starts it.</summary>
    /// <param name="dataDirectory">One that outlives it; null for one of its own.</param>
    /// <param name="time">The clock; null for the real one.</param>
    /// <param name="configure">Further settings.</param>
    /// <param name="register">Further services, such as interceptors of the database.</param>
    public static async Task<TestCore> StartAsync(
        string? dataDirectory = null, TimeProvider? time = null, Action<CoreOptions>? configure = null, Action<IServiceCollection>? register = null)
    {
        var own = dataDirectory is null ? new TemporaryDirectory() : null;
        var postgres = OnPostgresAttribute.IsMeant ? await PostgresServer.Shared.ConnectionStringForAsync(dataDirectory ?? own!.Path, MakeTemplateAsync) : null;
        var core = new TestCore(own, dataDirectory ?? own!.Path, postgres, time ?? TimeProvider.System, configure, register);
        try
        {
            if (dataDirectory is null && postgres is null)
                await EmptyDatabase.PutIntoAsync(core.DataDirectory);
            await core.Get<PortalDatabase>().InitializeAsync(Cancellation);
            return core;
        }
        catch
        {
            await core.DisposeAsync();
            throw;
        }
    }

    /// <summary>As <see cref="StartAsync"/>, and its database is not opened.</summary>
    public static TestCore NotStarted(string dataDirectory, Action<CoreOptions>? configure = null, Action<IServiceCollection>? register = null) =>
        new(null, dataDirectory, null, TimeProvider.System, configure, register);

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    /// <summary>What is in a file, judged.</summary>
    public Task<CaPortal.Core.Inspection.InspectionResult> InspectAsync(ReadOnlyMemory<byte> content, string? password = null) =>
        Changes.InspectAsync([new UploadedFile("upload.pem", content, password)], Cancellation);

    /// <summary>A plan that adds everything in the inspection to the store that fits, or to the one given.</summary>
    public ChangePlan PlanAll(CaPortal.Core.Inspection.InspectionResult inspection, CaStore? store = null) => Changes.PlanAdd(
        inspection,
        [.. inspection.Items.Where(i => i.Facts is not null).Select(i => new AddSelection(i, store ?? i.Facts!.SuggestedStore, new HashSet<FindingCode>()))]);

    /// <summary>Adds certificates as an administrator would.</summary>
    public async Task<ChangeOutcome> AddAsync(params X509Certificate2[] certificates) =>
        await ApplyAsync(PlanAll(await InspectAsync(TestFiles.Pem(certificates))));

    public async Task<ChangeOutcome> DeleteAsync(params IReadOnlyCollection<CaCertificateKey> keys) =>
        await ApplyAsync(await Changes.PlanDeleteAsync(keys, Cancellation));

    public async Task<ChangeOutcome> MoveAsync(params IReadOnlyCollection<CaCertificateKey> keys) =>
        await ApplyAsync(await Changes.PlanMoveAsync(keys, Cancellation));

    public async Task<ChangeOutcome> RestoreAsync(params IReadOnlyCollection<CaCertificateKey> keys) =>
        await ApplyAsync(await Changes.PlanRestoreAsync(keys, Cancellation));

    /// <summary>What the portal does at start and then regularly.</summary>
    public Task<IReadOnlyList<TrustStoreOutcome>> MaintainAsync() => Get<Maintenance>().RunAsync(Cancellation);

    /// <summary>Reads from the database past all the portal's code.</summary>
    public Task<T> QueryAsync<T>(Func<PortalDb, Task<T>> query) => Get<PortalDatabase>().RunAsync(query, Cancellation);

    /// <summary>Changes the database as the portal does, and records nothing.</summary>
    public Task<T> WriteAsync<T>(Func<PortalDb, Task<T>> change) => Get<DatabaseWriter>().NoteAsync(change, Cancellation);

    /// <summary>Changes the database as a program other than the portal would.</summary>
    public Task ExecuteAsync(string sql) =>
        _postgres is null ? RawDatabase.ExecuteAsync(DatabaseFile, sql) : PostgresServer.Shared.ExecuteAsync(_postgres, sql);

    public Task<ChangeOutcome> ApplyAsync(ChangePlan plan, Actor? actor = null, string? reason = null, IProgress<ChangeStep>? progress = null) =>
        Changes.ApplyAsync(plan, actor ?? Anna, reason, progress, Cancellation);

    public async Task<IReadOnlyList<CaCertificate>> ListAsync(CaCertificateQuery? query = null) =>
        (await List.ListAsync(query ?? new CaCertificateQuery(), Cancellation)).Certificates;

    public static CaCertificateKey KeyOf(X509Certificate2 certificate, CaStore store = CaStore.Root) => new(store, Thumbprints.Sha256(certificate.RawData));

    /// <summary>Takes the database away; disposing the result puts it back.</summary>
    public IDisposable WithoutDatabase()
    {
        if (_postgres is not null)
            return PostgresServer.Shared.Without(_postgres);
        CloseConnections(DataDirectory);
        return new MissingFile(Path.Combine(DataDirectory, "portal.db"));
    }

    /// <summary>A database on the PostgreSQL server that tests share, for portals that use it together.</summary>
    public static Task<string> NewPostgresDatabaseAsync() => PostgresServer.Shared.ConnectionStringForAsync($"{Guid.NewGuid()}", MakeTemplateAsync);

    private static async Task MakeTemplateAsync(string postgres)
    {
        using var folder = new TemporaryDirectory();
        await using var core = new TestCore(null, folder.Path, $"{postgres};Pooling=false", TimeProvider.System, null, null);
        await core.Get<PortalDatabase>().InitializeAsync(Cancellation);
        await core.ExecuteAsync("UPDATE node SET key = NULL");
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        CloseConnections(DataDirectory);
        _ownDirectory?.Dispose();
    }

    /// <summary>Closes the connections to one portal's database: other tests are in the middle of using theirs.</summary>
    public static void CloseConnections(string dataDirectory)
    {
        using var any = new SqliteConnection(SqliteEngine.ConnectionStringFor(new CoreOptions { DataDirectory = dataDirectory }));
        SqliteConnection.ClearPool(any);
    }

    private sealed class MissingFile : IDisposable
    {
        private readonly string _path;

        public MissingFile(string path)
        {
            _path = path;
            File.Move(path, $"{path}.away");

            // A folder of that name, so that no new database is created in its place.
            Directory.CreateDirectory(path);
        }

        public void Dispose()
        {
            Directory.Delete(_path);
            File.Move($"{_path}.away", _path);
        }
    }
}
