using System.ComponentModel;
using CaPortal.Api.Contracts;
using CaPortal.Authentication;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CaPortal.Api;

/// <summary>What somebody else put into the trust stores of this machine: list, download, adopt, remove.</summary>
internal static class FoundCertificatesApi
{
    /// <summary>Certificates in one request.</summary>
    internal const int MaxItems = 1000;

    public static void MapFoundCertificates(this IEndpointRouteBuilder api)
    {
        var found = api.MapGroup("/found-certificates").WithTags("Found certificates");
        found.MapGet("", ListAsync)
            .WithName("ListFoundCertificates").WithSummary("Lists what somebody else put into the trust stores of this machine, by name.")
            .Answers(400, 503);
        found.MapUnmanagedDownloads("FoundCertificate", (machine, cancellationToken) => machine.ListFoundAsync(null, cancellationToken));
        found
            .MapPost("/adopt", AdoptAsync)
            .WithName("AdoptFoundCertificates")
            .WithSummary("Takes found certificates under management, in the stores that they were found in.")
            .WithDescription(
                "All or nothing, by the same rules as an upload: a certificate with an Error needs that Error's code in override, and a reason. "
                    + "Where back-ends would not be trusted any more, nothing is adopted unless force is true. "
                    + "Where changes need a second administrator, the answer is 202 and a proposal.")
            .RequireAuthorization(Policies.Administrator)
            .WithBody<AdoptRequest>()
            .Answers(400, 404, 409, 413, 415, 422, 503);
        found
            .MapPost("/remove", RemoveAsync)
            .WithName("RemoveFoundCertificates")
            .WithSummary("Takes found certificates out of the trust stores of this machine.")
            .WithDescription(
                "All or nothing. They go to the recycle bin, from which they can be restored in the portal, "
                    + "and are gone from the trust stores when the answer comes. Where back-ends would not be trusted any more, "
                    + "nothing is removed unless force is true; where changes need a second administrator, the answer is 202 and a proposal.")
            .RequireAuthorization(Policies.Administrator)
            .WithBody<RemoveFoundRequest>()
            .Answers(400, 404, 409, 413, 415, 422, 503);
    }

    private static async Task<Ok<FoundCertificateList>> ListAsync(
        MachineTrust machine,
        [Description("Words that must all occur in names, thumbprints, serial number or place.")] string? search,
        CancellationToken cancellationToken)
    {
        var list = await machine.ListFoundAsync(RequestValues.Search(search), cancellationToken);
        return TypedResults.Ok(new FoundCertificateList
        {
            Value = [.. list.Certificates.Select(c => c.ToResource())],
            Count = list.Certificates.Count,
            Unread = [.. list.Unread.Select(u => new UnreadTrustStoreResource { Name = u.Name, Error = u.Reason, Advice = u.Advice })],
        });
    }

    private static async Task<Results<Ok<AddResult>, Accepted<ProposedResult>, ProblemResult>> AdoptAsync(
        HttpContext context, CertificateChanges changes, UnattendedChanges unattended, CancellationToken cancellationToken)
    {
        var request = await JsonBody.ReadAsync<AdoptRequest>(context.Request, cancellationToken);
        var keys = KeysOf(request.Items);
        var why = RequestValues.Reason(request.Reason);
        var accepted = RequestValues.FindingCodes(request.Override ?? [], "override");
        var actor = ActorFactory.Create(context);
        var (plan, outcome) = await unattended.RunAsync(
            async mayRepeat =>
            {
                var planned = await changes.PlanAdoptAsync(keys, accepted, cancellationToken);
                var plan = planned with { IsPlannedAnewWhenStale = mayRepeat, IsForced = request.Force };
                var mayApply = plan.Items.Count == keys.Count;
                return new Attempt<ChangePlan>(plan, mayApply ? await changes.ApplyAsync(plan, actor, why, null, cancellationToken) : null);
            },
            cancellationToken);
        List<ItemResource> items = [.. plan.Items.Select(i => i.ToResource(OutcomeOf(i, plan.IsRefused, outcome)))];
        return outcome switch
        {
            null => NotFound(),
            ChangeOutcome.Refused { Code: RefusalCode.CertificatesRefused } => Problems.AdoptionRefused(plan.Revision, items, accepted),
            ChangeOutcome.Applied { IsInstalled: true } applied => TypedResults.Ok(applied.ToAddResult(items)),
            ChangeOutcome.Proposed proposed => ProposalsApi.Accepted(proposed),
            _ => Problems.From(outcome, items, plan.Revision, RequestFields.OfJson),
        };
    }

    private static async Task<Results<Ok<DeleteResult>, Accepted<ProposedResult>, ProblemResult>> RemoveAsync(
        HttpContext context, CertificateChanges changes, UnattendedChanges unattended, CancellationToken cancellationToken)
    {
        var request = await JsonBody.ReadAsync<RemoveFoundRequest>(context.Request, cancellationToken);
        var keys = KeysOf(request.Items);
        var why = RequestValues.Reason(request.Reason);
        var actor = ActorFactory.Create(context);
        var (plan, outcome) = await unattended.RunAsync(
            async mayRepeat =>
            {
                var plan = await changes.PlanRemoveFoundAsync(keys, cancellationToken) with { IsPlannedAnewWhenStale = mayRepeat, IsForced = request.Force };
                var mayApply = plan.Removals.Count + plan.RefusedRemovals.Count == keys.Count;
                return new Attempt<ChangePlan>(plan, mayApply ? await changes.ApplyAsync(plan, actor, why, null, cancellationToken) : null);
            },
            cancellationToken);
        return outcome switch
        {
            null => NotFound(),
            ChangeOutcome.Refused { Code: RefusalCode.CannotBeRemoved } => Problems.CannotBeRemoved(plan),
            ChangeOutcome.Applied { IsInstalled: true } applied => TypedResults.Ok(applied.ToDeleteResult(plan)),
            ChangeOutcome.Proposed proposed => ProposalsApi.Accepted(proposed),
            _ => Problems.From(outcome, null, plan.Revision, RequestFields.OfJson),
        };
    }

    private static HashSet<CaCertificateKey> KeysOf(IReadOnlyList<FoundSelection?>? items) =>
        items is { Count: > 0 and <= MaxItems }
            ? [.. items.Select(i => new CaCertificateKey(
                i?.StoreName ?? default,
                RequestValues.Sha256(i?.Sha256 ?? "") ?? throw new BadHttpRequestException("Each of 'items' must have a 'sha256' of 64 hexadecimal digits.")))]
            : throw new BadHttpRequestException($"'items' must have 1 to {MaxItems} certificates.");

    private static ItemOutcome OutcomeOf(PlannedItem item, bool isRefused, ChangeOutcome? outcome) => item.Result switch
    {
        ItemResult.Refused => ItemOutcome.Refused,
        ItemResult.Duplicate => ItemOutcome.Duplicate,
        ItemResult.Added when !isRefused => item.OutcomeAfter(outcome),
        _ => ItemOutcome.Skipped,
    };

    private static ProblemResult NotFound() =>
        Problems.NotFound(
            "A certificate of the request is not among those that were found; it may be managed already, or gone from this machine. Nothing was changed.");
}
