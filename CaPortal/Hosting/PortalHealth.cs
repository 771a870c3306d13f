using System.Net;
using CaPortal.Authentication;
using CaPortal.Core.Data;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace CaPortal.Hosting;

/// <summary>Answers for monitors, without sign-in. What is wrong is said to those alone who may know.</summary>
internal static class PortalHealth
{
    /// <summary>The tag of checks without which the portal cannot do its work.</summary>
    public const string Ready = "ready";

    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    public static void AddPortalHealth(this WebApplicationBuilder builder)
    {
        builder.Services.AddHealthChecks().AddCheck<DataDirectoryHealth>("data-directory", tags: [Ready]);

        // It would write a line for each check that fails and each time that somebody asks.
        builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
        builder.Services.AddSingleton<ReadinessLog>();
        builder.Services.AddSingleton<IHealthCheckPublisher>(p => p.GetRequiredService<ReadinessLog>());
        builder.Services.Configure<HealthCheckPublisherOptions>(o => (o.Predicate, o.Period) = (IsForReadiness, Period));
    }

    public static void MapPortalHealth(this WebApplication app)
    {
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false }).AllowAnonymous().WithMetadata(AnyHost.Instance);
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = IsForReadiness, ResponseWriter = AnswerAsync })
            .AllowAnonymous()
            .WithMetadata(AnyHost.Instance);
    }

    /// <summary>What is wrong: one line for each check that did not find everything in order.</summary>
    public static IReadOnlyList<string> ProblemsOf(HealthReport report) =>
        [.. report.Entries.Where(e => e.Value.Status != HealthStatus.Healthy).Select(e => $"{e.Key}: {e.Value.Status}. {e.Value.Description}".TrimEnd())];

    private static bool IsForReadiness(HealthCheckRegistration check) => check.Tags.Contains(Ready);

    private static async Task AnswerAsync(HttpContext context, HealthReport report)
    {
        context.RequestServices.GetRequiredService<ReadinessLog>().Log(report);
        context.Response.ContentType = "text/plain; charset=utf-8";
        string[] lines = [report.Status.ToString(), .. report.Status != HealthStatus.Healthy && await MaySeeAsync(context) ? ProblemsOf(report) : []];
        await context.Response.WriteAsync(string.Join('\n', lines), context.RequestAborted);
    }

    /// <summary>
    /// Anyone who is signed in, a program with an API key, and a program on this machine. A request does not count as this
    /// machine's if a proxy passes it on, or if its host name is not this machine's: a page in this machine's browser could
    /// ask by such a name.
    /// </summary>
    private static async Task<bool> MaySeeAsync(HttpContext context)
    {
        if (context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address) && !ProxyMismatches.IsForwarded(context.Request)
            && (!context.Request.Host.HasValue || ListenAddresses.IsLoopbackName(context.Request.Host)))
        {
            return true;
        }

        if (ActorFactory.RoleOf(context.User) is not null)
            return true;
        try
        {
            return PortalAuthentication.BearerScheme(context) is { } scheme
                && await context.AuthenticateAsync(scheme) is { Succeeded: true, Principal: var program } && ActorFactory.RoleOf(program) is not null;
        }
        catch (DatabaseException)
        {
            return false; // Nobody knows whether the key is right.
        }
    }
}

/// <summary>
/// Logs that the portal is not ready, and that it is ready again: once each, regardless of how often somebody asks.
/// </summary>
internal sealed partial class ReadinessLog(ILogger<ReadinessLog> logger) : IHealthCheckPublisher
{
    private string? _logged;

    public Task PublishAsync(HealthReport report, CancellationToken cancellationToken)
    {
        Log(report);
        return Task.CompletedTask;
    }

    public void Log(HealthReport report)
    {
        var problems = report.Status == HealthStatus.Unhealthy ? string.Join(" ", PortalHealth.ProblemsOf(report)) : null;
        if (Interlocked.Exchange(ref _logged, problems) is var before && before == problems)
            return;
        if (problems is not null)
            LogNotReady(problems);
        else
            LogReady();
    }

    [LoggerMessage(1031, LogLevel.Error, "The portal is not ready. {Problems}")]
    private partial void LogNotReady(string problems);

    [LoggerMessage(1032, LogLevel.Information, "The portal is ready again")]
    private partial void LogReady();
}
