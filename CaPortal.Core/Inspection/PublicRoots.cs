using System.Security.Cryptography;
using CaPortal.Core.Certificates;
using CaPortal.Core.Checks;
using CaPortal.Core.Formats;
using CaPortal.Core.TrustStores;
using Microsoft.Extensions.Logging;

namespace CaPortal.Core.Inspection;

/// <summary>The operating system's own roots with their facts, read once for each version of its list.</summary>
internal sealed partial class PublicRoots(OperatingSystemRoots roots, TrustStoreSelection trustStores, ILogger<PublicRoots> logger)
{
    private const string Title = "Operating system's own list of roots";
    private const string Fixed = "It comes with the operating system, whose own roots CaPortal never changes.";

    private const int CacheSize = 1_000;

    /// <summary>What is in a certificate never changes, and most are in the next version of the list too.</summary>
    private static readonly BoundedCache<string, KnownCertificate?> Known = new(CacheSize);

    private volatile Cached? _cached;
    private volatile string? _failure;

    /// <summary>
    /// The roots whose facts can be read, without those that a trust store adds to the operating system's list. None if that
    /// list cannot be read, because then no program trusts it either.
    /// </summary>
    public async Task<IReadOnlyList<KnownCertificate>> GetAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await RequireAsync(cancellationToken);
        }
        catch (CryptographicException e)
        {
            if (Interlocked.Exchange(ref _failure, e.Message) != e.Message)
                LogUnreadable(e);
            return [];
        }
    }

    /// <exception cref="CryptographicException">The operating system's list cannot be read.</exception>
    private async Task<IReadOnlyList<KnownCertificate>> RequireAsync(CancellationToken cancellationToken)
    {
        var all = await ReadAsync(cancellationToken);
        var added = await AddedAsync(cancellationToken);
        return added.Count == 0 ? all : [.. all.Where(c => !added.Contains(c.Facts.Sha256))];
    }

    /// <summary>The roots as a list for people.</summary>
    public async Task<UnmanagedList> ListAsync(string? search, CancellationToken cancellationToken)
    {
        try
        {
            IReadOnlyList<UnmanagedPlace> place = [new(null, Title, roots.Location, Fixed)];
            var certificates = (await RequireAsync(cancellationToken))
                .Select(c => new UnmanagedCertificate
                {
                    Key = new CaCertificateKey(CaStore.Root, c.Facts.Sha256),
                    Facts = c.Facts,
                    Der = c.Der,
                    Places = place,
                })
                .OrderBy(c => c.Facts.Name, StringComparer.OrdinalIgnoreCase)
                .ThenBy(c => c.Key.Sha256, StringComparer.Ordinal);
            return new UnmanagedList([.. certificates], []).Matching(search);
        }
        catch (CryptographicException e)
        {
            return new UnmanagedList(
                [],
                [new(null, Title, $"It cannot be read: {e.Message}", "Check that the operating system's CA certificates are installed.")]);
        }
    }

    private async Task<IReadOnlyList<KnownCertificate>> ReadAsync(CancellationToken cancellationToken)
    {
        var source = await roots.GetAsync(cancellationToken);
        if (_cached is { } cached && ReferenceEquals(cached.Source, source))
            return cached.Certificates;

        var certificates = await Task.Run(
            () => source
                .Select(root => Known.GetOrAdd(root.Sha256, static (_, der) => KnownOf(der), root.Der))
                .OfType<KnownCertificate>()
                .ToList(),
            cancellationToken);
        _cached = new Cached(source, certificates);
        return certificates;
    }

    private static KnownCertificate? KnownOf(ReadOnlyMemory<byte> der) =>
        CertificateFactsReader.Read(der).Facts is { } facts ? new KnownCertificate(KnownOrigin.OperatingSystem, null, facts, der) : null;

    private async Task<HashSet<string>> AddedAsync(CancellationToken cancellationToken)
    {
        var added = new HashSet<string>();
        foreach (var store in trustStores.Enabled.Where(t => t.FeedsOperatingSystem))
        {
            try
            {
                added.UnionWith((await store.ReadAsync(cancellationToken)).Certificates.Select(k => k.Sha256));
            }
            catch (TrustStoreException)
            {
                // Without reading it, its additions look like the operating system's own roots. Another place reports that it
                // cannot be read.
            }
        }

        return added;
    }

    [LoggerMessage(4201, LogLevel.Warning, "The operating system's own roots cannot be read, so certificates and back-ends are judged without them")]
    private partial void LogUnreadable(Exception exception);

    private sealed record Cached(object Source, IReadOnlyList<KnownCertificate> Certificates);
}
