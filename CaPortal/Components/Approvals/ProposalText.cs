using CaPortal.Components.Shared;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;

namespace CaPortal.Components.Approvals;

/// <summary>Proposed changes in words.</summary>
internal static class ProposalText
{
    private const int MaxNamed = 2;

    /// <summary><c>Add Corp Root</c>, <c>Delete Corp Root, Other Root and 3 more</c>.</summary>
    public static string What(ProposalSummary proposal)
    {
        List<string> names = [.. proposal.Changes.Select(c => DisplayText.Shorten(c.Name, 60)).Distinct()];
        var rest = names.Count > MaxNamed ? $" and {names.Count - MaxNamed:N0} more" : "";
        return $"{Verb(proposal.Kind)} {string.Join(", ", names.Take(MaxNamed))}{rest}";
    }

    /// <summary>How it ended, or when it will.</summary>
    public static string How(ProposalSummary proposal, DateTime now) => proposal.State switch
    {
        ProposalState.Waiting => $"Ends {RelativeTime.Until(proposal.ExpiresAt - now)}",
        ProposalState.Approved => $"Approved by {By(proposal)}",
        ProposalState.Rejected => $"Rejected by {By(proposal)}",
        ProposalState.Withdrawn => "Withdrawn",
        _ => "Nobody decided in time",
    };

    private static string By(ProposalSummary proposal) => DisplayText.Shorten(proposal.DecidedBy ?? "", 40);

    private static string Verb(ChangeKind kind) => kind switch
    {
        ChangeKind.Add => "Add",
        ChangeKind.Delete => "Delete",
        ChangeKind.Move => "Move",
        ChangeKind.Restore => "Restore",
        ChangeKind.RestoreSnapshot => "Restore a snapshot:",
        ChangeKind.Adopt => "Adopt",
        ChangeKind.RemoveFound => "Remove",
        _ => "Change",
    };
}
