using CaPortal.Core.Data;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Core.Management.Proposals;

/// <summary>The approval with which a proposed change is made: whatever else is recorded of the change is recorded together with it.</summary>
/// <param name="Proposal">What is approved, as the approver saw it.</param>
/// <param name="Actor">Who approves it.</param>
/// <param name="Reason">Why.</param>
internal sealed record Approval(ProposalSummary Proposal, Actor Actor, string? Reason)
{
    /// <summary>Records it in the open transaction of the change.</summary>
    /// <returns>False where the proposal may not be approved any more: somebody else was faster, or its time is over.</returns>
    public async Task<bool> SettleAsync(PortalDb db, long revision, DateTime now, CancellationToken cancellationToken)
    {
        var row = await db.ProposedChanges.SingleOrDefaultAsync(p => p.Id == Proposal.Id, cancellationToken);
        if (ProposalRules.Refusal(row, ProposalState.Approved, Actor, now) is not null)
            return false;
        row!.Decide(ProposalState.Approved, Actor, Reason, now);
        row!.Revision = revision;
        return true;
    }

    /// <summary>What the activity log tells of it beside the change.</summary>
    public object Details => new { Proposal = Proposal.Id, ProposedBy = Proposal.By, ProposedAt = Proposal.At, ApprovedBy = Actor.Name, Reason };
}

/// <summary>Ends a proposal.</summary>
internal static class Decisions
{
    public static void Decide(this ProposedChange proposal, ProposalState state, Actor actor, string? reason, DateTime now)
    {
        proposal.Content = ProposalContent.Of(proposal).Decided.ToJson();
        (proposal.State, proposal.DecidedBy, proposal.DecidedAt, proposal.DecisionReason) = (state, actor.Name, now, reason);
    }
}
