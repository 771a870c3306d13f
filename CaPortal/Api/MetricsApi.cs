using CaPortal.Authentication;
using CaPortal.Core.Backups;
using CaPortal.Core.Certificates;
using CaPortal.Core.Monitoring;
using Prometheus;

namespace CaPortal.Api;

/// <summary>
/// Figures for Prometheus, written again for each request. Times are seconds since 1970 UTC, as Prometheus has them: an
/// alerting rule subtracts <c>time()</c>.
/// </summary>
internal static class MetricsApi
{
    public static void MapMetrics(this IEndpointRouteBuilder app) => app.MapGet(SignInPaths.Metrics, WriteAsync)
        .RequireAuthorization(Policies.Reader)
        .AddEndpointFilter(Problems.AnswerAsync)
        .AddEndpointFilter(KnownFields.RequireAsync)
        .ExcludeFromDescription();

    private static async Task<IResult> WriteAsync(PortalFigures figures, BackupService backups, CancellationToken cancellationToken)
    {
        var registry = RegistryOf(await figures.LoadAsync(cancellationToken), backups.LastTakenAt);
        using var text = new MemoryStream();
        await registry.CollectAndExportAsTextAsync(text, cancellationToken);
        return Results.Bytes(text.ToArray(), PrometheusConstants.TextContentTypeWithVersionAndEncoding);
    }

    private static CollectorRegistry RegistryOf(Figures figures, DateTime? lastBackup)
    {
        // Its own registry: the default one of the process would describe the process too.
        var registry = Metrics.NewCustomRegistry();
        var metrics = Metrics.WithCustomRegistry(registry);
        Gauge Create(string name, string help, params string[] labels) => metrics.CreateGauge(name, help, labels);

        var expiry = Create(
            "caportal_certificate_expiry_seconds",
            "When a CA certificate under management expires, in seconds since 1970 UTC.",
            "sha256",
            "name",
            "store");
        foreach (var certificate in figures.Certificates)
            expiry.WithLabels(certificate.Sha256, DisplayText.Shorten(certificate.Name), certificate.Store.ToString()).Set(Seconds(certificate.NotAfter));
        var counts = Create("caportal_certificates", "CA certificates under management.", "store");
        foreach (var store in Enum.GetValues<CaStore>())
            counts.WithLabels(store.ToString()).Set(figures.Certificates.Count(c => c.Store == store));

        string[] labels = ["backend", "address"];
        var trusted = Create(
            "caportal_backend_trusted",
            "Whether the last test found the back-end trusted: 1, else 0. Those that were never tested are left out.",
            labels);
        var chain = Create(
            "caportal_backend_chain_expiry_seconds",
            "When the first certificate in the back-end's chain expires, in seconds since 1970 UTC.",
            labels);
        var check = Create("caportal_backend_last_check_timestamp_seconds", "When the back-end was tested last, in seconds since 1970 UTC.", labels);
        foreach (var backEnd in figures.BackEnds)
        {
            string[] values = [DisplayText.Shorten(backEnd.Name), AddressOf(backEnd)];
            if (backEnd.Verdict is not null)
                trusted.WithLabels(values).Set(backEnd.IsTrusted ? 1 : 0);
            if (backEnd.ExpiresAt is { } end)
                chain.WithLabels(values).Set(Seconds(end));
            if (backEnd.CheckedAt is { } at)
                check.WithLabels(values).Set(Seconds(at));
        }

        var installed = Create(
            "caportal_trust_store_installed",
            "Whether the trust store was found to hold the newest revision when it was read back last: 1, else 0.",
            "trust_store");
        foreach (var (name, isInstalled) in figures.TrustStores)
            installed.WithLabels(name).Set(isInstalled ? 1 : 0);
        Create(
                "caportal_activity_intact",
                "Whether neither the end nor the key of the activity log is lost, unless an administrator acknowledged it: 1, else 0.")
            .Set(figures.IsActivityProved ? 1 : 0);
        if (lastBackup is { } taken)
            Create("caportal_backup_last_timestamp_seconds", "When the newest of the backups was taken that the portal keeps, in seconds since 1970 UTC.")
                .Set(Seconds(taken));
        Create("caportal_alerts_open", "Alerts that are open.").Set(figures.OpenAlerts);
        return registry;
    }

    /// <summary>No two back-ends have the same: host and port, and the name that is asked for where that is another.</summary>
    private static string AddressOf(BackEndFigure backEnd) =>
        DisplayText.Shorten(backEnd.Address.ServerName is { } name ? $"{backEnd.Address}/{name}" : backEnd.Address.ToString(), 300);

    private static double Seconds(DateTime utc) => (utc - DateTime.UnixEpoch).TotalSeconds;
}
