using CaPortal.Core.Access;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Core.Approvals;

/// <summary>The approval of a proposal.</summary>
/// <param name="Proposal">What is approved, as the approver saw it.</param>
/// <param name="Actor">Who approves it.</param>
/// <param name="Reason">Why.</param>
internal sealed record ProposalApproval(ProposalSummary Proposal, Actor Actor, string? Reason) : Approval
{
    /// <inheritdoc/>
    public override string ProposedBy => Proposal.By;

    /// <inheritdoc/>
    public override async Task<bool> SettleAsync(PortalDb db, long revision, DateTime now, CancellationToken cancellationToken)
    {
        var row = await db.ProposedChanges.SingleOrDefaultAsync(p => p.Id == Proposal.Id, cancellationToken);
        if (ProposalRules.Refusal(row, ProposalState.Approved, Actor, now) is not null)
            return false;
        row!.Decide(ProposalState.Approved, Actor, Reason, now);
        row!.Revision = revision;
        return true;
    }

    /// <inheritdoc/>
    public override object Details => new { Proposal = Proposal.Id, ProposedBy = Proposal.By, ProposedAt = Proposal.At, ApprovedBy = Actor.Name, Reason };
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
