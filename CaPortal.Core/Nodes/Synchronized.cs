using CaPortal.Core.TrustStores;

namespace CaPortal.Core.Nodes;

/// <summary>What the trust stores were brought to, or compared with.</summary>
/// <param name="Revision">The revision.</param>
/// <param name="TrustStores">One outcome for each trust store, in the order of the settings.</param>
internal sealed record Synchronized(long Revision, IReadOnlyList<TrustStoreOutcome> TrustStores)
{
    /// <summary>The state of all of them, in a form that can be compared.</summary>
    public string Summary =>
        string.Join(
            '\n',
            TrustStores.Select(t => $"{t.Name} {t.Result} {t.ObservedHash} {t.Missing.Count} {t.LeftOut.Count} {t.Error}").Prepend($"{Revision}"));

    /// <summary>The trust stores are in another state than the last time that this process looked.</summary>
    public bool IsNews { get; init; }

    /// <summary>A trust store was written.</summary>
    public bool HasChangedSomething => TrustStores.Any(t => t.Added.Count + t.Removed.Count + t.Damaged.Count > 0);
}
