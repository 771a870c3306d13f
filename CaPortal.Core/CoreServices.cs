using CaPortal.Core.Activity;
using CaPortal.Core.Alerts;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Backups;
using CaPortal.Core.Checks;
using CaPortal.Core.Clients;
using CaPortal.Core.Data;
using CaPortal.Core.Data.Sqlite;
using CaPortal.Core.Management;
using CaPortal.Core.Management.Access;
using CaPortal.Core.Management.Alerts;
using CaPortal.Core.Management.Auditing;
using CaPortal.Core.Management.Auditing.Forwarding;
using CaPortal.Core.Management.BackEnds;
using CaPortal.Core.Management.Backups;
using CaPortal.Core.Management.Expiry;
using CaPortal.Core.Management.Monitoring;
using CaPortal.Core.Management.Proposals;
using CaPortal.Core.Reading;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.LinuxAnchors;
using CaPortal.Core.TrustStores.Readers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
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
            .Validate(o => o.FourEyes.HasValidLifetime, $"{CoreOptions.Section}:FourEyes:Lifetime must be a time from {FourEyesOptions.MinLifetime:c} to {FourEyesOptions.MaxLifetime:c}, for example 3.00:00:00 for three days.")
            .Validate(o => o.JavaTruststore.HasValidPassword, $"{CoreOptions.Section}:JavaTruststore:Password must have at least 6 characters, all of them ASCII, because Java opens no file with another one.")
            .ValidateOnStart();
        return services.AddClients().AddReading().AddChecks().AddTrustStores().AddBackEnds().AddData().AddBackups().AddAlerts().AddManagement();
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
    private static IServiceCollection AddReading(this IServiceCollection services) => services
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
        .AddSingleton<CandidateReaders>()
        .AddSingleton<Reconciler>()
        .AddSingleton<TrustStoreWatcher>()
        .AddSingleton<OperatingSystemRoots>()
        .AddSingleton<ITrustReader, DotNetReader>()
        .AddSingleton<ITrustReader, OpenSslReader>()
        .AddSingleton<ITrustReader, GnuTlsReader>()
        .AddSingleton<ITrustReader, JavaReader>()
        .AddSingleton<TrustReaders>()
        .AddSingleton<IValidateOptions<CoreOptions>, TrustStoreSettingsValidator>();

    private static IServiceCollection AddBackEnds(this IServiceCollection services) => services
        .AddSingleton<AddressGuard>()
        .AddSingleton<BackEndProbe>()
        .AddSingleton(provider => new ClientPanel(provider.GetServices<IClientEngine>(), CountedClients(provider)))
        .AddSingleton<ChainJudge>()
        .AddSingleton<IssuerFetcher>()
        .AddSingleton<IValidateOptions<CoreOptions>, BackEndSettingsValidator>();

    private static IEnumerable<string> CountedClients(IServiceProvider provider) =>
        provider.GetRequiredService<IOptions<CoreOptions>>().Value.BackEnds.Clients is { Count: > 0 } chosen ? chosen
        : provider.GetRequiredService<TrustStoreSelection>().Enabled.Any(s => s.Name == JavaTruststoreTrustStore.Kind) ? [.. ClientNames.Default, ClientNames.Java]
        : ClientNames.Default;

    private static IServiceCollection AddData(this IServiceCollection services) => services
        .AddDbContextFactory<SqlitePortalDb>((provider, db) =>
            db.UseSqlite(
                SqliteEngine.ConnectionStringFor(provider.GetRequiredService<IOptions<CoreOptions>>().Value),

                // A list of certificates is one parameter whatever its length: SQLite has a bound on their number.
                sqlite => sqlite.UseParameterizedCollectionMode(ParameterTranslationMode.Parameter)))
        .AddSingleton<IDbContextFactory<PortalDb>, SqlitePortalDbFactory>()
        .AddSingleton(PortalIdentity.Embedded)
        .AddSingleton<IDatabaseEngine, SqliteEngine>()
        .AddSingleton<PortalDatabase>()
        .AddSingleton<ActivityLog>()
        .AddSingleton<DatabaseWriter>()
        .AddSingleton<IValidateOptions<CoreOptions>, SqliteSettingsValidator>();

    private static IServiceCollection AddBackups(this IServiceCollection services) => services
        .AddSingleton(provider => new BackupWriter(
            provider.GetRequiredService<PortalDatabase>(),
            provider.GetRequiredService<ActivityLog>(),
            provider.GetRequiredService<IOptions<CoreOptions>>(),
            provider.GetRequiredService<TimeProvider>()))
        .AddSingleton(provider => new Restoration(
            provider.GetRequiredService<PortalDatabase>(),
            provider.GetRequiredService<DatabaseWriter>(),
            provider.GetRequiredService<IOptions<CoreOptions>>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILoggerFactory>()))
        .AddSingleton<IValidateOptions<CoreOptions>, BackupSettingsValidator>();

    private static IServiceCollection AddAlerts(this IServiceCollection services) => services
        .AddSingleton<IAlertChannel, WebhookChannel>()
        .AddSingleton<IAlertChannel, EmailChannel>()
        .AddSingleton<AlertEvaluator>()
        .AddSingleton<AlertDispatcher>()
        .AddSingleton<IValidateOptions<CoreOptions>, AlertSettingsValidator>()
        .AddSingleton<IValidateOptions<CoreOptions>, PublicUrl.Validator>();

    private static IServiceCollection AddManagement(this IServiceCollection services) => services
        .AddSingleton<PublicRoots>()
        .AddSingleton<KnownCertificateFinder>()
        .AddSingleton<Inspector>()
        .AddSingleton<FoundCertificates>()
        .AddSingleton<JavaTrustList>()
        .AddSingleton<TrustElsewhere>()
        .AddSingleton<Planner>()
        .AddSingleton<Snapshots>()
        .AddSingleton<ListMarks>()
        .AddSingleton<ListProof>()
        .AddSingleton<ChangeWriter>()
        .AddSingleton<OutcomeRecorder>()
        .AddSingleton<OutcomeKeeper>()
        .AddSingleton<TrustStoreSync>()
        .AddSingleton<ProgramProof>()
        .AddSingleton<FollowUps>()
        .AddSingleton<DatabaseRecovery>()
        .AddSingleton<CertificateQueries>()
        .AddSingleton<CertificateViewer>()
        .AddSingleton<TrustStoreViewer>()
        .AddSingleton<SteadyClock>()
        .AddSingleton<RecycleBin>()
        .AddSingleton<CurrentTrust>()
        .AddSingleton<PresentedChains>()
        .AddSingleton<BackEndNews>()
        .AddSingleton<BackEndEffects>()
        .AddSingleton<TestRecorder>()
        .AddSingleton<BackEndTester>()
        .AddSingleton<BackEndSchedule>()
        .AddSingleton<BackEndProof>()
        .AddSingleton<BackEndFixes>()
        .AddSingleton<BackEndQueries>()
        .AddSingleton<BackEndWriter>()
        .AddSingleton<FetchedIssuers>()
        .AddSingleton<BackEndProbes>()
        .AddSingleton(provider => new BackEndService(
            provider.GetRequiredService<BackEndQueries>(),
            provider.GetRequiredService<BackEndWriter>(),
            provider.GetRequiredService<BackEndTester>(),
            provider.GetRequiredService<BackEndProbes>(),
            provider.GetRequiredService<BackEndEffects>(),
            provider.GetRequiredService<BackEndSchedule>(),
            provider.GetRequiredService<BackEndNews>(),
            provider.GetRequiredService<ActivityRecorder>()))
        .AddSingleton<ActivityRecorder>()
        .AddSingleton(provider => new UnprovedList(
            provider.GetRequiredService<PortalDatabase>(),
            provider.GetRequiredService<DatabaseWriter>(),
            provider.GetRequiredService<ListProof>(),
            provider.GetRequiredService<ActivityRecorder>(),
            provider.GetRequiredService<TrustStoreSelection>(),
            provider.GetRequiredService<SteadyClock>(),
            provider.GetRequiredService<TimeProvider>()))
        .AddSingleton<IActivitySink, ActivityFileSink>()
        .AddSingleton<IActivitySink, SyslogSink>()
        .AddSingleton<IValidateOptions<CoreOptions>, ActivitySettingsValidator>()
        .AddSingleton(provider => new ActivityForwarding(
            provider.GetServices<IActivitySink>(),
            provider.GetRequiredService<PortalDatabase>(),
            provider.GetRequiredService<IOptions<CoreOptions>>(),
            provider.GetRequiredService<ILogger<ActivityForwarder>>()))
        .AddSingleton(provider => new ActivityService(
            provider.GetRequiredService<PortalDatabase>(),
            provider.GetRequiredService<ActivityLog>(),
            provider.GetRequiredService<DatabaseWriter>(),
            provider.GetRequiredService<ActivityRecorder>()))
        .AddSingleton<ChangeRules>()
        .AddSingleton<ChangeMaker>()
        .AddSingleton<ProposalQueries>()
        .AddSingleton<ProposalWriter>()
        .AddSingleton<ProposalPlanner>()
        .AddSingleton(provider => new ProposalService(
            provider.GetRequiredService<ProposalQueries>(),
            provider.GetRequiredService<ProposalPlanner>(),
            provider.GetRequiredService<ProposalWriter>(),
            provider.GetRequiredService<CertificateQueries>(),
            provider.GetRequiredService<ChangeRules>(),
            provider.GetRequiredService<ChangeMaker>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ActivityRecorder>()))
        .AddSingleton(provider => new BackupService(
            provider.GetRequiredService<BackupWriter>(),
            provider.GetRequiredService<Restoration>(),
            provider.GetRequiredService<ActivityRecorder>(),
            provider.GetRequiredService<IOptions<CoreOptions>>(),
            provider.GetRequiredService<TimeProvider>()))
        .AddSingleton<ExpiryRadar>()
        .AddSingleton(provider => new PortalFigures(
            provider.GetRequiredService<PortalDatabase>(),
            provider.GetRequiredService<DatabaseWriter>(),
            provider.GetRequiredService<TrustStoreSelection>(),
            provider.GetRequiredService<TrustStoreSync>(),
            provider.GetRequiredService<ActivityLog>()))
        .AddSingleton<ApiKeyService>()
        .AddSingleton(provider => new AlertService(
            provider.GetRequiredService<AlertEvaluator>(),
            provider.GetRequiredService<AlertDispatcher>(),
            provider.GetRequiredService<PortalDatabase>(),
            provider.GetRequiredService<DatabaseWriter>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ActivityRecorder>()))
        .AddSingleton(provider => new CaCertificateService(
            provider.GetRequiredService<Inspector>(),
            provider.GetRequiredService<Planner>(),
            provider.GetRequiredService<ChangeRules>(),
            provider.GetRequiredService<ChangeMaker>(),
            provider.GetRequiredService<ProposalWriter>(),
            provider.GetRequiredService<TrustStoreSync>(),
            provider.GetRequiredService<CertificateQueries>(),
            provider.GetRequiredService<CertificateViewer>(),
            provider.GetRequiredService<TrustStoreViewer>(),
            provider.GetRequiredService<RecycleBin>(),
            provider.GetRequiredService<SteadyClock>(),
            provider.GetRequiredService<Snapshots>(),
            provider.GetRequiredService<FollowUps>(),
            provider.GetRequiredService<DatabaseRecovery>(),
            provider.GetRequiredService<PortalDatabase>(),
            provider.GetRequiredService<FoundCertificates>(),
            provider.GetRequiredService<PublicRoots>(),
            provider.GetRequiredService<ActivityRecorder>()));
}
