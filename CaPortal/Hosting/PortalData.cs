using CaPortal.Core;
using CaPortal.Core.Backups;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using CaPortal.Core.Inventory;
using CaPortal.Core.Monitoring;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace CaPortal.Hosting;

/// <summary>Brings the database up before the first request, and then keeps the trust stores as they should be.</summary>
internal static partial class PortalData
{
    // Containers are killed ten seconds after they are asked to end, and it is better to be done well before.
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(4);

    /// <summary>The connection is where .NET programs have it.</summary>
    public static IReadOnlyList<MovedSetting> MovedSettings { get; } =
        [new($"{CoreOptions.Section}:{nameof(CoreOptions.Database)}:{nameof(DatabaseOptions.ConnectionString)}", "ConnectionStrings:CaPortal")];

    public static void AddPortalData(this WebApplicationBuilder builder)
    {
        builder.UseConnectionSetting();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = ShutdownTimeout);
        // The first, so that nothing else begins on a data directory where another portal runs.
        builder.Services.AddHostedService<RunLock>();
        builder.Services.AddHostedService<RestoreStart>();
        builder.Services.AddHostedService<DatabaseStart>();
        builder.Services.AddHostedService<SharedFilesStart>();
        builder.Services.AddHostedService<PeerWatch>();
        builder.Services.AddHostedService<DatabaseUpkeep>();
        builder.Services.AddHostedService<TrustMaintenance>();
        builder.Services.AddHostedService<BackEndWatch>();
        builder.Services.AddHostedService<AlertWatch>();
        builder.Services.AddHostedService<ActivityFollowing>();
        builder.Services.AddHostedService<BackupSchedule>();
        builder.Services.AddHealthChecks()
            .AddCheck<DatabaseHealth>("database", tags: [PortalHealth.Ready])
            .AddCheck<TrustStoreHealth>("trust-stores", tags: [PortalHealth.Ready]);
    }

    /// <summary>Reads where the database is.</summary>
    public static void UseConnectionSetting(this WebApplicationBuilder builder) =>
        builder.Services.PostConfigure<CoreOptions>(options => options.Database.ConnectionString = builder.Configuration.GetConnectionString("CaPortal") ?? "");

    private sealed partial class DatabaseStart(PortalDatabase database, Restoration restoration, ILogger<DatabaseStart> logger) : IHostedService
    {
        public async Task StartAsync(CancellationToken cancellationToken)
        {
            try
            {
                await database.InitializeAsync(cancellationToken);
                if (await restoration.RecordAsync() is { } restored)
                    LogRestored(
                        logger,
                        restored.Manifest.TakenAt,
                        restored.Manifest.Machine,
                        restored.Manifest.Revision,
                        restored.By,
                        restoration.AsideOf(restored));
            }
            catch (DatabaseException e) when (e.IsLoss)
            {
                // What the trust stores hold can still be seen, and the list can be begun again from it.
                LogLost(logger, e.Message, e.Advice);
            }
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        [LoggerMessage(
            4004,
            LogLevel.Warning,
            "The backup of {TakenAt:u}, taken on {Machine}, was restored by {By}: revision {Revision} of the list. What was there before is in {Replaced}")]
        private static partial void LogRestored(ILogger logger, DateTime takenAt, string machine, long revision, string by, string replaced);

        [LoggerMessage(
            4003,
            LogLevel.Critical,
            "The list is lost: {Reason} {Advice} The portal starts without it and changes nothing; "
                + "an administrator can begin a new list from what the trust stores hold")]
        private static partial void LogLost(ILogger logger, string reason, string advice);
    }

    /// <summary>Puts a backup in place that is ready, before anything reads the data directory.</summary>
    private sealed class RestoreStart(Restoration restoration) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            try
            {
                restoration.PutInPlace();
                return Task.CompletedTask;
            }
            catch (BackupException e)
            {
                throw new StartRefusedException($"{e.Message} {e.Advice}", e);
            }
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    /// <summary>
    /// The portal can do its work while a trust store is not as it should be, and an administrator puts that right in the
    /// portal. So it is degraded, and still answers 200.
    /// </summary>
    private sealed class TrustStoreHealth(PortalFigures figures) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            try
            {
                var wrong = (await figures.TrustStoresAsync(cancellationToken)).Where(t => !t.Value).Select(t => t.Key).ToList();
                return wrong.Count == 0 ? HealthCheckResult.Healthy() : HealthCheckResult.Degraded($"Not as they should be: {string.Join(", ", wrong)}.");
            }
            catch (DatabaseException)
            {
                return HealthCheckResult.Healthy("Not known: the check of the database says why.");
            }
        }
    }

    /// <summary>Without it nothing is shown; while it cannot be written nothing can be changed.</summary>
    private sealed class DatabaseHealth(CertificateList certificates, MachineTrust machine, PortalFigures figures) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            try
            {
                await certificates.ListAsync(new CaCertificateQuery { Top = 1 }, cancellationToken);
                return (machine.Unrecorded?.Message ?? await figures.FindObstacleAsync(cancellationToken)) is { } obstacle
                    ? HealthCheckResult.Unhealthy(obstacle)
                    : HealthCheckResult.Healthy();
            }
            catch (DatabaseException e)
            {
                return HealthCheckResult.Unhealthy($"{e.Message} {e.Advice}");
            }
        }
    }
}
