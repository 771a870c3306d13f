using System.Reflection;
using CaPortal.Authentication;
using CaPortal.Core;
using CaPortal.Core.Data;
using CaPortal.Core.TrustStores;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.Options;

namespace CaPortal.Hosting;

/// <summary>One line of the log that says which portal this is and what it works with, and one at its end.</summary>
internal sealed partial class StartLine(
    IOptions<CoreOptions> core,
    PortalDatabase database,
    TrustStoreSelection trustStores,
    IServer server,
    IConfiguration configuration,
    ILogger<StartLine> logger)
{
    internal static readonly string Version = typeof(StartLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    private bool _isWritten;

    public void Write()
    {
        _isWritten = true;
        LogStarted(
            Version,
            core.Value.Scope,
            core.Value.ResolvedDataDirectory,
            string.Join(", ", trustStores.Enabled.Select(s => s.Name)),
            string.Join(", ", ListenAddresses.Bound(server)),
            database.Location,
            EntraOptions.IsConfigured(configuration) ? "Microsoft Entra ID" : "a link");
    }

    /// <summary>Writes nothing if the start has failed: then the reason is printed.</summary>
    public void WriteEnd()
    {
        if (_isWritten)
            LogEnded(Version);
    }

    [LoggerMessage(
        1001,
        LogLevel.Information,
        "CaPortal {Version} runs: scope {Scope}, data directory {DataDirectory}, trust stores {TrustStores}, "
            + "addresses {Addresses}, database {Database}, signing in with {SignIn}")]
    private partial void LogStarted(
        string version,
        TrustScope scope,
        string dataDirectory,
        string trustStores,
        string addresses,
        string database,
        string signIn);

    [LoggerMessage(1002, LogLevel.Information, "CaPortal {Version} has ended")]
    private partial void LogEnded(string version);
}
