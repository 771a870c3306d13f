using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.Inspection;
using CaPortal.Core.Inventory;
using CaPortal.Core.Nodes;
using CaPortal.Core.TrustStores;

namespace CaPortal.Core.Changes;

/// <summary>The trust stores of this machine: what is in them, comparing them with the list, and bringing them to it.</summary>
public sealed class MachineTrust
{
    private readonly TrustStoreSync _sync;
    private readonly TrustStoreViewer _trustStores;
    private readonly CertificateViewer _viewer;
    private readonly FoundCertificateQueries _found;
    private readonly PublicRoots _publicRoots;
    private readonly FollowUps _followUps;
    private readonly ActivityRecorder _recorder;
    private readonly CertificateChangeNotifier _notifier;

    internal MachineTrust(
        TrustStoreSync sync,
        TrustStoreViewer trustStores,
        CertificateViewer viewer,
        FoundCertificateQueries found,
        PublicRoots publicRoots,
        FollowUps followUps,
        ActivityRecorder recorder,
        CertificateChangeNotifier notifier)
    {
        (_sync, _trustStores, _viewer, _found) = (sync, trustStores, viewer, found);
        (_publicRoots, _followUps, _recorder, _notifier) = (publicRoots, followUps, recorder, notifier);
    }

    /// <summary>Raised after the trust stores were compared with the list, also where nothing has changed. Handlers return at once and never throw.</summary>
    public event Action? Verified
    {
        add => _notifier.Verified += value;
        remove => _notifier.Verified -= value;
    }

    /// <summary>Why what the trust stores hold cannot be recorded now, so that the list shows what was recorded last; null if it can.</summary>
    public UnrecordedOutcomes? Unrecorded => _sync.Unrecorded;

    /// <summary>Waits until what follows earlier changes is done.</summary>
    public Task FollowUpsAsync(CancellationToken cancellationToken) => _followUps.WaitAsync(cancellationToken);

    /// <summary>Ends what follows earlier changes, with the commands that run for it. The next start goes on with it. Called when the portal ends.</summary>
    public Task EndFollowUpsAsync(CancellationToken cancellationToken) => _followUps.EndAsync(cancellationToken);

    /// <summary>Reads all trust stores now and compares them with the desired state. Changes none of them.</summary>
    /// <param name="actor">Who acts; must be an administrator.</param>
    /// <param name="cancellationToken">Ends the wait for an earlier change.</param>
    public Task<ChangeOutcome> VerifyAsync(Actor actor, CancellationToken cancellationToken) =>
        SynchronizeAsync(ActivityActions.Verify, actor, () => _sync.VerifyAsync(actor, cancellationToken), null);

    /// <summary>Brings all trust stores to the desired state now.</summary>
    /// <param name="actor">Who acts; must be an administrator.</param>
    /// <param name="progress">Receives each step as it begins and ends.</param>
    /// <param name="cancellationToken">Ends the wait for an earlier change.</param>
    public Task<ChangeOutcome> RepairAsync(Actor actor, IProgress<ChangeStep>? progress, CancellationToken cancellationToken)
    {
        var steps = new ChangeProgress(progress);
        return SynchronizeAsync(ActivityActions.Repair, actor, () => _sync.RepairAsync(actor, steps, cancellationToken), steps);
    }

    /// <summary>
    /// Compares the trust stores with the list. Heals differences, unless the settings say to report them only. The portal
    /// does this regularly; this is for a person who cannot wait.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait for an earlier change.</param>
    /// <exception cref="DatabaseException" />
    public async Task<IReadOnlyList<TrustStoreOutcome>> HealAsync(CancellationToken cancellationToken)
    {
        var result = await _sync.MaintainAsync(_notifier.NotifyChanged, cancellationToken);
        if (result.IsNews || result.HasChangedSomething)
            _notifier.NotifyChanged();
        return result.TrustStores;
    }

    /// <summary>All that is known of a certificate; null if it is not in that store.</summary>
    /// <exception cref="DatabaseException" />
    public Task<CertificateView?> ViewAsync(CaCertificateKey key, CancellationToken cancellationToken) => _viewer.ViewAsync(key, cancellationToken);

    /// <summary>What somebody else put into the trust stores of this machine, by name.</summary>
    /// <param name="search">Words that must all occur in names, thumbprints, serial number or place, regardless of case.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="DatabaseException" />
    public Task<UnmanagedList> ListFoundAsync(string? search, CancellationToken cancellationToken) => _found.ListAsync(search, cancellationToken);

    /// <summary>The operating system's own roots, by name. They are never changed.</summary>
    /// <param name="search">Words that must all occur in names, thumbprints, serial number or place, regardless of case.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public Task<UnmanagedList> ListOperatingSystemRootsAsync(string? search, CancellationToken cancellationToken) =>
        _publicRoots.ListAsync(search, cancellationToken);

    /// <summary>
    /// All that is known of a certificate that was found on this machine or is one of the operating system's own roots; null if
    /// it is neither.
    /// </summary>
    /// <exception cref="DatabaseException" />
    public Task<UnmanagedView?> ViewUnmanagedAsync(CaCertificateKey key, CancellationToken cancellationToken) =>
        _viewer.ViewUnmanagedAsync(key, cancellationToken);

    /// <summary>Every kind of trust store: where it is, what is in it now, when it was last written and verified. Changes nothing.</summary>
    /// <exception cref="DatabaseException" />
    public Task<TrustStoreOverview> TrustStoresAsync(CancellationToken cancellationToken) => _trustStores.ViewAsync(cancellationToken);

    private async Task<ChangeOutcome> SynchronizeAsync(string what, Actor actor, Func<Task<Synchronized>> work, ChangeProgress? following)
    {
        if (actor.Role != Role.Administrator)
        {
            await _recorder.ForbiddenAsync(actor, what);
            return ChangeOutcome.Forbidden.Instance;
        }

        try
        {
            var result = await work();
            var added = result.TrustStores.SelectMany(o => o.Added).Distinct().ToList();
            return new ChangeOutcome.Applied(result.Revision, result.TrustStores)
            {
                FollowUps = following is null ? Task.CompletedTask : _followUps.Start(actor, following, added, []),
            };
        }
        catch (DatabaseException e)
        {
            return new ChangeOutcome.Unavailable(e.Message, e.Advice);
        }
        finally
        {
            _notifier.NotifyChanged();
        }
    }
}
