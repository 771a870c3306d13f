using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace CaPortal.Hosting;

/// <summary>
/// Makes the portal take up renewed certificates while it runs. The web server's own way does so for some settings alone. It
/// binds its addresses again, and gives up if the two files of a pair change one after the other.
/// </summary>
internal static class PortalTls
{
    public static void AddPortalTls(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<CertificateWatch>();
        builder.Services.AddHostedService(p => p.GetRequiredService<CertificateWatch>());
        builder.Services.AddOptions<KestrelServerOptions>().Configure<CertificateWatch>((kestrel, watch) =>
        {
            if (watch.IsNeeded)
                kestrel.ConfigureEndpointDefaults(e => e.Protocols = HttpProtocols.Http1AndHttp2); // HTTP/3 would have no such choice at each connection.
            kestrel.ConfigureHttpsDefaults(https => watch.Default?.ServeIn(https));
            var endpoints = kestrel.Configure(builder.Configuration.GetSection("Kestrel"), reloadOnChange: false);
            foreach (var (name, files) in watch.OfEndpoints)
                endpoints.Endpoint(name, e => files.ServeIn(e.HttpsOptions));
        });
    }

    private static void ServeIn(this CertificateFiles files, HttpsConnectionAdapterOptions https) =>
        https.OnAuthenticate = (_, tls) => tls.ServerCertificateContext = files.Current ?? tls.ServerCertificateContext;
}

/// <summary>
/// Looks at the files of certificates each second. Notices of the file system would be quicker. But they do not come from
/// other machines, nor for what links lead to, and Kubernetes and certbot use links to put a new certificate in place.
/// </summary>
internal sealed partial class CertificateWatch : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private readonly ILogger<CertificateWatch> _logger;

    public CertificateWatch(IConfiguration configuration, IHostEnvironment environment, TimeProvider time, ILogger<CertificateWatch> logger)
    {
        (_time, _logger) = (time, logger);
        Default = CertificateFiles.Of(configuration.GetSection("Kestrel:Certificates:Default"), environment.ContentRootPath, logger);
        foreach (var endpoint in configuration.GetSection("Kestrel:Endpoints").GetChildren())
        {
            // Which certificate belongs to which host name is left to the web server.
            if (CertificateFiles.Of(endpoint.GetSection("Certificate"), environment.ContentRootPath, logger) is { } files
                && !endpoint.GetSection("Sni").Exists())
                OfEndpoints.Add(endpoint.Key, files);
        }

        LookAll();
    }

    /// <summary>The certificate of addresses that have none of their own; null if the settings name no file.</summary>
    public CertificateFiles? Default { get; }

    /// <summary>The certificates of endpoints by their names.</summary>
    public Dictionary<string, CertificateFiles> OfEndpoints { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether the settings name a file.</summary>
    public bool IsNeeded => Default is not null || OfEndpoints.Count > 0;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!IsNeeded)
            return;
        await new BackgroundLoop(_time) { Failed = LogFailure }.RunAsync(
            async cancellationToken =>
            {
                await Task.Delay(Period, _time, cancellationToken);
                LookAll();
            },
            stoppingToken);
    }

    private void LookAll()
    {
        Default?.Look();
        foreach (var files in OfEndpoints.Values)
            files.Look();
    }

    private void LogFailure(Exception exception) => LogFailed(_logger, exception);

    [LoggerMessage(4304, LogLevel.Error, "The look at the files of the portal's own certificates failed; it is tried again")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
