using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.TrustStores;

namespace CaPortal.Api;

/// <summary>Whether a change has reached this machine at all.</summary>
internal static class InstallationScope
{
    /// <summary>
    /// A trust store holds one of the certificates now. That each in use is in order does not say so: some hold roots
    /// alone, and some leave out what would stop the programs that read them.
    /// </summary>
    public static bool Reaches(this ChangeOutcome.Applied applied, IReadOnlyCollection<CaCertificateKey> keys, TrustStoreSelection stores) =>
        keys.Count == 0 || applied.TrustStores.Any(t =>
            t.Result == TrustStoreResult.Installed
            && stores.Enabled.Any(s => s.Name == t.Name && keys.Any(k => s.Holds(k.Store) && !t.LeftOut.Contains(k))));
}
