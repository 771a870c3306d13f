using System.Data.Common;
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
using CaPortal.Core.Inspection;
using CaPortal.Core.Inventory;
using CaPortal.Core.Monitoring;
using CaPortal.Core.Nodes;
using CaPortal.Core.Probing;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.Programs;
using CaPortal.Tests.Programs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace CaPortal.Tests.Testing;

/// <summary>The whole of Core on a data directory of its own, writing PEM bundles in it.</summary>
public sealed class TestCore : IAsyncDisposable
{
    private readonly TemporaryDirectory? _ownDirectory;
    private readonly ServiceProvider _services;
    private readonly TestDatabase _database;

    private TestCore(
        TemporaryDirectory? ownDirectory,
        string dataDirectory,
        TestDatabase database,
        TimeProvider time,
        Action<CoreOptions>? configure,
        Action<IServiceCollection>? register)
    {
        (_ownDirectory, _database) = (ownDirectory, database);
        DataDirectory = dataDirectory;
        var services = new ServiceCollection().AddLogging().AddSingleton(time).AddCaPortalCore();
        services.Configure<CoreOptions>(options =>
        {
            options.DataDirectory = DataDirectory;
            if (database.Postgres is { } postgres)
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

    /// <summary>The connection to the database server; null where the database is a file.</summary>
    public string? Postgres => _database.Postgres;

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
        .AddSingleton(Get<PortalOverview>())
        .AddSingleton(Get<ActivityService>())
        .AddSingleton(Get<UnprovedList>())
        .AddSingleton(Get<BackupService>())
        .AddSingleton(Get<TrustStoreSelection>())
        .AddSingleton(Get<IOptions<CoreOptions>>())
        .AddSingleton(Get<ClientPanel>())
        .AddSingleton(StartedProgram.ProgramsOf(this))
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
        var database = await TestDatabase.ForTestAsync(dataDirectory ?? own!.Path);
        var core = new TestCore(own, dataDirectory ?? own!.Path, database, time ?? TimeProvider.System, configure, register);
        try
        {
            if (dataDirectory is null && database.Postgres is null)
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
        new(null, dataDirectory, new TestDatabase(dataDirectory, null), TimeProvider.System, configure, register);

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
    public Task ExecuteAsync(string sql) => _database.ExecuteAsync(sql);

    /// <inheritdoc cref="TestDatabase.TamperAsync"/>
    public Task TamperAsync(string sql) => _database.TamperAsync(sql);

    /// <inheritdoc cref="TestDatabase.WriteElsewhereAsync"/>
    public Task<DbConnection> WriteElsewhereAsync() => _database.WriteElsewhereAsync();

    public Task<ChangeOutcome> ApplyAsync(ChangePlan plan, Actor? actor = null, string? reason = null, IProgress<ChangeStep>? progress = null) =>
        Changes.ApplyAsync(plan, actor ?? Anna, reason, progress, Cancellation);

    public async Task<IReadOnlyList<CaCertificate>> ListAsync(CaCertificateQuery? query = null) =>
        (await List.ListAsync(query ?? new CaCertificateQuery(), Cancellation)).Certificates;

    public static CaCertificateKey KeyOf(X509Certificate2 certificate, CaStore store = CaStore.Root) => new(store, Thumbprints.Sha256(certificate.RawData));

    /// <summary>Takes the database away; disposing the result puts it back.</summary>
    public IDisposable WithoutDatabase() => _database.TakeAway();

    /// <summary>A database on the PostgreSQL server that tests share, for portals that use it together.</summary>
    public static Task<string> NewPostgresDatabaseAsync() => PostgresServer.Shared.ConnectionStringForAsync($"{Guid.NewGuid()}", PrepareAsync);

    /// <summary>Makes an empty database on the server what the first start makes of it.</summary>
    internal static async Task PrepareAsync(string postgres)
    {
        using var folder = new TemporaryDirectory();
        var database = new TestDatabase(folder.Path, $"{postgres};Pooling=false");
        await using var core = new TestCore(null, folder.Path, database, TimeProvider.System, null, null);
        await core.Get<PortalDatabase>().InitializeAsync(Cancellation);
        await core.ExecuteAsync("UPDATE node SET key = NULL");
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        _database.CloseConnections();
        _ownDirectory?.Dispose();
    }
}
