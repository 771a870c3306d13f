using System.ComponentModel;
using CaPortal.Core.Data;

namespace CaPortal.Api.Contracts;

/// <summary>A part of the alerts.</summary>
public sealed record AlertList
{
    [Description("The newest first.")]
    public required IReadOnlyList<AlertResource> Value { get; init; }

    [Description("How many there are in all.")]
    public required int Count { get; init; }
}

/// <summary>Something that an administrator should know.</summary>
public sealed record AlertResource
{
    public required long Id { get; init; }

    public required AlertKind Kind { get; init; }

    public required string Title { get; init; }

    public required string Message { get; init; }

    [Description("The back-end that it is about, which may be gone.")]
    public long? BackEndId { get; init; }

    [Description("The certificate that it is about.")]
    public string? Sha256 { get; init; }

    public required DateTime At { get; init; }

    [Description("When it was dismissed, or over by itself.")]
    public DateTime? EndedAt { get; init; }

    [Description("Who dismissed it.")]
    public string? DismissedBy { get; init; }

    public required IReadOnlyList<AlertDeliveryResource> Deliveries { get; init; }
}

/// <summary>What became of sending an alert.</summary>
public sealed record AlertDeliveryResource
{
    [Description("webhook or email.")]
    public required string Channel { get; init; }

    public required int Attempts { get; init; }

    public DateTime? DeliveredAt { get; init; }

    [Description("When it is tried next; absent where it has arrived or is given up.")]
    public DateTime? NextAttemptAt { get; init; }

    [Description("Why the last attempt failed.")]
    public string? Error { get; init; }
}

/// <summary>What came of dismissing an alert.</summary>
public sealed record AlertDismissal
{
    [Description("How many alerts were open and are dismissed now: 1 or 0.")]
    public required int Dismissed { get; init; }
}
