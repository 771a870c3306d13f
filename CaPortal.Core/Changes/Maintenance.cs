using CaPortal.Core.Access;
using CaPortal.Core.Data;
using CaPortal.Core.Inventory;
using CaPortal.Core.Nodes;
using CaPortal.Core.TrustStores;

namespace CaPortal.Core.Changes;

/// <summary>What the portal does by itself, at start, regularly, and when something was changed.</summary>
public sealed class Maintenance
{
    private readonly TrustStoreSync _sync;
    private readonly RecycleBin _recycleBin;
    private readonly SteadyClock _clock;
    private readonly IChangeApprovals _approvals;
    private readonly FollowUps _followUps;
    private readonly CertificateChangeNotifier _notifier;

    internal Maintenance(
        TrustStoreSync sync, RecycleBin recycleBin, SteadyClock clock, IChangeApprovals approvals, FollowUps followUps, CertificateChangeNotifier notifier) =>
        (_sync, _recycleBin, _clock, _approvals, _followUps, _notifier) = (sync, recycleBin, clock, approvals, followUps, notifier);

    /// <summary>
    /// Compares the trust stores with the desired state. Heals differences, unless the settings say to report them only.
    /// Empties the recycle bin of what is over, and ends proposals whose time is over.
    /// </summary>
    /// <exception cref="DatabaseException" />
    public async Task<IReadOnlyList<TrustStoreOutcome>> RunAsync(CancellationToken cancellationToken)
    {
        var result = await _sync.MaintainAsync(_notifier.NotifyChanged, cancellationToken);
        var isTidied = false;
        try
        {
            await _clock.LookAsync(cancellationToken);
            isTidied = await _recycleBin.EmptyAsync(cancellationToken) | await _approvals.MaintainAsync(cancellationToken);
        }
        catch (DatabaseException) when (_sync.Unrecorded is not null)
        {
            // Nothing can be written now, and that is shown already. What follows from healing must not wait for it.
        }

        // If everything is as it was, open pages are not drawn again.
        if (result.IsNews || result.HasChangedSomething || isTidied)
            _notifier.NotifyChanged();
        _notifier.NotifyVerified();
        _ = _followUps.Start(Actor.Portal, new ChangeProgress(null), [], []);
        return result.TrustStores;
    }
}
