using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.Inspection;
using CaPortal.Core.Nodes;

namespace CaPortal.Core.Changes;

/// <summary>
/// How an administrator changes the list: inspect files, plan a change, apply it. Pages and the REST API both call it, and it
/// checks the actor's role itself. Start reading here.
/// </summary>
public sealed class CertificateChanges
{
    private readonly Inspector _inspector;
    private readonly Planner _planner;
    private readonly HistoryPlanner _history;
    private readonly ChangeRules _rules;
    private readonly ChangeExecutor _executor;
    private readonly IChangeApprovals _approvals;
    private readonly Snapshots _snapshots;
    private readonly ActivityRecorder _recorder;

    internal CertificateChanges(
        Inspector inspector,
        Planner planner,
        HistoryPlanner history,
        ChangeRules rules,
        ChangeExecutor executor,
        IChangeApprovals approvals,
        Snapshots snapshots,
        ActivityRecorder recorder) =>
        (_inspector, _planner, _history, _rules, _executor, _approvals, _snapshots, _recorder) =
            (inspector, planner, history, rules, executor, approvals, snapshots, recorder);

    /// <summary>Reads files and judges everything in them. Changes nothing.</summary>
    /// <exception cref="DatabaseException" />
    public Task<InspectionResult> InspectAsync(IReadOnlyList<UploadedFile> files, CancellationToken cancellationToken) =>
        _inspector.InspectAsync(files, cancellationToken);

    /// <summary>What adding the selected items would do. Items that were not selected are passed over.</summary>
    public ChangePlan PlanAdd(InspectionResult inspection, IReadOnlyList<AddSelection> selections) => _planner.Add(inspection, selections);

    /// <summary>What deleting would do. Certificates that are not there are passed over.</summary>
    /// <exception cref="DatabaseException" />
    public Task<ChangePlan> PlanDeleteAsync(IReadOnlyCollection<CaCertificateKey> keys, CancellationToken cancellationToken) =>
        _planner.DeleteAsync(keys, cancellationToken);

    /// <summary>What moving each certificate to its other store would do. Certificates that are not there are passed over.</summary>
    /// <exception cref="DatabaseException" />
    public Task<ChangePlan> PlanMoveAsync(IReadOnlyCollection<CaCertificateKey> keys, CancellationToken cancellationToken) =>
        _planner.MoveAsync(keys, cancellationToken);

    /// <summary>What restoring from the recycle bin would do. Certificates that are not in it are passed over.</summary>
    /// <exception cref="DatabaseException" />
    public Task<ChangePlan> PlanRestoreAsync(IReadOnlyCollection<CaCertificateKey> keys, CancellationToken cancellationToken) =>
        _planner.RestoreAsync(keys, cancellationToken);

    /// <summary>Judges certificates that were found on this machine as if they had been uploaded. Changes nothing.</summary>
    /// <exception cref="DatabaseException" />
    public Task<InspectionResult> InspectFoundAsync(IReadOnlyCollection<CaCertificateKey> keys, CancellationToken cancellationToken) =>
        _planner.InspectFoundAsync(keys, cancellationToken);

    /// <summary>
    /// What taking the selected items of <see cref="InspectFoundAsync"/> under management would do: they are added by the rules of
    /// every addition.
    /// </summary>
    public ChangePlan PlanAdopt(InspectionResult inspection, IReadOnlyList<AddSelection> selections) => _planner.Adopt(inspection, selections);

    /// <summary>
    /// What taking found certificates under management, in the stores that they were found in, would do. Certificates that are not
    /// there are passed over.
    /// </summary>
    /// <param name="keys">The certificates.</param>
    /// <param name="accepted">The Errors that are overridden.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="DatabaseException" />
    public Task<ChangePlan> PlanAdoptAsync(
        IReadOnlyCollection<CaCertificateKey> keys, IReadOnlySet<FindingCode> accepted, CancellationToken cancellationToken) =>
        _planner.AdoptAsync(keys, accepted, cancellationToken);

    /// <summary>What taking found certificates out of all trust stores would do. Certificates that are not there are passed over.</summary>
    /// <exception cref="DatabaseException" />
    public Task<ChangePlan> PlanRemoveFoundAsync(IReadOnlyCollection<CaCertificateKey> keys, CancellationToken cancellationToken) =>
        _planner.RemoveFoundAsync(keys, cancellationToken);

    /// <summary>What going back to a snapshot would do; null if there is no such snapshot.</summary>
    /// <exception cref="DatabaseException" />
    public Task<ChangePlan?> PlanRestoreSnapshotAsync(long id, CancellationToken cancellationToken) => _history.RestoreSnapshotAsync(id, cancellationToken);

    /// <summary>What taking back the change that made a revision would do; null if no change made it.</summary>
    /// <exception cref="DatabaseException" />
    public Task<ChangePlan?> PlanUndoAsync(long revision, CancellationToken cancellationToken) => _history.UndoAsync(revision, cancellationToken);

    /// <summary>
    /// The plan with Errors of what it puts into stores overridden, for an administrator who applies it with a reason. Those that
    /// cannot be overridden stay as they are.
    /// </summary>
    /// <param name="plan">The plan.</param>
    /// <param name="acceptedOf">The Errors that are overridden for a certificate.</param>
    public ChangePlan Accept(ChangePlan plan, Func<CaCertificateKey, IReadOnlySet<FindingCode>> acceptedOf) => _planner.Accept(plan, acceptedOf);

    /// <summary>What the trust stores held before the last changes, newest first.</summary>
    /// <exception cref="DatabaseException" />
    public Task<IReadOnlyList<SnapshotSummary>> SnapshotsAsync(CancellationToken cancellationToken) => _snapshots.ListAsync(cancellationToken);

    /// <summary>How the content of the trust stores differs from a snapshot; null if there is no such snapshot.</summary>
    /// <exception cref="DatabaseException" />
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
    /// <param name="progress">Receives each step as it begins and ends.</param>
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
                : await _executor.RunAsync(change, null, progress, cancellationToken);
        }
        catch (DatabaseException e)
        {
            return new ChangeOutcome.Unavailable(e.Message, e.Advice);
        }
    }
}
