using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Probing;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Components;

/// <summary>Components that show back-ends, with real TLS servers whose certificates come from a private CA.</summary>
public abstract class BackEndTest : ComponentTest
{
    private readonly List<TlsServer> _servers = [];
    private readonly List<IDisposable> _others = [];

    protected BackEndTest()
    {
        Root = TestCertificates.Root("Corp Root");
        Issuing = TestCertificates.Intermediate(Root, "Branch Issuing");
        Leaf = TestCertificates.Server(Issuing);
    }

    protected X509Certificate2 Root { get; }

    protected X509Certificate2 Issuing { get; }

    protected X509Certificate2 Leaf { get; }

    /// <summary>Starts a server that sends its certificate and these.</summary>
    protected TlsServer Serve(params X509Certificate2[] chain)
    {
        var server = new TlsServer(Leaf, chain);
        _servers.Add(server);
        return server;
    }

    /// <summary>Starts a server that sends its root besides, which .NET's own does not do.</summary>
    /// <returns>Its address.</returns>
    protected async Task<string> ServeWithRootAsync()
    {
        var server = await OpenSslServer.StartAsync(Leaf, [Issuing, Root]);
        _others.Add(server);
        return $"127.0.0.1:{server.Port}";
    }

    protected static string AddressOf(TlsServer server) => $"127.0.0.1:{server.Port}";

    protected static BackEndDraft Draft(string address, string? name = null)
    {
        Assert.True(BackEndAddress.TryParse(address, null, out var parsed, out var problem), problem);
        return new BackEndDraft(parsed, name);
    }

    /// <summary>Adds back-ends as another administrator.</summary>
    protected async Task<IReadOnlyList<long>> AddBackEndsAsync(params BackEndDraft[] drafts) =>
        Assert.IsType<BackEndOutcome.Done>(await Core.BackEnds.AddAsync(drafts, TestCore.Bert, Cancellation)).Ids;

    /// <summary>Adds a back-end that has been tested.</summary>
    protected Task<long> AddTestedAsync(TlsServer server, string name) => AddTestedAsync(AddressOf(server), name);

    /// <summary>Adds a back-end that has been tested.</summary>
    protected async Task<long> AddTestedAsync(string address, string name)
    {
        var id = Assert.Single(await AddBackEndsAsync(Draft(address, name)));
        await Core.BackEnds.TestAsync([id], TestCore.Bert, null, Cancellation);
        return id;
    }

    protected async Task<TrustVerdict?> VerdictOfAsync(long id) => (await Core.BackEnds.ViewAsync(id, Cancellation))!.Summary.Verdict;

    protected override async ValueTask DisposeAsyncCore()
    {
        await base.DisposeAsyncCore();
        foreach (var server in _servers)
            await server.DisposeAsync();
        _others.ForEach(s => s.Dispose());
        Leaf.Dispose();
        Issuing.Dispose();
        Root.Dispose();
    }
}
