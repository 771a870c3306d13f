using CaPortal.Core.Certificates;

namespace CaPortal.Core.Inventory;

/// <summary>What the list can be sorted by.</summary>
public enum CaCertificateSort
{
    /// <summary>The subject's name.</summary>
    Name,

    /// <summary>Whether it is where it should be.</summary>
    Status,

    /// <summary>The worst that holds of it, the worst first.</summary>
    Condition,

    /// <summary>The store.</summary>
    Store,

    /// <summary>The issuer's name; self-signed ones are before all others.</summary>
    Issuer,

    /// <summary>The end of the validity.</summary>
    Expiry,

    /// <summary>The SHA-1 thumbprint.</summary>
    Thumbprint,

    /// <summary>Who added it.</summary>
    AddedBy,

    /// <summary>When it was added.</summary>
    AddedAt,

    /// <summary>When it was deleted.</summary>
    RemovedAt,
}

/// <summary>Which certificates to list, in which order.</summary>
public sealed record CaCertificateQuery
{
    /// <summary>
    /// Words that must all occur in names, thumbprints, serial number, reason or administrator, regardless of case.
    /// </summary>
    public string? Search { get; init; }

    /// <summary>The store alone.</summary>
    public CaStore? Store { get; init; }

    /// <summary>The status alone.</summary>
    public CaCertificateStatus? Status { get; init; }

    /// <summary>Those alone of which this is the worst that holds.</summary>
    public CaCertificateCondition? Condition { get; init; }

    /// <summary>The recycle bin in place of the stores.</summary>
    public bool Deleted { get; init; }

    /// <summary>What to sort by.</summary>
    public CaCertificateSort Sort { get; init; } = CaCertificateSort.Name;

    /// <summary>Last first.</summary>
    public bool Descending { get; init; }

    /// <summary>Certificates to pass over.</summary>
    public int Skip { get; init; }

    /// <summary>Certificates to return at most.</summary>
    public int Top { get; init; } = 100;
}

/// <summary>A part of the list.</summary>
/// <param name="Certificates">The certificates.</param>
/// <param name="Count">How many the query has in all.</param>
/// <param name="Revision">The revision of the list.</param>
public sealed record CaCertificatePage(IReadOnlyList<CaCertificate> Certificates, int Count, long Revision);
