namespace CaPortal.Core.Data;

/// <summary>A key with which a program uses the portal. The key itself is not kept: only what it can be recognised by.</summary>
public sealed class ApiKey
{
    /// <summary>Key of the row.</summary>
    public long Id { get; set; }

    /// <summary>What people call it; unique among those that are not revoked.</summary>
    public required string Name { get; set; }

    /// <summary>What its holder may do, by name.</summary>
    public required string Role { get; set; }

    /// <summary>The beginning of the key, by which it is found and people tell keys apart. No secret; unique.</summary>
    public required string Prefix { get; set; }

    /// <summary>Random bytes that make equal keys have different hashes.</summary>
    public required byte[] Salt { get; set; }

    /// <summary>Salted hash of the key.</summary>
    public required byte[] Hash { get; set; }

    /// <summary>Who made it.</summary>
    public required string CreatedBy { get; set; }

    /// <summary>The person who is accountable for what is done with it; null where no person made it, or that was not recorded.</summary>
    public string? Person { get; set; }

    /// <summary>When it was made, UTC.</summary>
    public DateTime CreatedAt { get; set; }

    /// <summary>From when on it is refused, UTC; null: never.</summary>
    public DateTime? ExpiresAt { get; set; }

    /// <summary>When it was used last, UTC, to about a minute; null: never.</summary>
    public DateTime? LastUsedAt { get; set; }

    /// <summary>When it was revoked, UTC; null where it was not.</summary>
    public DateTime? RevokedAt { get; set; }

    /// <summary>Who revoked it.</summary>
    public string? RevokedBy { get; set; }
}
