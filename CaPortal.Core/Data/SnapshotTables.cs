namespace CaPortal.Core.Data;

/// <summary>What the trust stores of a machine held before a change.</summary>
public sealed class Snapshot
{
    /// <summary>Key; grows with each.</summary>
    public long Id { get; set; }

    /// <summary>The machine.</summary>
    public int NodeId { get; set; }

    /// <summary>The revision of the list at that time.</summary>
    public long Revision { get; set; }

    /// <summary>The kind of the change that came after it.</summary>
    public required string ChangeKind { get; set; }

    /// <summary>Who made that change.</summary>
    public required string By { get; set; }

    /// <summary>When, UTC.</summary>
    public DateTime At { get; set; }

    /// <summary>Each trust store.</summary>
    public ICollection<SnapshotStore> Stores { get; } = [];
}

/// <summary>What one trust store held.</summary>
public sealed class SnapshotStore
{
    /// <summary>The snapshot.</summary>
    public long SnapshotId { get; set; }

    /// <summary>The trust store's name.</summary>
    public required string TrustStore { get; set; }

    /// <summary>The identities of the certificates in it, packed: 10,000 of them are one value of 330 KB and not 10,000 rows.</summary>
    public required byte[] Content { get; set; }
}

/// <summary>A certificate of a snapshot that is not under management, so that it can be put back all the same.</summary>
public sealed class SnapshotCertificate
{
    /// <summary>Key: SHA-256 of <see cref="Der"/>.</summary>
    public required string Sha256 { get; set; }

    /// <summary>The DER encoding.</summary>
    public required byte[] Der { get; set; }

    /// <summary>The newest snapshot that it is part of; it is forgotten together with that.</summary>
    public long LastSnapshotId { get; set; }
}
