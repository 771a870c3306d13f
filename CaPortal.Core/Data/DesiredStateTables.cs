using CaPortal.Core.Certificates;

namespace CaPortal.Core.Data;

/// <summary>The set of machines that must trust the same CA certificates. The embedded default has one row.</summary>
public sealed class ServiceInstance
{
    /// <summary>Key.</summary>
    public int Id { get; set; }

    /// <summary>Its name.</summary>
    public required string Name { get; set; }

    /// <summary>Grows by one with each change; the concurrency token of every change.</summary>
    public long Revision { get; set; }

    /// <summary>Hash of the desired set; see <see cref="TrustStores.SetHash"/>.</summary>
    public required string DesiredHash { get; set; }
}

/// <summary>A certificate's bytes and what was read from them. Stored once, even if it is in both stores.</summary>
public sealed class CaBlob
{
    /// <summary>Key: SHA-256 of <see cref="Der"/>.</summary>
    public required string Sha256 { get; set; }

    /// <summary>The DER encoding.</summary>
    public required byte[] Der { get; set; }

    /// <summary>For list and search.</summary>
    public required CertificateFacts Facts { get; set; }

    /// <summary>The subject's name as it is sorted: upper-case.</summary>
    public required string NameOrder { get; set; }

    /// <summary>The issuer's name as it is sorted: upper-case.</summary>
    public required string IssuerOrder { get; set; }
}

/// <summary>A CA certificate in a store of an instance; in the recycle bin while <see cref="RemovedRevision"/> is set.</summary>
public sealed class ManagedCertificate
{
    /// <summary>Key.</summary>
    public long Id { get; set; }

    /// <summary>The instance.</summary>
    public int InstanceId { get; set; }

    /// <summary>The store.</summary>
    public CaStore Store { get; set; }

    /// <summary>The certificate.</summary>
    public required string Sha256 { get; set; }

    /// <summary>The certificate.</summary>
    public CaBlob Blob { get; set; } = null!;

    /// <summary>The revision that added it last.</summary>
    public long AddedRevision { get; set; }

    /// <summary>Who added it last.</summary>
    public required string AddedBy { get; set; }

    /// <summary>When it was added last, UTC.</summary>
    public DateTime AddedAt { get; set; }

    /// <summary>Why it was added.</summary>
    public string? Description { get; set; }

    /// <summary>What was found when it was added and does not change with time.</summary>
    public required IReadOnlyList<Finding> Findings { get; set; }

    /// <summary>Shared trust stores leave it out.</summary>
    public bool BreaksReaders { get; set; }

    /// <summary>What the search looks in: upper-case names, hashes, serial number, reason, by whom.</summary>
    public required string SearchText { get; set; }

    /// <summary>The revision that deleted it; null while it is desired.</summary>
    public long? RemovedRevision { get; set; }

    /// <summary>Who deleted it.</summary>
    public string? RemovedBy { get; set; }

    /// <summary>When it was deleted, UTC.</summary>
    public DateTime? RemovedAt { get; set; }

    /// <summary>When it was deleted by <see cref="Node.ClockSteadyAt"/>, which says when it is forgotten.</summary>
    public DateTime? RemovedSteadyAt { get; set; }

    /// <summary>Why it was deleted.</summary>
    public string? RemovalReason { get; set; }

    /// <summary>Its identity.</summary>
    public CaCertificateKey Key => new(Store, Sha256);
}

/// <summary>One change of the desired state.</summary>
public sealed class DesiredRevision
{
    /// <summary>The instance.</summary>
    public int InstanceId { get; set; }

    /// <summary>The revision that it made.</summary>
    public long Revision { get; set; }

    /// <summary>What kind of change it was.</summary>
    public required string Kind { get; set; }

    /// <summary>Who made it.</summary>
    public required string By { get; set; }

    /// <summary>When, UTC.</summary>
    public DateTime At { get; set; }

    /// <summary>Why.</summary>
    public string? Reason { get; set; }

    /// <summary>Hash of the desired set after it.</summary>
    public required string DesiredHash { get; set; }

    /// <summary>What it added and removed.</summary>
    public ICollection<DesiredRevisionChange> Changes { get; } = [];
}

/// <summary>One certificate that a revision added or removed. All of them in order give the desired set at any revision.</summary>
public sealed class DesiredRevisionChange
{
    /// <summary>Key.</summary>
    public long Id { get; set; }

    /// <summary>The instance.</summary>
    public int InstanceId { get; set; }

    /// <summary>The revision.</summary>
    public long Revision { get; set; }

    /// <summary>The store.</summary>
    public CaStore Store { get; set; }

    /// <summary>The certificate.</summary>
    public required string Sha256 { get; set; }

    /// <summary>Its name, which outlives the certificate.</summary>
    public required string Name { get; set; }

    /// <summary>It was added; else removed.</summary>
    public bool IsAddition { get; set; }
}
