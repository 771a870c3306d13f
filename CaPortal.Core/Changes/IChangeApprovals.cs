using CaPortal.Core.Data;
using CaPortal.Core.Nodes;

namespace CaPortal.Core.Changes;

/// <summary>Whether a change may be made at once, or waits for a second administrator.</summary>
internal interface IChangeApprovals
{
    /// <summary>A change of the list needs a second administrator.</summary>
    bool AreRequired { get; }

    /// <summary>Keeps a change, which may be made, until another administrator approves it.</summary>
    Task<ChangeOutcome> ProposeAsync(AllowedChange change, IProgress<ChangeStep>? progress, CancellationToken cancellationToken);

    /// <summary>
    /// Ends those whose time is over, and forgets those that were decided long ago: the activity log still has them.
    /// </summary>
    /// <returns>Whether there were any.</returns>
    /// <exception cref="DatabaseException" />
    Task<bool> MaintainAsync(CancellationToken cancellationToken);
}

/// <summary>The approval of a proposed change. It is recorded in the same transaction as the change.</summary>
internal abstract record Approval
{
    /// <summary>Who proposed the change; it is theirs.</summary>
    public abstract string ProposedBy { get; }

    /// <summary>What the activity log says about it beside the change.</summary>
    public abstract object Details { get; }

    /// <summary>Records it in the open transaction of the change.</summary>
    /// <returns>False if the proposal may not be approved any more: somebody else was faster, or its time is over.</returns>
    public abstract Task<bool> SettleAsync(PortalDb db, long revision, DateTime now, CancellationToken cancellationToken);
}
