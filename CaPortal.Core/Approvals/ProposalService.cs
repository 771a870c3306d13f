using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using CaPortal.Core.Inventory;
using CaPortal.Core.Nodes;

namespace CaPortal.Core.Approvals;

/// <summary>
/// Changes that one administrator proposed and another must approve. Page and API both call this service, and it checks by
/// itself who may decide. Proposals come from <see cref="CertificateChanges.ApplyAsync"/>.
/// <see cref="CertificateList.Changed"/> reports everything that happens here.
/// </summary>
public sealed class ProposalService
{
    private readonly ProposalQueries _queries;
    private readonly ProposalPlanner _planner;
    private readonly ProposalWriter _writer;
    private readonly CertificateList _certificates;
    private readonly ChangeRules _rules;
    private readonly ChangeExecutor _executor;
    private readonly TimeProvider _time;
    private readonly ActivityRecorder _recorder;

    internal ProposalService(
        ProposalQueries queries,
        ProposalPlanner planner,
        ProposalWriter writer,
        CertificateList certificates,
        ChangeRules rules,
        ChangeExecutor executor,
        TimeProvider time,
        ActivityRecorder recorder)
    {
        (_queries, _planner, _writer, _certificates, _rules, _executor) = (queries, planner, writer, certificates, rules, executor);
        (_time, _recorder) = (time, recorder);
    }

    /// <summary>A change of the list needs a second administrator.</summary>
    public bool AreRequired => _writer.AreRequired;

    /// <summary>Those that wait and those that were decided in the last 30 days, the newest first.</summary>
    /// <exception cref="DatabaseException" />
    public Task<IReadOnlyList<ProposalSummary>> ListAsync(CancellationToken cancellationToken) => _queries.ListAsync(cancellationToken);

    /// <summary>How many there are of each.</summary>
    /// <exception cref="DatabaseException" />
    public Task<ProposalCounts> CountAsync(CancellationToken cancellationToken) => _queries.CountAsync(cancellationToken);

    /// <summary>What a proposal would do to the list and the trust stores as they are now; null if there is none with that number.</summary>
    /// <exception cref="DatabaseException" />
    public async Task<ProposalView?> ViewAsync(long id, CancellationToken cancellationToken)
    {
        if (await _queries.FindAsync(id, cancellationToken) is not { } row)
            return null;
        var proposal = _queries.SummaryOf(row);
        if (!proposal.IsWaiting)
            return new ProposalView(proposal, null, []);
        var (plan, obstacles) = await _planner.PlanAsync(proposal.Kind, ProposalContent.Of(row), cancellationToken);
        return new ProposalView(proposal, plan, proposal.Person is null ? [ProposalRules.NobodyIsAccountable, .. obstacles] : obstacles);
    }

    /// <summary>Makes a proposed change. As <see cref="CertificateChanges.ApplyAsync"/>, it runs to its end once it is recorded.</summary>
    /// <param name="id">The proposal.</param>
    /// <param name="revision">The revision of the list that the approver saw it for.</param>
    /// <param name="actor">Who approves: an administrator in person, and not the one who proposed it.</param>
    /// <param name="reason">Why.</param>
    /// <param name="isForced">It is made also where trusted back-ends stop being trusted by it, as it is now.</param>
    /// <param name="progress">Receives each step as it begins and ends.</param>
    /// <param name="cancellationToken">Cancels what has not been recorded yet.</param>
    public Task<ChangeOutcome> ApproveAsync(
        long id, long revision, Actor actor, string? reason, bool isForced, IProgress<ChangeStep>? progress, CancellationToken cancellationToken) =>
        GuardAsync(ActivityActions.Approve, id, actor, async () =>
        {
            var row = await _queries.FindAsync(id, cancellationToken);
            if (RefusalOf(row, actor) is { } refused)
            {
                if (refused.Code == RefusalCode.ApprovalRefused)
                    await _writer.RecordRefusalAsync(row!, actor, refused.Message);
                return refused;
            }

            var outcome = await MakeAsync(row!, revision, actor, TextOf(reason), isForced, progress, cancellationToken);
            if (outcome is ChangeOutcome.Refused { Code: RefusalCode.BackEndsDependOnIt } guarded)
                await _writer.RecordRefusalAsync(row!, actor, guarded.Message);

            // What cannot be made may be so because another administrator approved it a moment before.
            return outcome is ChangeOutcome.Stale or ChangeOutcome.Refused && RefusalOf(await _queries.FindAsync(id, cancellationToken), actor) is { } late
                ? late
                : outcome;
        });

    /// <summary>Ends a proposal without making its change.</summary>
    /// <param name="id">The proposal.</param>
    /// <param name="actor">Who rejects: an administrator in person, and not the one who proposed it.</param>
    /// <param name="reason">Why.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public Task<ChangeOutcome> RejectAsync(long id, Actor actor, string? reason, CancellationToken cancellationToken) =>
        EndAsync(id, ProposalState.Rejected, ActivityActions.Reject, actor, TextOf(reason), cancellationToken);

    /// <summary>Takes a proposal back.</summary>
    /// <param name="id">The proposal.</param>
    /// <param name="actor">Who proposed it.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public Task<ChangeOutcome> WithdrawAsync(long id, Actor actor, CancellationToken cancellationToken) =>
        EndAsync(id, ProposalState.Withdrawn, ActivityActions.Withdraw, actor, null, cancellationToken);

    private Task<ChangeOutcome> EndAsync(long id, ProposalState state, string action, Actor actor, string? reason, CancellationToken cancellationToken) =>
        GuardAsync(action, id, actor, async () =>
        {
            var outcome = await _writer.EndAsync(id, state, action, actor, reason, cancellationToken);
            if (outcome is ChangeOutcome.Refused { Code: RefusalCode.ApprovalRefused } refused)
                await _recorder.RefusedAsync(actor, action, refused.Message, id);
            return outcome;
        });

    private async Task<ChangeOutcome> MakeAsync(
        ProposedChange row, long revision, Actor actor, string? reason, bool isForced, IProgress<ChangeStep>? progress, CancellationToken cancellationToken)
    {
        var proposal = _queries.SummaryOf(row);
        var (plan, obstacles) = await _planner.PlanAsync(proposal.Kind, ProposalContent.Of(row), cancellationToken);
        if (plan.Revision != revision)
            return await _certificates.StaleAsync(revision, cancellationToken);
        if (obstacles.Count > 0)
            return new ChangeOutcome.Refused(
                $"The change cannot be made as it was proposed. {obstacles[0]}",
                "Reject it, or have it withdrawn and proposed anew.")
            {
                Code = RefusalCode.CannotBeMade,
            };

        var (change, instead) = await _rules.JudgeAsync(plan with { IsForced = isForced }, actor, proposal.Reason, isApproval: true, cancellationToken);
        return change is null ? instead! : await _executor.RunAsync(change, new ProposalApproval(proposal, actor, reason), progress, cancellationToken);
    }

    private ChangeOutcome.Refused? RefusalOf(ProposedChange? proposal, Actor actor) =>
        ProposalRules.Refusal(proposal, ProposalState.Approved, actor, _time.GetUtcNow().UtcDateTime);

    private async Task<ChangeOutcome> GuardAsync(string attempted, long id, Actor actor, Func<Task<ChangeOutcome>> decide)
    {
        if (actor.Role != Role.Administrator)
        {
            await _recorder.ForbiddenAsync(actor, attempted, id);
            return ChangeOutcome.Forbidden.Instance;
        }

        try
        {
            return await decide();
        }
        catch (DatabaseException e)
        {
            return new ChangeOutcome.Unavailable(e.Message, e.Advice);
        }
    }

    private static string? TextOf(string? reason) => string.IsNullOrWhiteSpace(reason) ? null : reason.Trim();
}
