using System.Reflection;
using CaPortal.Core.Activity;
using CaPortal.Core.Activity.Forwarding;
using CaPortal.Core.Alerts;
using CaPortal.Core.ApiKeys;
using CaPortal.Core.Approvals;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Backups;
using CaPortal.Core.Changes;
using CaPortal.Core.Checks;
using CaPortal.Core.Clients;
using CaPortal.Core.Clients.DotNet;
using CaPortal.Core.Clients.OpenSsl;
using CaPortal.Core.Data;
using CaPortal.Core.Data.Postgres;
using CaPortal.Core.Data.Sqlite;
using CaPortal.Core.Formats;
using CaPortal.Core.Inspection;
using CaPortal.Core.Inventory;
using CaPortal.Core.Monitoring;
using CaPortal.Core.Nodes;
using CaPortal.Core.Portals;
using CaPortal.Core.Probing;
using CaPortal.Core.Programs;
using CaPortal.Core.Transfer;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.Java;
using CaPortal.Core.TrustStores.LinuxAnchors;
using CaPortal.Core.TrustStores.PemBundle;
using CaPortal.Core.TrustStores.Programs;
using CaPortal.Core.TrustStores.Reconciling;
using CaPortal.Core.TrustStores.X509;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace CaPortal.Core;

/// <summary>The list of what Core is made of: one line per format, per check and per trust store kind.</summary>
public static class CoreServices
{
    /// <summary>Registers Core. Its settings are <see cref="CoreOptions"/>.</summary>
    public static IServiceCollection AddCaPortalCore(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<CoreOptions>()
            .Validate(o => o.RecycleBinDays is >= 1 and <= 36_500, $"{CoreOptions.Section}:RecycleBinDays must be a number of days from 1 to 36500.")
            .Validate(o => o.Snapshots is >= 0 and <= 1_000, $"{CoreOptions.Section}:Snapshots must be a number from 0 to 1000.")
            .Validate(
                o => o.FourEyes.HasValidLifetime,
                $"{CoreOptions.Section}:FourEyes:Lifetime must be a time from {FourEyesOptions.MinLifetime:c} to {FourEyesOptions.MaxLifetime:c}, "
                    + "for example 3.00:00:00 for three days.")
            .Validate(
                o => o.JavaTruststore.HasValidPassword,
                $"{CoreOptions.Section}:JavaTruststore:Password must have at least 6 characters, all of them ASCII, "
                    + "because Java opens no file with another one.")
            .ValidateOnStart();
        return services
            .AddClients().AddFormats().AddChecks().AddTrustStores().AddProbing()
            .AddData().AddActivity().AddPortals().AddApiKeys().AddInventory().AddInspection().AddNodes()
            .AddChanges().AddApprovals().AddBackEnds().AddAlerts().AddBackups().AddMonitoring().AddTransfer().AddPrograms();
    }

    // In the order in which they are shown.
    private static IServiceCollection AddClients(this IServiceCollection services) => services
        .AddSingleton<IClientEngine, DotNetEngine>()
        .AddSingleton<IClientEngine, OpenSslEngine>()
        .AddSingleton<IClientEngine, CurlEngine>()
        .AddSingleton<IClientEngine, PythonEngine>()
        .AddSingleton<IClientEngine, JavaEngine>()
        .AddSingleton<IClientEngine, GnuTlsEngine>();

    // In the order in which they are tried.
    private static IServiceCollection AddFormats(this IServiceCollection services) => services
        .AddSingleton<ICertificateFormat, AppleProfileFormat>()
        .AddSingleton<ICertificateFormat, DerFormat>()
        .AddSingleton<ICertificateFormat, Pkcs7Format>()
        .AddSingleton<ICertificateFormat, Pkcs12Format>()
        .AddSingleton<ICertificateFormat, JavaKeystoreFormat>()
        .AddSingleton<ICertificateFormat, BouncyCastleKeystoreFormat>()
        .AddSingleton<ICertificateFormat, SerializedStoreFormat>()
        .AddSingleton<ICertificateFormat, ZipFormat>()
        .AddSingleton<ICertificateFormat, GzipFormat>()
        .AddSingleton<ICertificateFormat, TarFormat>()
        .AddSingleton<ICertificateFormat, PackedFileFormat>()
        .AddSingleton<ICertificateFormat, MailFormat>()
        .AddSingleton<ICertificateFormat, StructuredTextFormat>()
        .AddSingleton<ICertificateFormat, DataUrlFormat>()
        .AddSingleton<ICertificateFormat, PemFormat>()
        .AddSingleton<ICertificateFormat, P11KitFormat>()
        .AddSingleton<ICertificateFormat, Base64Format>()
        .AddSingleton<ICertificateFormat, OtherFileFormat>()
        .AddSingleton<CertificateReader>();

    private static IServiceCollection AddChecks(this IServiceCollection services) => services
        .AddSingleton<ICertificateCheck, StrictnessCheck>()
        .AddSingleton<ICertificateCheck, SignatureCheck>()
        .AddSingleton<ICertificateCheck, CaCheck>()
        .AddSingleton<ICertificateCheck, ValidityCheck>()
        .AddSingleton<ICertificateCheck, WeakKeyCheck>()
        .AddSingleton<ICertificateCheck, WeakSignatureCheck>()
        .AddSingleton<ICertificateCheck, PurposeCheck>()
        .AddSingleton<ICertificateCheck, StoreChoiceCheck>()
        .AddSingleton<ICertificateCheck, IssuerCheck>()
        .AddSingleton<ICertificateCheck, DuplicateCheck>()
        .AddSingleton<ICertificateCheck, SameSubjectCheck>()
        .AddSingleton<ICertificateCheck, KnownPublicCaCheck>()
        .AddSingleton<ICertificateCheck, SuspiciousNameCheck>()
        .AddSingleton<ICertificateCheck, ClientRestrictionCheck>()
        .AddSingleton<ICertificateCheck, UnusualCheck>()
        .AddSingleton<CertificateChecks>();

    private static IServiceCollection AddTrustStores(this IServiceCollection services) => services
        .AddTrustStore<X509TrustStore>(X509TrustStore.Kind, X509TrustStore.Scopes)
        .AddTrustStore<LinuxAnchorsTrustStore>(LinuxAnchorsTrustStore.Kind, LinuxAnchorsTrustStore.Scopes)
        .AddTrustStore<PemBundleTrustStore>(PemBundleTrustStore.Kind, TrustScope.User, TrustScope.Machine)
        .AddTrustStore<JavaTruststoreTrustStore>(JavaTruststoreTrustStore.Kind, TrustScope.Machine)
        .AddSingleton<TrustStoreSelection>()
        .AddSingleton<OpenSslCertificates>()
        .AddSingleton<CandidateCheck>()
        .AddSingleton<Reconciler>()
        .AddSingleton<TrustStoreWatcher>()
        .AddSingleton<OperatingSystemRoots>()
        .AddSingleton<ITrustProgram, DotNetProgram>()
        .AddSingleton<ITrustProgram, OpenSslProgram>()
        .AddSingleton<ITrustProgram, GnuTlsProgram>()
        .AddSingleton<ITrustProgram, JavaProgram>()
        .AddSingleton<TrustPrograms>()
        .AddSingleton<IValidateOptions<CoreOptions>, TrustStoreSettingsValidator>();

    private static IServiceCollection AddProbing(this IServiceCollection services) => services
        .AddSingleton<AddressGuard>()
        .AddSingleton<BackEndProbe>()
        .AddSingleton(provider => new ClientPanel(provider.GetServices<IClientEngine>(), CountedClients(provider)))
        .AddSingleton<ChainJudge>()
        .AddSingleton<IssuerFetcher>()
        .AddSingleton<IValidateOptions<CoreOptions>, BackEndSettingsValidator>();

    private static IEnumerable<string> CountedClients(IServiceProvider provider) =>
        provider.GetRequiredService<IOptions<CoreOptions>>().Value.BackEnds.Clients is { Count: > 0 } chosen ? chosen
        : provider.GetRequiredService<TrustStoreSelection>().Enabled.Any(s => s.Name == JavaTruststoreTrustStore.Kind)
            ? [.. ClientNames.Default, ClientNames.Java]
        : ClientNames.Default;

    private static IServiceCollection AddData(this IServiceCollection services) => services
        .AddDbContextFactory<SqlitePortalDb>((provider, db) =>
            db.UseSqlite(
                SqliteEngine.ConnectionStringFor(provider.GetRequiredService<IOptions<CoreOptions>>().Value),

                // A list of certificates is one parameter, however long it is: SQLite limits the number of parameters.
                sqlite => sqlite.UseParameterizedCollectionMode(ParameterTranslationMode.Parameter)))
        .AddDbContextFactory<PostgresPortalDb>((provider, db) =>
            PostgresEngine.Configure(db, provider.GetRequiredService<IOptions<CoreOptions>>().Value))
        .AddSingleton<SqlitePortalDbFactory>()
        .AddSingleton<PostgresPortalDbFactory>()
        .AddSingleton<SqliteEngine>()
        .AddSingleton<PostgresEngine>()
        .AddSingleton<IDbContextFactory<PortalDb>>(provider => ByEngine<IDbContextFactory<PortalDb>, SqlitePortalDbFactory, PostgresPortalDbFactory>(provider))
        .AddSingleton<IDatabaseEngine>(provider => ByEngine<IDatabaseEngine, SqliteEngine, PostgresEngine>(provider))
        .AddSingleton<SolePortal>()
        .AddSingleton<PostgresPeers>()
        .AddSingleton<IPeers>(provider => ByEngine<IPeers, SolePortal, PostgresPeers>(provider))
        .AddSingleton<PortalIdentity>()
        .AddSingleton<ITransferSource, SqliteSource>()
        .AddSingleton<Func<string, ITransferTarget?>>(provider => to => PostgresTarget.Find(
            to, provider.GetRequiredService<IOptions<CoreOptions>>().Value.ResolvedDataDirectory, provider.GetRequiredService<TimeProvider>()))
        .AddSingleton<PortalDatabase>()
        .AddSingleton<PeerChanges>()
        .AddSingleton<IValidateOptions<CoreOptions>, SqliteSettingsValidator>()
        .AddSingleton<IValidateOptions<CoreOptions>, PostgresSettingsValidator>();

    private static TService ByEngine<TService, TSqlite, TPostgres>(IServiceProvider provider)
        where TService : notnull
        where TSqlite : TService
        where TPostgres : TService =>
        provider.GetRequiredService<IOptions<CoreOptions>>().Value.Database.Provider == DatabaseProvider.PostgreSql
            ? provider.GetRequiredService<TPostgres>()
            : provider.GetRequiredService<TSqlite>();

    private static IServiceCollection AddActivity(this IServiceCollection services) => services
        .AddSingleton<ActivityLog>()
        .AddSingleton<DatabaseWriter>()
        .AddSingleton<ActivityRecorder>()
        .AddService<ActivityService>()
        .AddSingleton<IActivitySink, ActivityFileSink>()
        .AddSingleton<IActivitySink, SyslogSink>()
        .AddService<ActivityForwarding>()
        .AddSingleton<IValidateOptions<CoreOptions>, ActivitySettingsValidator>();

    private static IServiceCollection AddPortals(this IServiceCollection services) => services
        .AddSingleton<Leadership>()
        .AddService<SharedFiles>();

    private static IServiceCollection AddApiKeys(this IServiceCollection services) => services
        .AddSingleton<ApiKeyService>();

    private static IServiceCollection AddInventory(this IServiceCollection services) => services
        .AddSingleton<SteadyClock>()
        .AddSingleton<ListMarks>()
        .AddSingleton<ListProof>()
        .AddSingleton<CertificateChangeNotifier>()
        .AddSingleton<DatabaseCertificates>()
        .AddService<CertificateList>()
        .AddSingleton<RecycleBin>()
        .AddService<DatabaseRecovery>();

    private static IServiceCollection AddInspection(this IServiceCollection services) => services
        .AddSingleton<PublicRoots>()
        .AddSingleton<KnownCertificateFinder>()
        .AddSingleton<PresentedChains>()
        .AddSingleton<Inspector>();

    private static IServiceCollection AddNodes(this IServiceCollection services) => services
        .AddSingleton<OutcomeRecorder>()
        .AddSingleton<OutcomeKeeper>()
        .AddSingleton<TrustStoreSync>()
        .AddSingleton<ProgramProof>()
        .AddSingleton<FollowUps>()
        .AddSingleton<FoundCertificateQueries>()
        .AddSingleton<JavaTrustList>()
        .AddSingleton<RemainingTrust>()
        .AddSingleton<CertificateViewer>()
        .AddSingleton<TrustStoreViewer>()
        .AddService<UnprovedList>();

    private static IServiceCollection AddChanges(this IServiceCollection services) => services
        .AddSingleton<Snapshots>()
        .AddSingleton<PlanBuilder>()
        .AddSingleton<Planner>()
        .AddSingleton<HistoryPlanner>()
        .AddSingleton<ChangeRules>()
        .AddSingleton<ChangeWriter>()
        .AddSingleton<ChangeExecutor>()
        .AddService<CertificateChanges>()
        .AddService<MachineTrust>()
        .AddService<Maintenance>();

    private static IServiceCollection AddApprovals(this IServiceCollection services) => services
        .AddSingleton<ProposalQueries>()
        .AddSingleton<ProposalPlanner>()
        .AddSingleton<ProposalWriter>()
        .AddSingleton<IChangeApprovals>(provider => provider.GetRequiredService<ProposalWriter>())
        .AddService<ProposalService>();

    private static IServiceCollection AddBackEnds(this IServiceCollection services) => services
        .AddSingleton<BackEndChangeNotifier>()
        .AddSingleton<CurrentTrust>()
        .AddSingleton<BackEndQueries>()
        .AddSingleton<BackEndWriter>()
        .AddSingleton<BackEndTester>()
        .AddSingleton<TestRecorder>()
        .AddSingleton<BackEndSchedule>()
        .AddSingleton<EffectProof>()
        .AddSingleton<BackEndEffects>()
        .AddSingleton<IBackEndImpact>(provider => provider.GetRequiredService<BackEndEffects>())
        .AddSingleton<BackEndFixes>()
        .AddSingleton<FetchedIssuers>()
        .AddSingleton<RequestedProbes>()
        .AddService<BackEndService>();

    private static IServiceCollection AddAlerts(this IServiceCollection services) => services
        .AddSingleton<IAlertChannel, WebhookChannel>()
        .AddSingleton<IAlertChannel, EmailChannel>()
        .AddSingleton<AlertEvaluator>()
        .AddSingleton<AlertDispatcher>()
        .AddSingleton<ExpiryRadar>()
        .AddService<AlertService>()
        .AddSingleton<IValidateOptions<CoreOptions>, AlertSettingsValidator>()
        .AddSingleton<IValidateOptions<CoreOptions>, PublicUrl.Validator>();

    private static IServiceCollection AddBackups(this IServiceCollection services) => services
        .AddService<BackupWriter>()
        .AddService<Restoration>()
        .AddService<BackupService>()
        .AddSingleton<IValidateOptions<CoreOptions>, BackupSettingsValidator>();

    private static IServiceCollection AddMonitoring(this IServiceCollection services) => services
        .AddService<PortalFigures>()
        .AddService<PortalOverview>();

    private static IServiceCollection AddPrograms(this IServiceCollection services) => services
        .AddService<RunningPrograms>();

    private static IServiceCollection AddTransfer(this IServiceCollection services) => services
        .AddService<DatabaseTransfer>();

    /// <summary>For what is public while its parts, and so its constructor, are internal: the container calls public constructors alone.</summary>
    private static IServiceCollection AddService<TService>(this IServiceCollection services)
        where TService : class
    {
        var constructor = typeof(TService).GetConstructors(BindingFlags.Instance | BindingFlags.NonPublic).Single();
        return services.AddSingleton(provider => (TService)constructor.Invoke(
            BindingFlags.DoNotWrapExceptions, null, [.. constructor.GetParameters().Select(p => provider.GetRequiredService(p.ParameterType))], null));
    }
}
