using CaPortal.Core.Checks;
using CaPortal.Core.Reading;
using CaPortal.Core.TrustStores;

namespace CaPortal.Core.Management;

/// <summary>The operating system's own roots with their facts, read once for each version of the list.</summary>
internal sealed class PublicRoots(OperatingSystemRoots roots)
{
    private volatile Cached? _cached;

    /// <summary>The roots whose facts can be read.</summary>
    public async Task<IReadOnlyList<KnownCertificate>> GetAsync(CancellationToken cancellationToken)
    {
        var source = await roots.GetAsync(cancellationToken);
        if (_cached is { } cached && ReferenceEquals(cached.Source, source))
            return cached.Certificates;

        var certificates = await Task.Run(
            () => source
                .Select(root => (root.Der, CertificateFactsReader.Read(root.Der).Facts))
                .Where(c => c.Facts is not null)
                .Select(c => new KnownCertificate(KnownOrigin.OperatingSystem, null, c.Facts!, c.Der))
                .ToList(),
            cancellationToken);
        _cached = new Cached(source, certificates);
        return certificates;
    }

    private sealed record Cached(object Source, IReadOnlyList<KnownCertificate> Certificates);
}
