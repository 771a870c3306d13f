using CaPortal.Core.Certificates;
using CaPortal.Core.Checks;
using CaPortal.Core.Data;
using CaPortal.Core.Inspection;
using CaPortal.Core.Probing;
using CaPortal.Core.TrustStores;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Core.BackEnds;

/// <summary>What is trusted, and the hash of the list that it was made from.</summary>
/// <param name="DesiredHash">See <see cref="ServiceInstance.DesiredHash"/>.</param>
/// <param name="Set">The certificates of both stores and the operating system's own roots.</param>
internal sealed record TrustedNow(string DesiredHash, TrustSet Set);

/// <summary>What is trusted now. It is read from the database once for each state of the list and of the operating system's roots.</summary>
internal sealed class CurrentTrust(PublicRoots publicRoots, PortalDatabase database)
{
    private volatile Known? _known;
    private volatile Known? _foreseen;

    /// <summary>What is trusted now.</summary>
    /// <exception cref="DatabaseException" />
    public async Task<TrustedNow> GetAsync(CancellationToken cancellationToken)
    {
        var roots = await RootsAsync(cancellationToken);
        return await database.RunAsync(db => GetAsync(db, roots, cancellationToken), cancellationToken);
    }

    /// <summary>What the context's transaction sees to be trusted.</summary>
    /// <param name="db">The database.</param>
    /// <param name="roots">From <see cref="RootsAsync"/>, which is too slow to be waited for in a transaction.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<TrustedNow> GetAsync(PortalDb db, IReadOnlyList<KnownCertificate> roots, CancellationToken cancellationToken)
    {
        var hash = await HashAsync(db, cancellationToken);
        foreach (var known in (Known?[])[_known, _foreseen])
        {
            if (known is not null && known.Now.DesiredHash == hash && known.IsWith(roots))
                return (_known = known).Now;
        }

        // The hash first: where the list changes in between, what was read is newer than the hash, and so is not kept.
        var managed = await db.OwnCertificates.AsNoTracking()
            .Where(c => c.RemovedRevision == null)
            .Select(c => new { c.Store, c.Blob.Facts, c.Blob.Der })
            .ToListAsync(cancellationToken);
        var now = new TrustedNow(hash, new TrustSet(
        [
            .. managed.Select(c => new TrustSetCertificate(TrustOrigin.Managed, c.Store, c.Facts, c.Der)),
            .. roots.Select(r => new TrustSetCertificate(TrustOrigin.OperatingSystem, CaStore.Root, r.Facts, r.Der)),
        ]));
        if (HashOf(now.Set) == hash)
            _known = new Known(now, roots);
        return now;
    }

    /// <summary>The operating system's own roots; none if they cannot be read.</summary>
    public Task<IReadOnlyList<KnownCertificate>> RootsAsync(CancellationToken cancellationToken) => publicRoots.GetAsync(cancellationToken);

    /// <summary>What will be trusted after a change: where it comes to be, it is not read again.</summary>
    public TrustedNow Foresee(TrustedNow now, IReadOnlySet<CaCertificateKey> removed, IEnumerable<TrustSetCertificate> added)
    {
        var set = now.Set.With(removed, added);
        var after = new TrustedNow(HashOf(set), set);
        if (_known is { } known && ReferenceEquals(known.Now, now))
            _foreseen = known with { Now = after };
        return after;
    }

    public static Task<string> HashAsync(PortalDb db, CancellationToken cancellationToken) =>
        db.OwnInstance.Select(i => i.DesiredHash).SingleAsync(cancellationToken);

    private static string HashOf(TrustSet set) =>
        SetHash.Of(set.Certificates.Where(c => c.Origin == TrustOrigin.Managed).Select(c => c.Key).ToHashSet());

    private sealed record Known(TrustedNow Now, IReadOnlyList<KnownCertificate> Roots)
    {
        /// <summary>
        /// The roots are built again only if the operating system's list has changed, so it is enough to compare references.
        /// </summary>
        public bool IsWith(IReadOnlyList<KnownCertificate> roots) =>
            ReferenceEquals(Roots, roots) || Roots.SequenceEqual(roots, ReferenceEqualityComparer.Instance);
    }
}
