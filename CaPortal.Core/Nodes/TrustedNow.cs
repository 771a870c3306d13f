using CaPortal.Core.Certificates;
using CaPortal.Core.TrustStores;

namespace CaPortal.Core.Nodes;

/// <summary>What the trust stores hold at this moment, regardless of the list.</summary>
/// <param name="Unread">Trust stores that cannot be read as a whole, as their titles name them: what they hold is not known.</param>
internal sealed record TrustedNow(IReadOnlyList<string> Unread)
{
    private readonly IReadOnlyList<(ITrustStore Store, IReadOnlySet<CaCertificateKey> Held)> _read = [];

    private TrustedNow(IReadOnlyList<string> unread, IReadOnlyList<(ITrustStore, IReadOnlySet<CaCertificateKey>)> read)
        : this(unread) => _read = read;

    /// <summary>Looks at each of them.</summary>
    public static async Task<TrustedNow> ReadAsync(TrustStoreSelection trustStores, CancellationToken cancellationToken)
    {
        var (unread, read) = (new List<string>(), new List<(ITrustStore, IReadOnlySet<CaCertificateKey>)>());
        foreach (var store in trustStores.Enabled.Where(s => !s.GetState().IsAbsent))
        {
            try
            {
                var snapshot = await store.ReadAsync(cancellationToken);
                read.Add((store, snapshot.Certificates));
                if (snapshot.Damaged.Count > 0 || !store.GetState().IsEnabled)
                    unread.Add(store.Title);
            }
            catch (TrustStoreException)
            {
                unread.Add(store.Title);
            }
        }

        return new TrustedNow(unread, read);
    }

    /// <summary>Whether a trust store holds the certificate.</summary>
    public bool Holds(CaCertificateKey key) => _read.Any(r => r.Held.Contains(key));

    /// <summary>Whether a trust store has a place for such certificates, and does not hold this one.</summary>
    public bool Lacks(CaCertificateKey key) => _read.Any(r => r.Store.Holds(key.Store) && !r.Held.Contains(key));
}
