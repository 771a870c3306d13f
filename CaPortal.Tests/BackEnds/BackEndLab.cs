using System.Security.Cryptography.X509Certificates;
using CaPortal.Core;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using CaPortal.Core.Formats;
using CaPortal.Core.Nodes;
using CaPortal.Core.Probing;
using CaPortal.Tests.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace CaPortal.Tests.BackEnds;

/// <summary>Core with back-ends that are real TLS servers on loopback, whose certificates come from a PKI of the test.</summary>
internal sealed class BackEndLab : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _servers = [];
    private readonly List<X509Certificate2> _certificates = [];

    private BackEndLab(TestCore core)
    {
        Core = core;
        Root = Keep(TestCertificates.Root("Lab Root"));
        Issuing = Keep(TestCertificates.Intermediate(Root, "Lab Issuing"));
        Server = Keep(TestCertificates.Server(Issuing));
    }

    public TestCore Core { get; }

    public BackEndService Service => Core.Get<BackEndService>();

    /// <summary>Signs <see cref="Issuing"/>.</summary>
    public X509Certificate2 Root { get; }

    /// <summary>Signs <see cref="Server"/>.</summary>
    public X509Certificate2 Issuing { get; }

    /// <summary>For localhost and 127.0.0.1.</summary>
    public X509Certificate2 Server { get; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<BackEndLab> StartAsync(TimeProvider? time = null, Action<CoreOptions>? configure = null) =>
        new(await TestCore.StartAsync(time: time, configure: configure));

    /// <summary>Starts it on a data directory that it shares with another portal.</summary>
    public static async Task<BackEndLab> StartAsync(string dataDirectory, Action<IServiceCollection> register) =>
        new(await TestCore.StartAsync(dataDirectory, register: register));

    public static PresentedCertificate Presented(X509Certificate2 certificate) =>
        new(Thumbprints.Sha256(certificate.RawData), certificate.RawData, CertificateFactsReader.Read(certificate.RawData).Facts);

    public X509Certificate2 Keep(X509Certificate2 certificate)
    {
        _certificates.Add(certificate);
        return certificate;
    }

    /// <summary>Starts a server; by default with the lab's certificate and its issuer.</summary>
    public TlsServer Serve(X509Certificate2? certificate = null, params X509Certificate2[] chain)
    {
        var server = certificate is null ? new TlsServer(Server, Issuing) : new TlsServer(certificate, chain);
        _servers.Add(server);
        return server;
    }

    /// <summary>Starts a server that takes connections and answers none until the test says so.</summary>
    public SilentServer ServeInSilence()
    {
        var server = new SilentServer();
        _servers.Add(server);
        return server;
    }

    /// <summary>Puts a server into the list.</summary>
    public async Task<long> AddAsync(int port, string? name = null, string host = "127.0.0.1") =>
        Assert.Single(
            Assert
                .IsType<BackEndOutcome.Done>(
                    await Service.AddAsync([new BackEndDraft(new BackEndAddress(host, port, null), name)], TestCore.Anna, Cancellation))
                .Ids);

    /// <summary>Puts a server into the list and tests it.</summary>
    public async Task<long> AddTestedAsync(int port, string? name = null)
    {
        var id = await AddAsync(port, name);
        await TestAsync(id);
        return id;
    }

    public Task<BackEndOutcome> TestAsync(params long[] ids) => Service.TestAsync(ids, TestCore.Anna, null, Cancellation);

    public async Task<BackEndSummary> SummaryAsync(long id) => (await ListAsync()).Single(b => b.Id == id);

    public async Task<IReadOnlyList<BackEndSummary>> ListAsync(BackEndQuery? query = null) =>
        (await Service.ListAsync(query ?? new BackEndQuery(), Cancellation)).BackEnds;

    public async Task<BackEndView> ViewAsync(long id) => (await Service.ViewAsync(id, Cancellation))!;

    public Task<List<ActivityEntry>> ActivityAsync(string action) =>
        Core.QueryAsync(db => db.Activity.Where(a => a.Action == action).OrderBy(a => a.Sequence).ToListAsync(Cancellation));

    /// <summary>Lets the back-end have sent a certificate more, as servers do that send their root too.</summary>
    public Task<int> PresentAsync(long id, X509Certificate2 certificate) => Core.WriteAsync(async db =>
    {
        var sha256 = Thumbprints.Sha256(certificate.RawData);
        db.Add(new PresentedBlob { Sha256 = sha256, Der = certificate.RawData, Facts = CertificateFactsReader.Read(certificate.RawData).Facts });
        db.Add(new BackEndChainLink { BackEndId = id, Position = 2, Sha256 = sha256 });
        return await db.SaveChangesAsync(Cancellation);
    });

    public Task<int> PresentedAsync() => Core.QueryAsync(db => db.PresentedBlobs.CountAsync(Cancellation));

    /// <summary>Applies a plan, even if back-ends stop being trusted by it, and waits for what follows it.</summary>
    public async Task<ChangeOutcome.Applied> ApplyAsync(ChangePlan plan, IProgress<ChangeStep>? progress = null)
    {
        var applied = Assert.IsType<ChangeOutcome.Applied>(await Core.ApplyAsync(plan with { IsForced = true }, progress: progress));
        await applied.FollowUps;
        return applied;
    }

    public async Task<ChangePlan> PlanAddAsync(params X509Certificate2[] certificates) => Core.PlanAll(await Core.InspectAsync(TestFiles.Pem(certificates)));

    public Task<ChangePlan> PlanDeleteAsync(X509Certificate2 certificate, CaStore store = CaStore.Root) =>
        Core.Changes.PlanDeleteAsync([TestCore.KeyOf(certificate, store)], Cancellation);

    public async ValueTask DisposeAsync()
    {
        await Core.DisposeAsync();
        foreach (var server in _servers)
            await server.DisposeAsync();
        foreach (var certificate in _certificates)
            certificate.Dispose();
    }
}
