using CaPortal.Core.Certificates;

namespace CaPortal.Core.Inventory;

/// <summary>How the list in the database differs from the proved one.</summary>
/// <param name="Problem">One sentence: what is wrong.</param>
/// <param name="ProvedRevision">The revision that was proved last; null if none is.</param>
public sealed record ListDiscrepancy(string Problem, long? ProvedRevision)
{
    /// <summary>What is in the list and not in the proved one. Names are untrusted text.</summary>
    public IReadOnlyList<NamedCertificate> Planted { get; init; } = [];

    /// <summary>What is in the proved list and not in this one. Names are untrusted text.</summary>
    public IReadOnlyList<NamedCertificate> Lacking { get; init; } = [];

    /// <summary>The proved list is known, with the bytes of all its certificates.</summary>
    public bool CanBeRestored { get; init; }

    /// <summary>What the list would change, if it is an earlier one; else null.</summary>
    public EarlierList? Earlier { get; init; }
}

/// <summary>An earlier list, compared with what the trust stores hold now. What the list does not know is not touched.</summary>
/// <param name="Newest">The revision that had been brought to the trust stores.</param>
/// <param name="WouldBeTrusted">What is in the list, and not in each trust store that has a place for it. Names are untrusted text.</param>
/// <param name="WouldBeWithdrawn">What is in the recycle bin, and in a trust store. Names are untrusted text.</param>
/// <param name="Unread">Trust stores that cannot be read as a whole now, so that what they hold is not known.</param>
public sealed record EarlierList(
    long Newest, IReadOnlyList<NamedCertificate> WouldBeTrusted, IReadOnlyList<NamedCertificate> WouldBeWithdrawn, IReadOnlyList<string> Unread);

/// <summary>A certificate and its name.</summary>
/// <param name="Key">Its identity.</param>
/// <param name="Name">Its name. Untrusted text.</param>
/// <param name="IsManaged">It is, or was, under management; else somebody else put it there.</param>
public sealed record NamedCertificate(CaCertificateKey Key, string Name, bool IsManaged);
