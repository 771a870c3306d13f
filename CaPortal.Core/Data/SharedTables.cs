namespace CaPortal.Core.Data;

/// <summary>What portals on one database keep for each other: a secret, which is sealed, or a count.</summary>
public sealed class SharedEntry
{
    /// <summary>Key.</summary>
    public required string Name { get; set; }

    /// <summary>Encrypted with the key file of the portals; null for a count.</summary>
    public byte[]? Sealed { get; set; }

    /// <summary>How many there are.</summary>
    public int Count { get; set; }

    /// <summary>When it is forgotten, UTC; null: never.</summary>
    public DateTime? ExpiresAt { get; set; }
}

/// <summary>Which portal works in the background, by the clock of the database.</summary>
public sealed class PortalLease
{
    /// <summary>Key.</summary>
    public required string Name { get; set; }

    /// <summary>The process that has it.</summary>
    public required string Owner { get; set; }

    /// <summary>How often it has changed hands.</summary>
    public long Epoch { get; set; }

    /// <summary>When it ends unless it is renewed, UTC.</summary>
    public DateTime ExpiresAt { get; set; }
}
