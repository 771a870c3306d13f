using System.ComponentModel;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;

namespace CaPortal.Api.Contracts;

/// <summary>A change that was not made but waits for another administrator.</summary>
public sealed record ProposedResult
{
    public required ProposalReference Proposal { get; init; }
}

/// <summary>Names a proposal.</summary>
public sealed record ProposalReference
{
    public required long Id { get; init; }

    [Description("When it ends undecided.")]
    public required DateTime ExpiresAt { get; init; }
}

/// <summary>Proposed changes.</summary>
public sealed record ProposalList
{
    [Description("The newest first.")]
    public required IReadOnlyList<ProposalResource> Value { get; init; }

    [Description("How many of them wait for approval.")]
    public required int Waiting { get; init; }
}

/// <summary>A change that one administrator proposed and another must approve.</summary>
public sealed record ProposalResource
{
    public required long Id { get; init; }

    public required ChangeKind Kind { get; init; }

    public required ProposalState State { get; init; }

    [Description("Who proposed it.")]
    public required string By { get; init; }

    public required DateTime At { get; init; }

    [Description("When it ends undecided.")]
    public required DateTime ExpiresAt { get; init; }

    [Description("Why it was proposed.")]
    public string? Reason { get; init; }

    [Description("Who approved, rejected or withdrew it.")]
    public string? DecidedBy { get; init; }

    public DateTime? DecidedAt { get; init; }

    [Description("Why it was decided so.")]
    public string? DecisionReason { get; init; }

    [Description("The revision of the list that it made, where it was approved.")]
    public long? Revision { get; init; }

    [Description("What it adds and removes, as it was proposed.")]
    public required IReadOnlyList<ProposedCertificateResource> Certificates { get; init; }
}

/// <summary>A certificate that a proposed change adds or removes.</summary>
public sealed record ProposedCertificateResource
{
    public required string Sha256 { get; init; }

    public required CaStore StoreName { get; init; }

    public required string Name { get; init; }

    [Description("Whether it is added; else it is removed.")]
    public required bool IsAddition { get; init; }

    [Description("What there is to say about it now; absent where that is not looked at.")]
    public IReadOnlyList<FindingResource>? Findings { get; init; }
}

/// <summary>A proposed change and what it would do now.</summary>
public sealed record ProposalDetails
{
    public required ProposalResource Proposal { get; init; }

    [Description("The revision of the list that this is about, for approving it; absent where it does not wait any more.")]
    public long? Revision { get; init; }

    [Description("Whether it can be made as it was proposed.")]
    public required bool CanBeMade { get; init; }

    [Description("Why it cannot, one sentence each.")]
    public required IReadOnlyList<string> Obstacles { get; init; }

    public required IReadOnlyList<TrustStoreEffectResource> TrustStores { get; init; }

    [Description("What it would do to the back-ends: only what changes.")]
    public required IReadOnlyList<BackEndEffectResource> Effect { get; init; }
}

/// <summary>Approves a proposed change.</summary>
public sealed record ApproveRequest
{
    [Description("The revision that GET answered with: where the list has changed since, nothing is approved.")]
    public required long Revision { get; init; }

    [Description("Why; goes into the activity log.")]
    public string? Reason { get; init; }

    [Description("Whether it is made also where trusted back-ends would not be trusted any more, as things are now.")]
    public bool Force { get; init; }
}

/// <summary>Rejects a proposed change.</summary>
public sealed record RejectRequest
{
    [Description("Why; goes into the activity log.")]
    public string? Reason { get; init; }
}

/// <summary>What came of approving a change.</summary>
public sealed record ApproveResult
{
    [Description("The revision of the list now.")]
    public required long Revision { get; init; }

    public required IReadOnlyList<TrustStoreResource> TrustStores { get; init; }

    [Description("What this machine trusts all the same, from somewhere else.")]
    public required IReadOnlyList<StillTrustedResource> StillTrusted { get; init; }

    [Description("What it does to the back-ends: only what changes.")]
    public required IReadOnlyList<BackEndEffectResource> Effect { get; init; }
}
