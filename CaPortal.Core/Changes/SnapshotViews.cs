using CaPortal.Core.Activity;
using CaPortal.Core.Inventory;

namespace CaPortal.Core.Changes;

/// <summary>What the trust stores held before a change.</summary>
/// <param name="Id">Names it.</param>
/// <param name="At">When it was taken, UTC.</param>
/// <param name="Revision">The revision of the list at that time.</param>
/// <param name="Before">The change that came after it.</param>
/// <param name="By">Who made that change.</param>
/// <param name="Certificates">How many certificates each trust store held, by its name.</param>
public sealed record SnapshotSummary(long Id, DateTime At, long Revision, ChangeKind Before, string By, IReadOnlyDictionary<string, int> Certificates);

/// <summary>What is different now.</summary>
/// <param name="Snapshot">The snapshot.</param>
/// <param name="TrustStores">Each trust store that was in use then, or is now.</param>
public sealed record SnapshotDifference(SnapshotSummary Snapshot, IReadOnlyList<TrustStoreDifference> TrustStores)
{
    /// <summary>Every trust store could be read and holds what it held.</summary>
    public bool IsSame => TrustStores.All(t => t.Problem is null && t.Appeared.Count == 0 && t.Gone.Count == 0);
}

/// <summary>What is different in one trust store.</summary>
/// <param name="Name">The trust store's name.</param>
/// <param name="Title">The trust store's title.</param>
/// <param name="Appeared">Certificates that it has now and had not then.</param>
/// <param name="Gone">Certificates that it had then and has no more.</param>
/// <param name="Problem">Why it cannot be compared; null where it could be.</param>
public sealed record TrustStoreDifference(
    string Name, string Title, IReadOnlyList<NamedCertificate> Appeared, IReadOnlyList<NamedCertificate> Gone, string? Problem = null);
