using CaPortal.Core.Clients;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Clients;

/// <summary>One engine for a class of tests, and what a real Java client says to a server of each kind, asked once.</summary>
public sealed class JavaFixture : IDisposable
{
    private readonly Lazy<Task<IReadOnlyDictionary<string, string>>> _real = new(AskAsync);

    internal JavaEngine Engine { get; } = new(TimeProvider.System);

    /// <summary>By the name of the case: <see cref="TlsClient.Trusted"/>, or why the client refuses the server.</summary>
    public Task<IReadOnlyDictionary<string, string>> RealAsync() => _real.Value;

    public void Dispose() => Engine.Dispose();

    private static async Task<IReadOnlyDictionary<string, string>> AskAsync()
    {
        using var folder = new TemporaryDirectory();
        var servers = new List<OpenSslServer>();
        try
        {
            foreach (var asked in ServerCase.All)
                servers.Add(await asked.ServeAsync());
            var client = await JavaClient.CompileAsync(folder.Path);
            var answers = await client.ConnectAsync(ServerCase.All.Select((c, i) => (c.Host, servers[i].Port, c.WriteRoots(folder))));
            return ServerCase.All.Zip(answers).ToDictionary(pair => pair.First.Name, pair => pair.Second);
        }
        finally
        {
            servers.ForEach(s => s.Dispose());
        }
    }
}
