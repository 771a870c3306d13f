namespace CaPortal.Core.Data;

/// <summary>Something that an administrator should know.</summary>
public sealed class Alert
{
    /// <summary>Key.</summary>
    public long Id { get; set; }

    /// <summary>What it is about.</summary>
    public AlertKind Kind { get; set; }

    /// <summary>What makes it the same as another: raising it again does nothing. Unique.</summary>
    public required string Identity { get; set; }

    /// <summary>One line. May hold untrusted text.</summary>
    public required string Title { get; set; }

    /// <summary>One or two sentences. May hold untrusted text.</summary>
    public required string Message { get; set; }

    /// <summary>The back-end that it is about; no key, so that it outlives it.</summary>
    public long? BackEndId { get; set; }

    /// <summary>The certificate that it is about.</summary>
    public string? Sha256 { get; set; }

    /// <summary>When it was raised, UTC.</summary>
    public DateTime At { get; set; }

    /// <summary>When somebody dismissed it, or it was over by itself, UTC; null while it is in the bell menu.</summary>
    public DateTime? EndedAt { get; set; }

    /// <summary>Who dismissed it; null if it was over by itself.</summary>
    public string? DismissedBy { get; set; }

    /// <summary>Which messages are sent to which channel.</summary>
    public ICollection<AlertDelivery> Deliveries { get; } = [];
}

/// <summary>An alert on its way through one channel.</summary>
public sealed class AlertDelivery
{
    /// <summary>The alert.</summary>
    public long AlertId { get; set; }

    /// <summary>The channel: <c>webhook</c>, <c>email</c>.</summary>
    public required string Channel { get; set; }

    /// <summary>How often it was tried.</summary>
    public int Attempts { get; set; }

    /// <summary>When to try next, UTC; null if it is delivered or given up.</summary>
    public DateTime? NextAttemptAt { get; set; }

    /// <summary>When it was delivered, UTC.</summary>
    public DateTime? DeliveredAt { get; set; }

    /// <summary>Why the last attempt failed.</summary>
    public string? Error { get; set; }
}
/// <summary>What an alert is about. The names are on the wire and never change.</summary>
public enum AlertKind
{
    /// <summary>A back-end that was trusted is not any more.</summary>
    BackEndUntrusted,

    /// <summary>Something in a back-end's chain, or a CA certificate, expires within 60, 30 or 10 days, or has expired.</summary>
    Expiring,

    /// <summary>A trust store cannot be brought to hold what it should, or is left as somebody else changed it.</summary>
    TrustStore,

    /// <summary>The end of the activity log, or its key, is lost: entries could have been cut off unseen.</summary>
    ActivityLog,
}
