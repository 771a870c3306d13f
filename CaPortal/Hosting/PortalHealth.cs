using Microsoft.AspNetCore.Diagnostics.HealthChecks;

namespace CaPortal.Hosting;

/// <summary>Answers for monitors, without sign-in.</summary>
internal static class PortalHealth
{
    /// <summary>The tag of checks without which the portal cannot do its work.</summary>
    public const string Ready = "ready";

    public static void AddPortalHealth(this WebApplicationBuilder builder) => builder.Services.AddHealthChecks();

    public static void MapPortalHealth(this WebApplication app)
    {
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false }).AllowAnonymous();
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = c => c.Tags.Contains(Ready) }).AllowAnonymous();
    }
}
