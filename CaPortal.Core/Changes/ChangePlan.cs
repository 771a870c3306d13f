using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Inspection;
using CaPortal.Core.Nodes;

namespace CaPortal.Core.Changes;

/// <summary>What an administrator chose for one item of an inspection.</summary>
/// <param name="Item">The item.</param>
/// <param name="Store">The store that it will go to.</param>
/// <param name="Accepted">The Errors that the administrator overrides.</param>
public sealed record AddSelection(InspectedItem Item, CaStore Store, IReadOnlySet<FindingCode> Accepted);

/// <summary>What a plan does with one item.</summary>
public enum ItemResult
{
    /// <summary>It will be, or was, added.</summary>
    Added,

    /// <summary>It is there already; nothing to do.</summary>
    Duplicate,

    /// <summary>An Error that was not overridden stops it, and with it the plan.</summary>
    Refused,

    /// <summary>It is no certificate, or the administrator left it out.</summary>
    Skipped,
}

/// <summary>One item of an Add and what the plan does with it.</summary>
/// <param name="Item">The item.</param>
/// <param name="Store">Its store; null if it is no certificate.</param>
/// <param name="Result">What happens to it.</param>
public sealed record PlannedItem(InspectedItem Item, CaStore? Store, ItemResult Result)
{
    /// <summary>The findings that hold for it in its store.</summary>
    public IEnumerable<Finding> Findings => Store is { } store ? Item.FindingsFor(store) : Item.Findings;
}

/// <summary>A certificate that a plan puts into a store.</summary>
public sealed record PlannedAddition
{
    /// <summary>Its identity.</summary>
    public required CaCertificateKey Key { get; init; }

    /// <summary>Its facts.</summary>
    public required CertificateFacts Facts { get; init; }

    /// <summary>Its DER encoding.</summary>
    public required ReadOnlyMemory<byte> Der { get; init; }

    /// <summary>What holds for it in that store.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary>The Errors that the administrator overrides.</summary>
    public required IReadOnlySet<FindingCode> Accepted { get; init; }

    /// <summary>Why it was added in the first place; null if the reason of this change is that.</summary>
    public string? Description { get; init; }

    /// <summary>SHA-256 of the file that it came in; null if it did not come in a file.</summary>
    public string? FileSha256 { get; init; }

    /// <summary>Where it is on this machine without being under management; null if it is not on it.</summary>
    public UnmanagedCertificate? Found { get; init; }

    /// <summary>The Errors for which it may not be added as it is: those that were not overridden, or cannot be.</summary>
    public IEnumerable<Finding> OpenErrors => Findings.Where(f => f.Severity == FindingSeverity.Error && !(f.CanOverride && Accepted.Contains(f.Code)));

    /// <summary>Shared trust stores leave it out, because it would stop the programs that read them.</summary>
    public bool BreaksReaders => Findings.Any(f => Finding.KeptOutOfSharedFiles.Contains(f.Code));
}

/// <summary>A certificate that a plan takes out of a store.</summary>
/// <param name="Key">Its identity.</param>
/// <param name="Name">Its name. Untrusted text.</param>
public sealed record PlannedRemoval(CaCertificateKey Key, string Name)
{
    /// <summary>What tells it from others of the same name; null if that is not known.</summary>
    public CertificateFacts? Facts { get; init; }

    /// <summary>What was found, where it is not under management: it is recorded together with its removal.</summary>
    public UnmanagedCertificate? Found { get; init; }
}

/// <summary>A certificate that cannot be taken out.</summary>
/// <param name="Key">Its identity.</param>
/// <param name="Name">Its name. Untrusted text.</param>
/// <param name="Reason">One sentence: why not.</param>
public sealed record RefusedRemoval(CaCertificateKey Key, string Name, string Reason);

/// <summary>A certificate that a plan leaves as it is, although it was asked for.</summary>
/// <param name="Key">Its identity.</param>
/// <param name="Name">Its name. Untrusted text.</param>
/// <param name="Reason">One sentence: why.</param>
public sealed record PassedOver(CaCertificateKey Key, string Name, string Reason);

/// <summary>What a plan does to one trust store of this machine.</summary>
/// <param name="Name">The trust store's name.</param>
/// <param name="Title">The trust store's title.</param>
/// <param name="Adds">Certificates that it will have more.</param>
/// <param name="Removes">Certificates that it will have less.</param>
/// <param name="LeavesOut">Certificates that it leaves out because they would stop the programs that read it.</param>
/// <param name="Unusable">Why it cannot be used; null if it can.</param>
public sealed record TrustStoreEffect(string Name, string Title, int Adds, int Removes, int LeavesOut, string? Unusable)
{
    /// <summary>Files that CaPortal did not write and that go together with a certificate that is taken out.</summary>
    public IReadOnlyList<string> RemovesFiles { get; init; } = [];
}

/// <summary>
/// A change that can be looked at before it is made. It is bound to the revision that it was made for: applying it
/// at another revision is refused. Making a plan never changes anything.
/// </summary>
public sealed record ChangePlan
{
    /// <summary>What kind of change it is.</summary>
    public required ChangeKind Kind { get; init; }

    /// <summary>The revision that it was made for.</summary>
    public required long Revision { get; init; }

    /// <summary>What happens to each item of an Add; empty for other kinds.</summary>
    public IReadOnlyList<PlannedItem> Items { get; init; } = [];

    /// <summary>What it puts into stores.</summary>
    public required IReadOnlyList<PlannedAddition> Additions { get; init; }

    /// <summary>What it takes out of stores.</summary>
    public required IReadOnlyList<PlannedRemoval> Removals { get; init; }

    /// <summary>What it does to the trust stores of this machine.</summary>
    public required IReadOnlyList<TrustStoreEffect> Effects { get; init; }

    /// <summary>What it should take out and cannot.</summary>
    public IReadOnlyList<RefusedRemoval> RefusedRemovals { get; init; } = [];

    /// <summary>What it takes out and stays trusted, as far as that is known before.</summary>
    public IReadOnlyList<StillTrusted> StillTrusted { get; init; } = [];

    /// <summary>What an undo leaves as it is, because it has changed since or cannot come back.</summary>
    public IReadOnlyList<PassedOver> PassedOver { get; init; } = [];

    /// <summary>The entry of the activity log whose change is taken back; null if none is.</summary>
    public long? Undoes { get; init; }

    /// <summary>
    /// Nobody has looked at the plan. If it is stale, it is planned again when it is applied, so that being stale is no
    /// refusal.
    /// </summary>
    public bool IsPlannedAnewWhenStale { get; init; }

    /// <summary>It may be made also where trusted back-ends stop being trusted by it.</summary>
    public bool IsForced { get; init; }

    /// <summary>What it puts into stores, or was asked to, has an Error that was not overridden.</summary>
    public bool HasOpenErrors => Items.Any(i => i.Result == ItemResult.Refused) || Additions.Any(a => a.OpenErrors.Any());

    /// <summary>A certificate has an Error that was not overridden, or cannot be taken out, so that nothing will be changed.</summary>
    public bool IsRefused => RefusedRemovals.Count > 0 || HasOpenErrors;

    /// <summary>The certificates that it is about, also those that are already as it would have them.</summary>
    public IReadOnlySet<CaCertificateKey> Asked => new HashSet<CaCertificateKey>(
    [
        .. Additions.Select(a => a.Key),
        .. Removals.Select(r => r.Key),
        .. Items.Where(i => i is { Result: ItemResult.Duplicate, Store: not null }).Select(i => new CaCertificateKey(i.Store!.Value, i.Item.Facts!.Sha256)),
    ]);

    /// <summary>There is nothing to change.</summary>
    public bool IsEmpty => Additions.Count == 0 && Removals.Count == 0;

    /// <summary>What holds for a certificate that it puts, or would put but for an Error, into a store; null if it has no such.</summary>
    public IEnumerable<Finding>? FindingsOf(CaCertificateKey key) =>
        Additions.FirstOrDefault(a => a.Key == key)?.Findings
        ?? Items.FirstOrDefault(i => i.Store == key.Store && i.Item.Facts?.Sha256 == key.Sha256)?.Findings;

    /// <summary>An Error is overridden, so that a reason is required.</summary>
    public bool NeedsReason => Additions.Any(a => a.Accepted.Count > 0);
}
