using CaPortal.Core.Data;

namespace CaPortal.Core.Alerts;

/// <summary>Which alerts to list. The newest come first.</summary>
public sealed record AlertQuery
{
    /// <summary>Those that are over or were dismissed; else those that are open.</summary>
    public bool Past { get; init; }

    /// <summary>Alerts to pass over.</summary>
    public int Skip { get; init; }

    /// <summary>Alerts to return at most.</summary>
    public int Top { get; init; } = 100;
}

/// <summary>A part of the alerts.</summary>
/// <param name="Alerts">The alerts.</param>
/// <param name="Count">How many the query has in all.</param>
public sealed record AlertPage(IReadOnlyList<AlertView> Alerts, int Count);

/// <summary>Something that an administrator should know.</summary>
public sealed record AlertView
{
    /// <summary>Its identity.</summary>
    public required long Id { get; init; }

    /// <summary>What it is about.</summary>
    public required AlertKind Kind { get; init; }

    /// <summary>Calls fail because of it, or may fail: anything but a certificate that is still valid.</summary>
    public required bool IsUrgent { get; init; }

    /// <summary>One line. Untrusted text.</summary>
    public required string Title { get; init; }

    /// <summary>One or two sentences. Untrusted text.</summary>
    public required string Message { get; init; }

    /// <summary>The back-end that it is about, which may be gone; null if it is about none.</summary>
    public long? BackEndId { get; init; }

    /// <summary>The certificate that it is about.</summary>
    public string? Sha256 { get; init; }

    /// <summary>When it was raised, UTC.</summary>
    public required DateTime At { get; init; }

    /// <summary>When it was dismissed or over by itself, UTC; null while it is open.</summary>
    public DateTime? EndedAt { get; init; }

    /// <summary>Who dismissed it; null if nobody did.</summary>
    public string? DismissedBy { get; init; }

    /// <summary>What became of sending it.</summary>
    public required IReadOnlyList<AlertDeliveryView> Deliveries { get; init; }
}

/// <summary>What became of sending an alert.</summary>
/// <param name="Channel">The channel: <c>webhook</c>, <c>email</c>.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="DeliveredAt">When it arrived, UTC; null if it has not.</param>
/// <param name="NextAttemptAt">When it is tried next, UTC; null if it has arrived or is given up.</param>
/// <param name="Error">One sentence: why the last attempt failed; null if it did not.</param>
public sealed record AlertDeliveryView(string Channel, int Attempts, DateTime? DeliveredAt, DateTime? NextAttemptAt, string? Error);

/// <summary>What came of dismissing alerts.</summary>
public abstract record AlertOutcome
{
    private AlertOutcome()
    {
    }

    /// <summary>They are dismissed, or were over already.</summary>
    /// <param name="Count">How many were open.</param>
    public sealed record Done(int Count) : AlertOutcome;

    /// <summary>There is no such alert.</summary>
    public sealed record NotFound : AlertOutcome
    {
        /// <summary>The only value.</summary>
        public static readonly NotFound Instance = new();
    }

    /// <summary>The actor may not do that; nothing was changed.</summary>
    public sealed record Forbidden : AlertOutcome
    {
        /// <summary>The only value.</summary>
        public static readonly Forbidden Instance = new();
    }
}
