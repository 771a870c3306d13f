using System.Security.Cryptography.X509Certificates;
using CaPortal.Core;
using CaPortal.Core.Certificates;
using CaPortal.Core.Clients;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.Java;
using CaPortal.Core.TrustStores.PemBundle;
using CaPortal.Core.TrustStores.Programs;
using CaPortal.Core.TrustStores.Reconciling;
using CaPortal.Core.TrustStores.X509;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace CaPortal.Tests.TrustStores;

internal static class TestTrustStores
{
    public static PemBundleTrustStore Bundle(string folder, bool includeSystemRoots = false) => new(
        Options.Create(new CoreOptions { PemBundle = new() { Directory = folder, IncludeSystemRoots = includeSystemRoots } }),
        new OperatingSystemRoots(TimeProvider.System));

    public static JavaTruststoreTrustStore JavaTruststore(string file) => new(Options.Create(new CoreOptions { JavaTruststore = new() { File = file } }));

    public static X509TrustStore X509() => new(Options.Create(new CoreOptions()));

    public static Reconciler ReconcilerOf(params ITrustStore[] stores) => ReconcilerOf(TimeProvider.System, stores);

    public static Reconciler ReconcilerOf(TimeProvider time, params ITrustStore[] stores) => ReconcilerOf(Candidates(), time, stores);

    /// <summary>Reads candidates with what it is given: none of these is asked where it is left out.</summary>
    public static CandidateCheck Candidates(
        IClientEngine? java = null,
        string? certtool = null,
        TimeSpan? timeout = null,
        ILogger<CandidateCheck>? logger = null) => new(java, certtool, timeout ?? TimeSpan.FromMinutes(1), logger ?? NullLogger<CandidateCheck>.Instance);

    public static Reconciler ReconcilerOf(CandidateCheck candidates, TimeProvider time, params ITrustStore[] stores)
    {
        var options = new CoreOptions();
        foreach (var store in stores)
            options.TrustStores.Add(store.Name);
        return new Reconciler(
            new TrustStoreSelection(Options.Create(options), [], stores),
            new OpenSslCertificates(NullLogger<OpenSslCertificates>.Instance),
            candidates,
            time,
            NullLogger<Reconciler>.Instance);
    }

    public static TrustedCertificate Trusted(X509Certificate2 certificate, CaStore store = CaStore.Root) => new(
        KeyOf(certificate, store),
        certificate.RawData,
        certificate.Subject,
        certificate.NotBefore.ToUniversalTime(),
        certificate.NotAfter.ToUniversalTime());

    public static CaCertificateKey KeyOf(X509Certificate2 certificate, CaStore store = CaStore.Root) =>
        new(store, Thumbprints.Sha256(certificate.RawData));

    public static DesiredState Desired(
        IEnumerable<TrustedCertificate> certificates, IEnumerable<CaCertificateKey>? withdrawn = null, IEnumerable<CaCertificateKey>? breaksReaders = null)
    {
        var all = certificates.ToDictionary(c => c.Key);
        return new DesiredState(
            1,
            all.Keys.ToHashSet(),
            (breaksReaders ?? []).ToHashSet(),
            (withdrawn ?? []).ToHashSet(),
            new GivenCertificates(all));
    }

    public static Task AddAsync(this ITrustStore store, params IReadOnlyList<TrustedCertificate> certificates) =>
        store.ApplyAsync(new TrustStoreChange(certificates, []), TestContext.Current.CancellationToken);

    public static Task RemoveAsync(this ITrustStore store, params IReadOnlyList<TrustedCertificate> certificates) =>
        store.ApplyAsync(new TrustStoreChange([], [.. certificates.Select(c => c.Key)]), TestContext.Current.CancellationToken);

    public static Task<TrustStoreSnapshot> ReadAsync(this ITrustStore store) => store.ReadAsync(TestContext.Current.CancellationToken);

    private sealed class GivenCertificates(IReadOnlyDictionary<CaCertificateKey, TrustedCertificate> all) : ICertificateSource
    {
        public Task<IReadOnlyList<TrustedCertificate>> LoadAsync(IReadOnlyCollection<CaCertificateKey> keys, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<TrustedCertificate>>([.. keys.Select(k => all[k])]);
    }
}
