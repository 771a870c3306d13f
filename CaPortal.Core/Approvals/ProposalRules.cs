using CaPortal.Core.Access;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;

namespace CaPortal.Core.Approvals;

/// <summary>Who may decide what. The one place that knows.</summary>
internal static class ProposalRules
{
    /// <summary>
    /// Why nobody may approve it if no person is accountable for it: the approver could be the person who proposed it.
    /// </summary>
    public const string NobodyIsAccountable = "It is not known which person is accountable for this proposal, so nobody can approve it.";

    /// <summary>Its state. A proposal whose time is over does not wait any more, even before that is recorded.</summary>
    public static ProposalState StateOf(ProposedChange proposal, DateTime now) =>
        proposal.State == ProposalState.Waiting && proposal.ExpiresAt <= now ? ProposalState.Expired : proposal.State;

    /// <summary>Why an administrator may not decide so; null if that is allowed.</summary>
    public static ChangeOutcome.Refused? Refusal(ProposedChange? proposal, ProposalState wanted, Actor actor, DateTime now)
    {
        if (proposal is null)
            return new("There is no such proposal.", "Decided ones are kept for 30 days; the activity log knows them all.") { Code = RefusalCode.NotFound };
        if (StateOf(proposal, now) is not ProposalState.Waiting and var state)
            return new(EndOf(proposal, state), "Propose the change again if it is still wanted.") { Code = RefusalCode.NotWaiting };

        var isOwn = actor.IsPerson(proposal.Person);
        return wanted switch
        {
            ProposalState.Withdrawn => isOwn ? null : NotAllowed("Only the person who proposed a change can withdraw it.", "Reject it instead."),
            _ when actor.IsProgram => NotAllowed(
                "A program cannot decide on a proposed change.",
                "Sign in to the portal as an administrator and decide there."),
            _ when actor.Person is null => NotAllowed(
                "It is not known which person decides.",
                "Sign in to the portal with Microsoft Entra ID and decide there."),
            ProposalState.Approved when proposal.Person.Length == 0 => NotAllowed(
                NobodyIsAccountable,
                "Reject it, and propose the change again if it is still wanted."),
            ProposalState.Approved when isOwn => NotAllowed("Who proposed a change cannot approve it.", "Another administrator must approve it."),
            _ when isOwn => NotAllowed("Who proposed a change cannot reject it.", "Withdraw it instead."),
            _ => null,
        };
    }

    private static string EndOf(ProposedChange proposal, ProposalState state) => state switch
    {
        ProposalState.Approved => $"The change was approved by {By(proposal)} already.",
        ProposalState.Rejected => $"The change was rejected by {By(proposal)}.",
        ProposalState.Withdrawn => $"The change was withdrawn by {By(proposal)}.",
        _ => "Nobody approved the change in time, and it waits no more.",
    };

    private static string By(ProposedChange proposal) => DisplayText.Shorten(proposal.DecidedBy ?? "");

    private static ChangeOutcome.Refused NotAllowed(string message, string advice) => new(message, advice) { Code = RefusalCode.ApprovalRefused };
}
