using System.Net;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core;
using CaPortal.Core.Certificates;
using CaPortal.Core.Clients;
using CaPortal.Core.Clients.DotNet;
using CaPortal.Core.Clients.OpenSsl;
using CaPortal.Core.Formats;
using CaPortal.Core.Probing;
using Microsoft.Extensions.Options;

namespace CaPortal.Tests.Probing;

/// <summary>A probe and a judge with what tests need around them.</summary>
internal static class ServerProbing
{
    /// <summary>Longer than any handshake takes, also on a busy machine.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);

    /// <summary>For servers that never answer.</summary>
    public static readonly TimeSpan Impatience = TimeSpan.FromMilliseconds(300);

    /// <summary>The clients that are on this machine. Shared by all tests, because some are processes of their own.</summary>
    public static ClientPanel Clients { get; } = new(
        [new DotNetEngine(TimeProvider.System), new OpenSslEngine(), new CurlEngine(), new PythonEngine()], ClientNames.Default);

    public static ChainJudge Judge { get; } = new(Clients);

    public static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static BackEndProbe Probe(TimeSpan? timeout = null, AddressGuard? guard = null)
    {
        var options = Options.Create(new CoreOptions { BackEnds = { Timeout = timeout ?? Timeout } });
        return new BackEndProbe(guard ?? new AddressGuard(options), options, TimeProvider.System);
    }

    /// <summary>Asks a server that will go away without a certificate of the client, however long it takes on a busy machine.</summary>
    public static Task<ProbeContact> ConnectToDemandingAsync(int port)
    {
        var options = Options.Create(new CoreOptions { BackEnds = { Timeout = Timeout } });
        return new BackEndProbe(new AddressGuard(options), options, TimeProvider.System) { ShortestWait = Timeout / 2 }
            .ConnectAsync(new BackEndAddress("127.0.0.1", port, "localhost"), Cancellation);
    }

    public static AddressGuard Guard(Func<string, IPAddress[]> resolve, Action<AllowedAddresses>? configure = null)
    {
        var allowed = new AllowedAddresses();
        configure?.Invoke(allowed);
        return new AddressGuard(allowed, (host, _) => Task.FromResult(resolve(host)));
    }

    public static Task<ProbeContact> ConnectAsync(int port, string? serverName = "localhost", TimeSpan? timeout = null) =>
        Probe(timeout).ConnectAsync(new BackEndAddress("127.0.0.1", port, serverName), Cancellation);

    /// <summary>What comes of a handshake with a server on loopback, judged.</summary>
    public static async Task<TrustJudgement> TestAsync(int port, TrustSet set, string? serverName = "localhost", DateTimeOffset? at = null)
    {
        var contact = await ConnectAsync(port, serverName);
        return Judge.Judge(contact, set, at ?? Now);
    }

    public static TrustSet Set(X509Certificate2[]? roots = null, X509Certificate2[]? intermediates = null) =>
        new(
            (roots ?? [])
                .Select(c => Managed(c.RawData, CaStore.Root))
                .Concat((intermediates ?? []).Select(c => Managed(c.RawData, CaStore.CertificateAuthority))));

    public static TrustSetCertificate Managed(byte[] der, CaStore store, TrustOrigin origin = TrustOrigin.Managed) =>
        new(origin, store, CertificateFactsReader.Read(der).Facts!, der);

    public static PresentedCertificate Presented(X509Certificate2 certificate) => Presented(certificate.RawData);

    public static PresentedCertificate Presented(byte[] der) => new(Thumbprints.Sha256(der), der, CertificateFactsReader.Read(der).Facts);

    public static string Sha256(this X509Certificate2 certificate) => Thumbprints.Sha256(certificate.RawData);

    /// <summary>The contact failed so, and judging it says so.</summary>
    public static ProbeFailure AssertFailure(TrustVerdict expected, ProbeContact contact)
    {
        Assert.NotNull(contact.Failure);
        Assert.True(expected == contact.Failure.Verdict, $"{contact.Failure}");
        Assert.EndsWith(".", contact.Failure.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", contact.Failure.Advice, StringComparison.Ordinal);
        var judgement = Judge.Judge(contact with { Chain = [] }, Set(), Now);
        Assert.Equal((contact.Failure.Verdict, contact.Failure.Message), (judgement.Verdict, judgement.Message));
        return contact.Failure;
    }
}
