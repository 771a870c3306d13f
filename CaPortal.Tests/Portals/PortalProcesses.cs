using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Portals;

/// <summary>Two portals on one PostgreSQL database, as processes of their own. The first one leads.</summary>
internal sealed class PortalProcesses : IAsyncDisposable
{
    /// <summary>What a portal says when it takes the lead.</summary>
    public const string Leads = "This portal tests back-ends, sends alerts and forwards the activity log now";

    private readonly TemporaryDirectory _folder = new();
    private readonly List<ProcessUnderTest> _portals = [];
    private readonly string _database;
    private readonly string[] _settings;

    private PortalProcesses(string database, string[] settings) => (_database, _settings) = (database, settings);

    public ProcessUnderTest One => _portals[0];

    public ProcessUnderTest Two => _portals[1];

    /// <summary>The ports on which they listen.</summary>
    public List<int> Ports { get; } = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<PortalProcesses> StartAsync(params string[] settings)
    {
        var portals = new PortalProcesses(await TestCore.NewPostgresDatabaseAsync(), settings);
        await portals.StartAsync("one", Leads);
        Directory.CreateDirectory(portals._folder["two"]);
        File.Copy(Path.Combine(portals._folder["one"], "database.key"), Path.Combine(portals._folder["two"], "database.key"));
        await portals.StartAsync("two", "");
        return portals;
    }

    /// <summary>Sends a process a signal.</summary>
    public static async Task SendAsync(string signal, ProcessUnderTest portal) =>
        Assert.Equal(0, (await Tool.RunAsync("kill", ["-s", signal, $"{portal.Id}"], Cancellation)).ExitCode);

    public async ValueTask DisposeAsync()
    {
        foreach (var portal in _portals)
            await portal.DisposeAsync();
        _folder.Dispose();
    }

    private async Task StartAsync(string directory, string words)
    {
        var portal = new ProcessUnderTest(
        [
            "--urls=http://127.0.0.1:0",
            $"--CaPortal:DataDirectory={_folder[directory]}",
            "--CaPortal:TrustStores:0=pem-bundle",
            "--CaPortal:Database:Provider=PostgreSql",
            $"--ConnectionStrings:CaPortal={_database}",
            .. _settings,
        ]);
        _portals.Add(portal);
        var hasLine = false;
        while (!hasLine || Ports.Count < _portals.Count)
        {
            var line = await portal.NextLineAsync(Cancellation);
            hasLine |= line.Contains(words, StringComparison.Ordinal);
            if (line.StartsWith("Now listening on: ", StringComparison.Ordinal))
                Ports.Add(new Uri(line["Now listening on: ".Length..]).Port);
        }
    }
}
