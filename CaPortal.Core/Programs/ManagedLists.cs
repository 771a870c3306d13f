using CaPortal.Core.Certificates;
using CaPortal.Core.TrustStores;

namespace CaPortal.Core.Programs;

/// <summary>The lists that CaPortal writes, and what belongs into them.</summary>
/// <param name="trustStores">The trust stores in use.</param>
/// <param name="systemRoots">The operating system's list.</param>
/// <param name="wanted">SHA-256 of the trusted root certificates that CaPortal manages.</param>
/// <param name="leftOut">SHA-256 of those that a trust store of a name leaves out on purpose.</param>
internal sealed class ManagedLists(
    TrustStoreSelection trustStores, OperatingSystemRoots systemRoots, IReadOnlySet<string> wanted, ILookup<string, string> leftOut)
{
    /// <summary>SHA-256 of the trusted root certificates that CaPortal manages.</summary>
    public IReadOnlySet<string> Wanted => wanted;

    /// <summary>CaPortal writes the operating system's list.</summary>
    public bool HasSystemList => trustStores.Enabled.Any(s => s.FeedsOperatingSystem && s.GetState().IsEnabled);

    /// <summary>The PEM file for programs whose setting takes a file in place of their list; null if there is none.</summary>
    public string? File => trustStores.Enabled.Where(s => s.PemFile(CaStore.Root) is not null && s.GetState().IsEnabled)
        .Select(s => s.FileForPrograms).OfType<ProgramFile>().Select(f => f.Combined ?? f.Path).FirstOrDefault();

    /// <summary>Whether CaPortal writes this file, and leaves all of some certificates out of it.</summary>
    public (bool IsManaged, bool LeavesOut) Find(string path, IEnumerable<string> missing) =>
        trustStores.Enabled.FirstOrDefault(s => IsListOf(s, path)) is { } store
            ? (true, leftOut[store.Name].ToHashSet().IsSupersetOf(missing))
            : (false, false);

    private bool IsListOf(ITrustStore store, string path) =>
        store.Holds(CaStore.Root)
        && (store.Location(CaStore.Root) == path
            || store.FileForPrograms?.Combined == path
            || (store.FeedsOperatingSystem && path == systemRoots.Location));
}
