using System.Collections.Frozen;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.Inspection;
using CaPortal.Core.TrustStores;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Core.Nodes;

/// <summary>
/// Finds out where certificates stay trusted after they are deleted: the operating system's own list, the other store, Java's
/// own list, and trust stores that cannot be written now or that the settings do not name.
/// </summary>
internal sealed class RemainingTrust(
    TrustStoreSelection selection, IEnumerable<ITrustStore> trustStores, PublicRoots publicRoots, JavaTrustList java, PortalDatabase database)
{
    /// <summary>Those of <paramref name="removals"/> that stay trusted. What cannot be read is passed over.</summary>
    public async Task<IReadOnlyList<StillTrusted>> FindAsync(IReadOnlyList<(CaCertificateKey Key, string Name)> removals, CancellationToken cancellationToken)
    {
        if (removals.Count == 0)
            return [];
        Place[] places =
        [
            await OtherStoreAsync(removals, cancellationToken),
            await OperatingSystemAsync(cancellationToken),
            .. await UnusableAsync(cancellationToken),
            .. await NotInTheSettingsAsync(cancellationToken),
            await JavaAsync(cancellationToken),
        ];
        return
        [
            .. removals.Select(r => new StillTrusted(r.Key, r.Name, [.. places.Where(p => p.Holds(r.Key)).Select(p => p.NameFor(r.Key))]))
                .Where(s => s.Places.Count > 0),
        ];
    }

    private async Task<Place> OtherStoreAsync(IReadOnlyList<(CaCertificateKey Key, string Name)> removals, CancellationToken cancellationToken)
    {
        var hashes = removals.Select(r => r.Key.Sha256).Distinct().ToList();
        var removed = removals.Select(r => r.Key).ToHashSet();
        HashSet<CaCertificateKey> others = [];
        try
        {
            var rows = await database.RunAsync(
                db => db.OwnCertificates
                    .Where(c => c.RemovedRevision == null && hashes.Contains(c.Sha256))
                    .Select(c => new { c.Store, c.Sha256 }).ToListAsync(cancellationToken),
                cancellationToken);
            others = [.. rows.Select(r => new CaCertificateKey(r.Store, r.Sha256)).Where(k => !removed.Contains(k))];
        }
        catch (DatabaseException)
        {
            // The change itself was made; only this remark about it is missing.
        }

        return new Place(k => others.Contains(k with { Store = k.Store.Other }), k => $"the store {k.Store.Other.DisplayName} of this list");
    }

    private async Task<Place> OperatingSystemAsync(CancellationToken cancellationToken)
    {
        var roots = (await publicRoots.GetAsync(cancellationToken)).Select(r => r.Facts.Sha256).ToHashSet();
        return new Place(k => roots.Contains(k.Sha256), _ => "the operating system's own list of roots");
    }

    /// <summary>
    /// Trust stores in use that cannot be written. A certificate that cannot be read or found there may be there all the
    /// same: the folder that is seen now may not be the one with the certificates, and they come back with that one.
    /// </summary>
    private async Task<IReadOnlyList<Place>> UnusableAsync(CancellationToken cancellationToken)
    {
        var places = new List<Place>();
        foreach (var store in selection.Enabled.Where(s => s.GetState() is { IsEnabled: false, IsAbsent: false }))
        {
            IReadOnlySet<CaCertificateKey> held;
            try
            {
                held = (await store.ReadAsync(cancellationToken)).Certificates;
            }
            catch (TrustStoreException)
            {
                held = FrozenSet<CaCertificateKey>.Empty;
            }

            places.Add(new Place(k => store.Holds(k.Store), k => held.Contains(k)
                ? $"{store.Title} ({store.Location(k.Store)}), which cannot be written now"
                : $"perhaps {store.Title} ({store.Location(k.Store)}), which cannot be used now"));
        }

        return places;
    }

    private async Task<IReadOnlyList<Place>> NotInTheSettingsAsync(CancellationToken cancellationToken)
    {
        var places = new List<Place>();
        foreach (var store in trustStores.Where(s => selection.Enabled.All(e => e.Name != s.Name) && s.GetState().IsEnabled))
        {
            try
            {
                var held = (await store.ReadAsync(cancellationToken)).Certificates;
                places.Add(new Place(held.Contains, k => $"{store.Title} ({store.Location(k.Store)}), which the settings do not name"));
            }
            catch (TrustStoreException)
            {
                // It is none of CaPortal's trust stores, so nobody needs to know.
            }
        }

        return places;
    }

    private async Task<Place> JavaAsync(CancellationToken cancellationToken)
    {
        // Where CaPortal feeds the operating system's list, the operating system brings its Java list to that by itself.
        var lists = await java.ReadAsync(besidesTheSystems: selection.Enabled.Any(t => t.FeedsOperatingSystem), cancellationToken);
        return new Place(
            k => k.Store == CaStore.Root && lists.Any(l => l.Value.Contains(k.Sha256)),
            k => $"Java's own list ({lists.First(l => l.Value.Contains(k.Sha256)).Key})");
    }

    private sealed record Place(Func<CaCertificateKey, bool> Holds, Func<CaCertificateKey, string> NameFor);
}
