using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.Inspection;
using CaPortal.Core.Inventory;
using CaPortal.Core.Nodes;
using CaPortal.Core.TrustStores;

namespace CaPortal.Core.Changes;

/// <summary>
/// What an administrator does with CA certificates: inspect files, plan a change, apply it, look at the list. Page
/// and API both call it, and it checks the actor's role itself. Start reading here.
/// </summary>
public sealed class CaCertificateService
{
    private readonly Inspector _inspector;
    private readonly Planner _planner;
    private readonly ChangeRules _rules;
    private readonly ChangeMaker _changes;
    private readonly IChangeApprovals _approvals;
    private readonly TrustStoreSync _sync;
    private readonly CertificateQueries _queries;
    private readonly CertificateViewer _viewer;
    private readonly TrustStoreViewer _trustStores;
    private readonly RecycleBin _recycleBin;
    private readonly SteadyClock _clock;
    private readonly Snapshots _snapshots;
    private readonly FollowUps _followUps;
    private readonly DatabaseRecovery _recovery;
    private readonly FoundCertificates _found;
    private readonly PublicRoots _publicRoots;
    private readonly ActivityRecorder _recorder;

    internal CaCertificateService(
        Inspector inspector,
        Planner planner,
        ChangeRules rules,
        ChangeMaker changes,
        IChangeApprovals approvals,
        TrustStoreSync sync,
        CertificateQueries queries,
        CertificateViewer viewer,
        TrustStoreViewer trustStores,
        RecycleBin recycleBin,
        SteadyClock clock,
        Snapshots snapshots,
        FollowUps followUps,
        DatabaseRecovery recovery,
        PortalDatabase database,
        FoundCertificates found,
        PublicRoots publicRoots,
        ActivityRecorder recorder)
    {
        (_inspector, _planner, _rules, _changes, _approvals, _sync, _queries) = (inspector, planner, rules, changes, approvals, sync, queries);
        (_viewer, _trustStores) = (viewer, trustStores);
        (_recycleBin, _clock, _snapshots, _followUps, _recovery) = (recycleBin, clock, snapshots, followUps, recovery);
        (_found, _publicRoots, _recorder) = (found, publicRoots, recorder);
        changes.Changed += () => Changed?.Invoke();
        database.LossChanged += () => Changed?.Invoke();
    }

    /// <summary>Raised after the list, what waits to change it, or the state of a trust store may have changed, whoever changed it. Handlers return at once and never throw.</summary>
    public event Action? Changed;

    /// <summary>Raised after the trust stores were compared with the list, also where nothing has changed. Handlers return at once and never throw.</summary>
    public event Action? Verified;

    /// <summary>Why the list is lost, which does not get better by trying again; null where it is not.</summary>
    public DatabaseException? Loss => _recovery.Loss;

    /// <summary>Reads files and judges everything in them. Changes nothing.</summary>
    /// <exception cref="DatabaseException">The database cannot be used now.</exception>
    public Task<InspectionResult> InspectAsync(IReadOnlyList<UploadedFile> files, CancellationToken cancellationToken) =>
        _inspector.InspectAsync(files, cancellationToken);

    /// <summary>What adding the selected items would do. Items that were not selected are passed over.</summary>
    public ChangePlan PlanAdd(InspectionResult inspection, IReadOnlyList<AddSelection> selections) => _planner.Add(inspection, selections);

    /// <summary>What deleting would do. Certificates that are not there are passed over.</summary>
    /// <exception cref="DatabaseException">The database cannot be used now.</exception>
    public Task<ChangePlan> PlanDeleteAsync(IReadOnlyCollection<CaCertificateKey> keys, CancellationToken cancellationToken) =>
        _planner.DeleteAsync(keys, cancellationToken);

    /// <summary>What moving each certificate to its other store would do. Certificates that are not there are passed over.</summary>
    /// <exception cref="DatabaseException">The database cannot be used now.</exception>
    public Task<ChangePlan> PlanMoveAsync(IReadOnlyCollection<CaCertificateKey> keys, CancellationToken cancellationToken) =>
        _planner.MoveAsync(keys, cancellationToken);

    /// <summary>What restoring from the recycle bin would do. Certificates that are not in it are passed over.</summary>
    /// <exception cref="DatabaseException">The database cannot be used now.</exception>
    public Task<ChangePlan> PlanRestoreAsync(IReadOnlyCollection<CaCertificateKey> keys, CancellationToken cancellationToken) =>
        _planner.RestoreAsync(keys, cancellationToken);

    /// <summary>Judges certificates that were found on this machine as if they had been uploaded. Changes nothing.</summary>
    /// <exception cref="DatabaseException">The database cannot be used now.</exception>
    public Task<InspectionResult> InspectFoundAsync(IReadOnlyCollection<CaCertificateKey> keys, CancellationToken cancellationToken) =>
        _planner.InspectFoundAsync(keys, cancellationToken);

    /// <summary>What taking the selected items of <see cref="InspectFoundAsync"/> under management would do: they are added by the rules of every addition.</summary>
    public ChangePlan PlanAdopt(InspectionResult inspection, IReadOnlyList<AddSelection> selections) => _planner.Adopt(inspection, selections);

    /// <summary>What taking found certificates under management, in the stores that they were found in, would do. Certificates that are not there are passed over.</summary>
    /// <param name="keys">The certificates.</param>
    /// <param name="accepted">The Errors that are overridden.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="DatabaseException">The database cannot be used now.</exception>
    public Task<ChangePlan> PlanAdoptAsync(
        IReadOnlyCollection<CaCertificateKey> keys, IReadOnlySet<FindingCode> accepted, CancellationToken cancellationToken) =>
        _planner.AdoptAsync(keys, accepted, cancellationToken);

    /// <summary>What taking found certificates out of all trust stores would do. Certificates that are not there are passed over.</summary>
    /// <exception cref="DatabaseException">The database cannot be used now.</exception>
    public Task<ChangePlan> PlanRemoveFoundAsync(IReadOnlyCollection<CaCertificateKey> keys, CancellationToken cancellationToken) =>
        _planner.RemoveFoundAsync(keys, cancellationToken);

    /// <summary>
    /// Sets a lost database aside and begins with an empty list. The trust stores stay as they are; what they hold can be
    /// adopted afterwards.
    /// </summary>
    /// <param name="actor">Who acts; must be an administrator.</param>
    /// <param name="cancellationToken">Ends the wait for another process.</param>
    public async Task<RecoveryOutcome> BeginAnewAsync(Actor actor, CancellationToken cancellationToken)
    {
        var outcome = await _recovery.BeginAnewAsync(actor, cancellationToken);
        if (outcome is RecoveryOutcome.Forbidden)
            await _recorder.ForbiddenAsync(actor, ActivityActions.BeginAnew);
        Changed?.Invoke();
        return outcome;
    }

    /// <summary>What going back to a snapshot would do; null where there is no such snapshot.</summary>
    /// <exception cref="DatabaseException">The database cannot be used now.</exception>
    public Task<ChangePlan?> PlanRestoreSnapshotAsync(long id, CancellationToken cancellationToken) => _planner.RestoreSnapshotAsync(id, cancellationToken);

    /// <summary>What taking back the change that made a revision would do; null where no change made it.</summary>
    /// <exception cref="DatabaseException">The database cannot be used now.</exception>
    public Task<ChangePlan?> PlanUndoAsync(long revision, CancellationToken cancellationToken) => _planner.UndoAsync(revision, cancellationToken);

    /// <summary>The plan with Errors of what it puts into stores overridden, for whoever applies it with a reason. Those that cannot be overridden stay as they are.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="acceptedOf">The Errors that are overridden for a certificate.</param>
    public ChangePlan Accept(ChangePlan plan, Func<CaCertificateKey, IReadOnlySet<FindingCode>> acceptedOf) => _planner.Accept(plan, acceptedOf);

    /// <summary>What the trust stores held before the last changes, newest first.</summary>
    /// <exception cref="DatabaseException">The database cannot be used now.</exception>
    public Task<IReadOnlyList<SnapshotSummary>> SnapshotsAsync(CancellationToken cancellationToken) => _snapshots.ListAsync(cancellationToken);

    /// <summary>What the trust stores hold otherwise than in a snapshot; null where there is no such snapshot.</summary>
    /// <exception cref="DatabaseException">The database cannot be used now.</exception>
    public Task<SnapshotDifference?> CompareSnapshotAsync(long id, CancellationToken cancellationToken) => _snapshots.CompareAsync(id, cancellationToken);

    /// <summary>
    /// Makes the planned change: records it, brings the trust stores to it and reads them back. Once it is recorded
    /// it runs to its end, and a crash is healed at the next start. Where changes need a second administrator it is
    /// proposed instead. What is refused is recorded too: a certificate with an Error that is
    /// not overridden, and a change by which trusted back-ends stop being trusted, unless the plan is forced.
    /// </summary>
    /// <param name="plan">The plan.</param>
    /// <param name="actor">Who acts; must be an administrator.</param>
    /// <param name="reason">Why; required where the plan overrides an Error.</param>
    /// <param name="progress">Told of each step as it begins and ends.</param>
    /// <param name="cancellationToken">Cancels what has not been recorded yet.</param>
    public async Task<ChangeOutcome> ApplyAsync(
        ChangePlan plan, Actor actor, string? reason, IProgress<ChangeStep>? progress, CancellationToken cancellationToken)
    {
        reason = string.IsNullOrWhiteSpace(reason) ? null : reason.Trim();
        var outcome = await MakeAsync(plan, actor, reason, progress, cancellationToken);
        if (RefusedChangeRecords.WhyRefused(plan, actor, outcome) is { } why)
            await _recorder.RefusedAsync(plan, actor, reason, why);
        return outcome;
    }

    /// <summary>Records that a plan is refused by who should apply it.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="actor">Who wanted it.</param>
    /// <param name="reason">The reason that was given.</param>
    /// <param name="why">One sentence: why it is refused.</param>
    public Task RefuseAsync(ChangePlan plan, Actor actor, string? reason, string why) => _recorder.RefusedAsync(plan, actor, reason, why);

    private async Task<ChangeOutcome> MakeAsync(
        ChangePlan plan, Actor actor, string? reason, IProgress<ChangeStep>? progress, CancellationToken cancellationToken)
    {
        try
        {
            var (change, instead) = await _rules.JudgeAsync(plan, actor, reason, isApproval: false, cancellationToken);
            return change is null ? instead!
                : _approvals.AreRequired ? await _approvals.ProposeAsync(change, progress, cancellationToken)
                : await _changes.MakeAsync(change, null, progress, cancellationToken);
        }
        catch (DatabaseException e)
        {
            return new ChangeOutcome.Unavailable(e.Message, e.Advice);
        }
    }

    /// <summary>
    /// Compares the trust stores with the desired state, heals what differs (where the settings do not say to report it
    /// alone), empties the recycle bin of what is over, and ends proposals whose time is over. Called at start, regularly,
    /// and when something was changed.
    /// </summary>
    /// <exception cref="DatabaseException">The database cannot be used now.</exception>
    public async Task<IReadOnlyList<TrustStoreOutcome>> MaintainAsync(CancellationToken cancellationToken)
    {
        var result = await _sync.MaintainAsync(() => Changed?.Invoke(), cancellationToken);
        var isTidied = false;
        try
        {
            await _clock.LookAsync(cancellationToken);
            isTidied = await _recycleBin.EmptyAsync(cancellationToken) | await _approvals.MaintainAsync(cancellationToken);
        }
        catch (DatabaseException) when (Unrecorded is not null)
        {
            // Nothing can be written now, and that is shown already. What follows from healing must not wait for it.
        }

        // Pages that are looked at are not drawn anew each time that all is as it was.
        if (_changes.IsNews(result) || result.HasChangedSomething || isTidied)
            Changed?.Invoke();
        Verified?.Invoke();
        _ = _followUps.Start(Actor.Portal, new ChangeProgress(null), [], []);
        return result.TrustStores;
    }

    /// <summary>Why what the trust stores hold cannot be recorded now, so that the list shows what was recorded last; null where it can.</summary>
    public UnrecordedOutcomes? Unrecorded => _sync.Unrecorded;

    /// <summary>Waits until what follows earlier changes is done.</summary>
    public Task FollowUpsAsync(CancellationToken cancellationToken) => _followUps.WaitAsync(cancellationToken);

    /// <summary>Ends what follows earlier changes, with the commands that run for it. The next start goes on with it. Called when the portal ends.</summary>
    public Task EndFollowUpsAsync(CancellationToken cancellationToken) => _followUps.EndAsync(cancellationToken);

    /// <summary>Reads all trust stores now and compares them with the desired state. Changes none of them.</summary>
    /// <param name="actor">Who acts; must be an administrator.</param>
    /// <param name="cancellationToken">Ends the wait for an earlier change.</param>
    public Task<ChangeOutcome> VerifyAsync(Actor actor, CancellationToken cancellationToken) =>
        SynchroniseAsync(ActivityActions.Verify, actor, () => _sync.VerifyAsync(actor, cancellationToken), null);

    /// <summary>Brings all trust stores to the desired state now.</summary>
    /// <param name="actor">Who acts; must be an administrator.</param>
    /// <param name="progress">Told of each step as it begins and ends.</param>
    /// <param name="cancellationToken">Ends the wait for an earlier change.</param>
    public Task<ChangeOutcome> RepairAsync(Actor actor, IProgress<ChangeStep>? progress, CancellationToken cancellationToken)
    {
        var steps = new ChangeProgress(progress);
        return SynchroniseAsync(ActivityActions.Repair, actor, () => _sync.RepairAsync(actor, steps, cancellationToken), steps);
    }

    /// <summary>A part of the list.</summary>
    /// <exception cref="DatabaseException">The database cannot be used now.</exception>
    public Task<CaCertificatePage> ListAsync(CaCertificateQuery query, CancellationToken cancellationToken) => _queries.ListAsync(query, cancellationToken);

    /// <summary>The identities of all that the query has, for selecting everything.</summary>
    /// <exception cref="DatabaseException">The database cannot be used now.</exception>
    public Task<IReadOnlyList<CaCertificateKey>> KeysAsync(CaCertificateQuery query, CancellationToken cancellationToken) => _queries.KeysAsync(query, cancellationToken);

    /// <summary>The certificate in each store that it is in; empty where it is in none.</summary>
    /// <exception cref="DatabaseException">The database cannot be used now.</exception>
    public Task<IReadOnlyList<CaCertificate>> FindAsync(string sha256, CancellationToken cancellationToken) => _queries.FindAsync(sha256, cancellationToken);

    /// <summary>The DER encoding; null where the certificate is neither in a store nor in the recycle bin.</summary>
    /// <exception cref="DatabaseException">The database cannot be used now.</exception>
    public Task<byte[]?> DerAsync(string sha256, CancellationToken cancellationToken) => _queries.DerAsync(sha256, cancellationToken);

    /// <summary>The certificates of a store as they can be handed to any program.</summary>
    /// <exception cref="DatabaseException">The database cannot be used now.</exception>
    public Task<StoreBundle> BundleAsync(CaStore store, CancellationToken cancellationToken) => _queries.BundleAsync(store, cancellationToken);

    /// <summary>All that is known of a certificate; null where it is not in that store.</summary>
    /// <exception cref="DatabaseException">The database cannot be used now.</exception>
    public Task<CertificateView?> ViewAsync(CaCertificateKey key, CancellationToken cancellationToken) => _viewer.ViewAsync(key, cancellationToken);

    /// <summary>What somebody else put into the trust stores of this machine, by name.</summary>
    /// <param name="search">Words that must all occur in names, thumbprints, serial number or place, whatever their case.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="DatabaseException">The database cannot be used now.</exception>
    public Task<UnmanagedList> ListFoundAsync(string? search, CancellationToken cancellationToken) => _found.ListAsync(search, cancellationToken);

    /// <summary>The operating system's own roots, by name. They are never changed.</summary>
    /// <param name="search">Words that must all occur in names, thumbprints, serial number or place, whatever their case.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public Task<UnmanagedList> ListOperatingSystemRootsAsync(string? search, CancellationToken cancellationToken) => _publicRoots.ListAsync(search, cancellationToken);

    /// <summary>All that is known of a certificate that was found on this machine or is one of the operating system's own roots; null where it is neither.</summary>
    /// <exception cref="DatabaseException">The database cannot be used now.</exception>
    public Task<UnmanagedView?> ViewUnmanagedAsync(CaCertificateKey key, CancellationToken cancellationToken) => _viewer.ViewUnmanagedAsync(key, cancellationToken);

    /// <summary>Every kind of trust store: where it is, what is in it now, when it was last written and verified. Changes nothing.</summary>
    /// <exception cref="DatabaseException">The database cannot be used now.</exception>
    public Task<TrustStoreOverview> TrustStoresAsync(CancellationToken cancellationToken) => _trustStores.ViewAsync(cancellationToken);

    private async Task<ChangeOutcome> SynchroniseAsync(string what, Actor actor, Func<Task<Synchronised>> work, ChangeProgress? following)
    {
        if (actor.Role != Role.Administrator)
        {
            await _recorder.ForbiddenAsync(actor, what);
            return ChangeOutcome.Forbidden.Instance;
        }

        try
        {
            var result = await work();
            return new ChangeOutcome.Applied(result.Revision, result.TrustStores)
            {
                FollowUps = following is null ? Task.CompletedTask : _followUps.Start(actor, following, [], []),
            };
        }
        catch (DatabaseException e)
        {
            return new ChangeOutcome.Unavailable(e.Message, e.Advice);
        }
        finally
        {
            Changed?.Invoke();
        }
    }
}
