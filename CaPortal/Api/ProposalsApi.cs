using CaPortal.Api.Contracts;
using CaPortal.Authentication;
using CaPortal.Core.Approvals;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Changes;
using CaPortal.Core.Inventory;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CaPortal.Api;

/// <summary>Changes that wait for another administrator: list, look at, approve, reject, withdraw.</summary>
internal static class ProposalsApi
{
    private const string Path = "/proposals";

    public static void MapProposals(this IEndpointRouteBuilder api)
    {
        var proposals = api.MapGroup(Path).WithTags("Proposals");
        proposals.MapGet("", ListAsync)
            .WithName("ListProposals").WithSummary("Changes that wait for another administrator, and those decided in the last 30 days, the newest first.")
            .Answers(503);
        proposals.MapGet("/{id:long}", GetAsync)
            .WithName("GetProposal").WithSummary("A proposed change, and what it would do to the list and the trust stores as they are now.")
            .Answers(404, 503);
        proposals
            .MapPost("/{id:long}/approve", ApproveAsync)
            .WithName("ApproveProposal")
            .WithSummary("Makes a proposed change.")
            .WithDescription(
                "Only an administrator who did not propose it, and in person: an API key is refused. "
                    + "Where back-ends would not be trusted any more, as things are now, nothing is changed unless force is true. "
                    + "The change is in the trust stores of this machine when the answer comes.")
            .RequireAuthorization(Policies.Administrator)
            .WithBody<ApproveRequest>()
            .Answers(400, 404, 409, 413, 415, 422, 503);
        proposals
            .MapPost("/{id:long}/reject", RejectAsync)
            .WithName("RejectProposal")
            .WithSummary("Ends a proposal without making its change.")
            .WithDescription("Only an administrator who did not propose it, and in person.")
            .RequireAuthorization(Policies.Administrator).WithBody<RejectRequest>().Answers(400, 404, 409, 413, 415, 503);
        proposals.MapPost("/{id:long}/withdraw", WithdrawAsync)
            .WithName("WithdrawProposal").WithSummary("Takes a proposal back. Only who proposed it can do that.")
            .RequireAuthorization(Policies.Administrator).Answers(400, 404, 409, 503);
    }

    /// <summary>The answer to a change that was proposed.</summary>
    public static Accepted<ProposedResult> Accepted(ChangeOutcome.Proposed outcome) => TypedResults.Accepted(
        $"{PortalApi.BasePath}{Path}/{outcome.Proposal.Id}",
        new ProposedResult { Proposal = new ProposalReference { Id = outcome.Proposal.Id, ExpiresAt = outcome.Proposal.ExpiresAt } });

    private static async Task<Ok<ProposalList>> ListAsync(ProposalService proposals, CancellationToken cancellationToken)
    {
        var list = await proposals.ListAsync(cancellationToken);
        return TypedResults.Ok(new ProposalList { Value = [.. list.Select(p => ToResource(p))], Waiting = list.Count(p => p.IsWaiting) });
    }

    private static async Task<Results<Ok<ProposalDetails>, ProblemResult>> GetAsync(
        long id, ProposalService proposals, BackEndService backEnds, CancellationToken cancellationToken)
    {
        if (await proposals.ViewAsync(id, cancellationToken) is not { } view)
            return Problems.NotFound("There is no such proposal. Decided ones are kept for 30 days; GET /proposals lists them.");
        var effect = view.Plan is null ? [] : await backEnds.EffectOfAsync(view.Plan, cancellationToken);
        return TypedResults.Ok(new ProposalDetails
        {
            Proposal = ToResource(view.Proposal, view.Plan),
            Revision = view.Plan?.Revision,
            CanBeMade = view.CanBeMade,
            Obstacles = view.Obstacles,
            TrustStores = view.Plan is null ? [] : [.. view.Plan.Effects.Select(e => e.ToResource())],
            Effect = effect.ToResources(),
        });
    }

    private static async Task<Results<Ok<ApproveResult>, ProblemResult>> ApproveAsync(
        long id, HttpContext context, ProposalService proposals, CancellationToken cancellationToken)
    {
        var request = await JsonBody.ReadAsync<ApproveRequest>(context.Request, cancellationToken);
        var outcome = await proposals.ApproveAsync(
            id, request.Revision, ActorFactory.Create(context), RequestValues.Reason(request.Reason), request.Force, null, cancellationToken);
        return outcome is ChangeOutcome.Applied { IsInstalled: true } applied
            ? TypedResults.Ok(new ApproveResult
            {
                Revision = applied.Revision,
                TrustStores = [.. applied.TrustStores.Select(t => t.ToResource())],
                StillTrusted = [.. applied.StillTrusted.Select(s => s.ToResource())],
                Effect = applied.BackEnds.ToResources(),
            })
            : Problems.From(outcome, planned: request.Revision, fields: RequestFields.OfJson);
    }

    private static async Task<Results<Ok<ProposalResource>, ProblemResult>> RejectAsync(
        long id, HttpContext context, ProposalService proposals, CancellationToken cancellationToken)
    {
        var request = await JsonBody.ReadAsync<RejectRequest>(context.Request, cancellationToken);
        return Answer(await proposals.RejectAsync(id, ActorFactory.Create(context), RequestValues.Reason(request.Reason), cancellationToken));
    }

    private static async Task<Results<Ok<ProposalResource>, ProblemResult>> WithdrawAsync(
        long id, HttpContext context, ProposalService proposals, CancellationToken cancellationToken) =>
        Answer(await proposals.WithdrawAsync(id, ActorFactory.Create(context), cancellationToken));

    private static Results<Ok<ProposalResource>, ProblemResult> Answer(ChangeOutcome outcome) =>
        outcome is ChangeOutcome.Decided decided ? TypedResults.Ok(ToResource(decided.Proposal)) : Problems.From(outcome);

    private static ProposalResource ToResource(ProposalSummary proposal, ChangePlan? plan = null) => new()
    {
        Id = proposal.Id,
        Kind = proposal.Kind,
        State = proposal.State,
        By = proposal.By,
        At = proposal.At,
        ExpiresAt = proposal.ExpiresAt,
        Reason = proposal.Reason,
        DecidedBy = proposal.DecidedBy,
        DecidedAt = proposal.DecidedAt,
        DecisionReason = proposal.DecisionReason,
        Revision = proposal.Revision,
        Certificates = [.. proposal.Changes.Select(c => ToResource(c, plan))],
    };

    private static ProposedCertificateResource ToResource(RevisionSummaryChange change, ChangePlan? plan) => new()
    {
        Sha256 = change.Key.Sha256,
        StoreName = change.Key.Store,
        Name = change.Name,
        IsAddition = change.IsAddition,
        Findings = change.IsAddition ? plan?.FindingsOf(change.Key)?.ToResources() : null,
    };
}
