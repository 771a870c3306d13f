using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Data;
using CaPortal.Core.Inventory;

namespace CaPortal.Core.Changes;

/// <summary>A change that was proposed, and its state.</summary>
public sealed record ProposalSummary
{
    /// <summary>Names it.</summary>
    public required long Id { get; init; }

    /// <summary>What kind of change it is.</summary>
    public required ChangeKind Kind { get; init; }

    /// <summary>Who proposed it.</summary>
    public required string By { get; init; }

    /// <summary>The person who is accountable for it: <see cref="By"/>, or who made the API key that proposed it; null if that is not known.</summary>
    public required string? Person { get; init; }

    /// <summary>When it was proposed, UTC.</summary>
    public required DateTime At { get; init; }

    /// <summary>When it ends undecided, UTC.</summary>
    public required DateTime ExpiresAt { get; init; }

    /// <summary>Why; null if no reason was given.</summary>
    public required string? Reason { get; init; }

    /// <summary>Its state at this moment.</summary>
    public required ProposalState State { get; init; }

    /// <summary>Who decided; null if nobody did.</summary>
    public required string? DecidedBy { get; init; }

    /// <summary>When that was, UTC.</summary>
    public required DateTime? DecidedAt { get; init; }

    /// <summary>Why it was decided so.</summary>
    public required string? DecisionReason { get; init; }

    /// <summary>The revision that it made; null if it made none.</summary>
    public required long? Revision { get; init; }

    /// <summary>What it adds and removes.</summary>
    public required IReadOnlyList<RevisionSummaryChange> Changes { get; init; }

    /// <summary>It waits for another administrator.</summary>
    public bool IsWaiting => State == ProposalState.Waiting;

    /// <summary>Whether this person answers for it, and so may withdraw it but not decide on it.</summary>
    public bool IsOf(Actor actor) => actor.IsPerson(Person);

    /// <summary>Whether this actor may approve or reject it. For a page: deciding checks it again.</summary>
    public bool CanBeDecidedBy(Actor actor) => IsWaiting && actor.Role == Role.Administrator && actor is { IsProgram: false, Person: not null } && !IsOf(actor);

    /// <summary>Whether this actor may withdraw it. For a page: deciding checks it again.</summary>
    public bool CanBeWithdrawnBy(Actor actor) => IsWaiting && actor.Role == Role.Administrator && IsOf(actor);
}
