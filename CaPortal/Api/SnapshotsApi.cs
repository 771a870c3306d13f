using System.ComponentModel;
using CaPortal.Api.Contracts;
using CaPortal.Authentication;
using CaPortal.Core.Changes;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CaPortal.Api;

/// <summary>What the trust stores held before the last changes: list, compare with now, go back.</summary>
internal static class SnapshotsApi
{
    public static void MapSnapshots(this IEndpointRouteBuilder api)
    {
        var snapshots = api.MapGroup("/snapshots").WithTags("Snapshots");
        snapshots.MapGet("", ListAsync)
            .WithName("ListSnapshots").WithSummary("What the trust stores held before the last changes, newest first.")
            .Answers(503);
        snapshots.MapGet("/{id:long}", GetAsync)
            .WithName("GetSnapshot").WithSummary("What is different in the trust stores since a snapshot was taken.")
            .Answers(404, 503);
        snapshots
            .MapPost("/{id:long}/restore", RestoreAsync)
            .WithName("RestoreSnapshot")
            .WithSummary("Makes the list what it was when the snapshot was taken, and brings the trust stores to it.")
            .WithDescription(
                "What is deleted by that goes to the recycle bin. Certificates that others had put into a trust store and that are in none any more are "
                    + "added to the list, by the same rules as an upload: an Error needs its code in override, and a reason. "
                    + "Where back-ends would not be trusted any more, nothing is changed unless force is true. "
                    + "Where changes need a second administrator, the answer is 202 and a proposal.")
            .RequireAuthorization(Policies.Administrator)
            .WithParameter("force", ApiDocument.YesOrNo())
            .Answers(400, 404, 409, 422, 503);
    }

    private static async Task<Ok<SnapshotList>> ListAsync(CertificateChanges changes, CancellationToken cancellationToken) =>
        TypedResults.Ok(new SnapshotList { Value = [.. (await changes.SnapshotsAsync(cancellationToken)).Select(s => s.ToResource())] });

    private static async Task<Results<Ok<SnapshotDifferenceResource>, ProblemResult>> GetAsync(
        long id, CertificateChanges changes, CancellationToken cancellationToken) =>
        await changes.CompareSnapshotAsync(id, cancellationToken) is { } difference ? TypedResults.Ok(difference.ToResource()) : NoSuchSnapshot();

    private static async Task<Results<Ok<RestoreResult>, Accepted<ProposedResult>, ProblemResult>> RestoreAsync(
        long id,
        [Description("Why; goes into the activity log.")] string? reason,
        [Description("Codes of the Errors that are accepted in what comes back, with commas between; needs a reason.")] string? @override,
        string? force,
        HttpContext context,
        MachineTrust machine, CertificateChanges changes,
        UnattendedChanges unattended,
        CancellationToken cancellationToken)
    {
        var why = RequestValues.Reason(reason);
        var accepted = RequestValues.FindingCodes([@override], "override");
        var isForced = RequestValues.YesOrNo(force, nameof(force));
        var actor = ActorFactory.Create(context);
        var (plan, outcome) = await unattended.RunAsync(
            async mayRepeat =>
            {
                var plan = await changes.PlanRestoreSnapshotAsync(id, cancellationToken) is { } found ? changes.Accept(found, _ => accepted) : null;
                return new Attempt<ChangePlan?>(plan, plan switch
                {
                    null => null,

                    // The list is what it was; the trust stores may not be.
                    { IsEmpty: true } => await machine.RepairAsync(actor, null, cancellationToken),
                    _ => await changes.ApplyAsync(plan with { IsPlannedAnewWhenStale = mayRepeat, IsForced = isForced }, actor, why, null, cancellationToken),
                });
            },
            cancellationToken);
        return (plan, outcome) switch
        {
            (null, _) or (_, null) => NoSuchSnapshot(),
            (_, ChangeOutcome.Applied { IsInstalled: true } applied) => TypedResults.Ok(new RestoreResult
            {
                Added = [.. plan.Additions.Select(a => a.Key.ToResource())],
                Deleted = [.. plan.Removals.Select(r => r.Key.ToResource())],
                Revision = applied.Revision,
                TrustStores = [.. applied.TrustStores.Select(t => t.ToResource())],
                Effect = applied.BackEnds.ToResources(),
            }),
            (_, ChangeOutcome.Proposed proposed) => ProposalsApi.Accepted(proposed),
            (_, ChangeOutcome.Refused { Code: RefusalCode.CertificatesRefused }) => Problems.CannotComeBack(plan, accepted, RequestFields.OfQuery),
            _ => Problems.From(outcome, planned: plan.Revision, fields: RequestFields.OfQuery),
        };
    }

    private static ProblemResult NoSuchSnapshot() => Problems.NotFound("There is no such snapshot. Only the newest are kept; GET /snapshots lists them.");
}
