using CaPortal.Core.Changes;

namespace CaPortal.Core.Approvals;

/// <summary>A proposed change in full: what it would do now.</summary>
/// <param name="Proposal">The proposal.</param>
/// <param name="Plan">The change, planned again for the list as it is now; null where it does not wait any more.</param>
/// <param name="Obstacles">Why it cannot be made any more as it was proposed, one sentence each; none where it can.</param>
public sealed record ProposalView(ProposalSummary Proposal, ChangePlan? Plan, IReadOnlyList<string> Obstacles)
{
    /// <summary>It can be made as it was proposed.</summary>
    public bool CanBeMade => Plan is not null && Obstacles.Count == 0;
}

/// <summary>How many proposals there are.</summary>
/// <param name="Waiting">Those that wait for approval.</param>
/// <param name="Decided">Those that are over and still shown.</param>
public sealed record ProposalCounts(int Waiting, int Decided);
