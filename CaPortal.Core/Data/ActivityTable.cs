namespace CaPortal.Core.Data;

/// <summary>One entry of the activity log. Never updated or deleted: the database refuses it.</summary>
public sealed class ActivityEntry
{
    /// <summary>Key: 1, 2, 3 without gaps.</summary>
    public long Sequence { get; set; }

    /// <summary>When, UTC.</summary>
    public DateTime At { get; set; }

    /// <summary>Who.</summary>
    public required string Actor { get; set; }

    /// <summary>In which role.</summary>
    public required string Role { get; set; }

    /// <summary>From where.</summary>
    public required string Source { get; set; }

    /// <summary>What: <c>Add</c>, <c>Delete</c>, <c>Move</c>, <c>Restore</c>, <c>Outcome</c>...</summary>
    public required string Action { get; set; }

    /// <summary>Why.</summary>
    public string? Reason { get; set; }

    /// <summary>The revision that it changed.</summary>
    public long? RevisionBefore { get; set; }

    /// <summary>The revision that the entry made, or whose outcome it reports.</summary>
    public long? RevisionAfter { get; set; }

    /// <summary>JSON: certificates, files, accepted findings; or the outcome per trust store.</summary>
    public required string Details { get; set; }

    /// <summary>What it says; computed by the database.</summary>
    public ActivityMarks Marks { get; private set; }

    /// <summary>Hash of the entry before; empty for the first.</summary>
    public required string PreviousHash { get; set; }

    /// <summary>Keyed hash over all fields above but the marks, which follow from them; see <see cref="Activity.ActivityChain"/>.</summary>
    public required string Hash { get; set; }
}
