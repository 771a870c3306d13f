namespace CaPortal.Core.Data;

/// <summary>How a proposed change stands. The names are stored and never change.</summary>
public enum ProposalState
{
    /// <summary>It waits for another administrator.</summary>
    Waiting,

    /// <summary>Another administrator approved it, and it was made.</summary>
    Approved,

    /// <summary>Another administrator rejected it.</summary>
    Rejected,

    /// <summary>The person who proposed it took it back.</summary>
    Withdrawn,

    /// <summary>Nobody decided in time.</summary>
    Expired,
}

/// <summary>A change that one administrator proposed and another must approve.</summary>
public sealed class ProposedChange
{
    /// <summary>Key.</summary>
    public long Id { get; set; }

    /// <summary>What kind of change it is, by name.</summary>
    public required string Kind { get; set; }

    /// <summary>JSON: the certificates that it adds and removes, with everything that making it needs. No secrets.</summary>
    public required string Content { get; set; }

    /// <summary>Who proposed it.</summary>
    public required string By { get; set; }

    /// <summary>
    /// The person who is accountable for it and so may not approve it: the person who proposed it, or who made the API key
    /// that did. Empty if that was not recorded; then nobody may approve it.
    /// </summary>
    public required string Person { get; set; }

    /// <summary>When it was proposed, UTC.</summary>
    public DateTime At { get; set; }

    /// <summary>When it ends undecided, UTC.</summary>
    public DateTime ExpiresAt { get; set; }

    /// <summary>Why.</summary>
    public string? Reason { get; set; }

    /// <summary>Its state.</summary>
    public ProposalState State { get; set; }

    /// <summary>Who decided.</summary>
    public string? DecidedBy { get; set; }

    /// <summary>When that was, UTC.</summary>
    public DateTime? DecidedAt { get; set; }

    /// <summary>Why it was decided so.</summary>
    public string? DecisionReason { get; set; }

    /// <summary>The revision that it made; null if it made none.</summary>
    public long? Revision { get; set; }
}
