using CaPortal.Core;
using CaPortal.Core.Data;
using CaPortal.Core.Management;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace CaPortal.Hosting;

/// <summary>Brings the database up before the first request, and then keeps the trust stores as they should be.</summary>
internal static class PortalData
{
    public static void AddPortalData(this WebApplicationBuilder builder)
    {
        builder.Services.PostConfigure<CoreOptions>(options => options.Database.ConnectionString = builder.Configuration.GetConnectionString("CaPortal") ?? "");
        builder.Services.AddHostedService<DatabaseStart>();
        builder.Services.AddHostedService<TrustMaintenance>();
        builder.Services.AddHealthChecks().AddCheck<DatabaseHealth>("database", tags: [PortalHealth.Ready]);
    }

    private sealed class DatabaseStart(PortalDatabase database) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => database.InitializeAsync(cancellationToken);

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class DatabaseHealth(CaCertificateService certificates) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            try
            {
                await certificates.ListAsync(new CaCertificateQuery { Top = 1 }, cancellationToken);
                return HealthCheckResult.Healthy();
            }
            catch (DatabaseException e)
            {
                return HealthCheckResult.Unhealthy(e.Message);
            }
        }
    }
}
