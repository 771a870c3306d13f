using System.ComponentModel;
using System.Globalization;
using CaPortal.Api.Contracts;
using CaPortal.Authentication;
using CaPortal.Core.Activity;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Changes;
using CaPortal.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;

namespace CaPortal.Api;

/// <summary>The activity log: list, look at one entry, verify, export, take a change back.</summary>
internal static class ActivityApi
{
    private const int MaxPage = 1000;
    private const int DefaultPage = 50;

    public static void MapActivity(this IEndpointRouteBuilder api)
    {
        var activity = api.MapGroup("").WithTags("Activity");
        activity.MapGet("/activity", ListAsync)
            .WithName("ListActivity").WithSummary("Who did what, when and why, and what was refused, newest first.")
            .WithDescription("An answer has fewer entries than top where their details are long: go on with skip, by as many as came.")
            .RequireRateLimiting(RateLimits.Activity).Answers(400, 429, 503).WithFilters()
            .WithParameter("skip", ApiDocument.WholeNumber(0, int.MaxValue, 0))
            .WithParameter("top", ApiDocument.WholeNumber(1, MaxPage, DefaultPage));
        activity
            .MapGet("/activity.csv", ExportCsvAsync)
            .WithName("ExportActivityCsv")
            .WithSummary("All entries that fit as a CSV file, newest first.")
            .WithDescription(
                "Cells that a spreadsheet would take for a formula begin with an apostrophe, and characters that are not drawn are written as their code "
                    + "points.")
            .Produces<string>(StatusCodes.Status200OK, "text/csv")
            .RequireRateLimiting(RateLimits.Activity)
            .Answers(400, 429, 503)
            .WithFilters();
        activity
            .MapGet("/activity.json", ExportJsonAsync)
            .WithName("ExportActivityJson")
            .WithSummary("All entries that fit as a JSON file, newest first.")
            .Produces<IReadOnlyList<ActivityResource>>()
            .RequireRateLimiting(RateLimits.Activity)
            .Answers(400, 429, 503)
            .WithFilters();
        activity
            .MapGet("/activity/verify", VerifyAsync)
            .WithName("VerifyActivity")
            .WithSummary("Whether anybody has changed the activity log, and where.")
            .WithDescription(
                "Every entry holds the keyed hash of the one before. All are computed anew, and the end is compared with the one that is kept outside the "
                    + "database.")
            .RequireRateLimiting(RateLimits.Activity)
            .Answers(429, 503);
        activity
            .MapPost("/activity/acknowledge", AcknowledgeAsync)
            .WithName("AcknowledgeActivity")
            .WithSummary("Acknowledges that the end of the activity log was lost.")
            .WithDescription("The log counts as intact again since the entry that tells of the loss, and verifying goes on to name what was acknowledged.")
            .RequireAuthorization(Policies.Administrator)
            .WithBody<AcknowledgeRequest>()
            .Answers(400, 413, 415, 422, 503);
        activity.MapGet("/activity/{sequence:long}", GetAsync).WithName("GetActivity").WithSummary("One entry.").Answers(404, 503);
        activity
            .MapGet("/activity/{sequence:long}/undo", PlanUndoAsync)
            .WithName("PlanUndo")
            .WithSummary("What taking the change of an entry back would do. Changes nothing.")
            .RequireAuthorization(Policies.Administrator)
            .Answers(404, 422, 503);
        activity
            .MapPost("/activity/{sequence:long}/undo", UndoAsync)
            .WithName("Undo")
            .WithSummary("Takes the change of an entry back: a new change, with an entry of its own.")
            .WithDescription(
                "What it added is deleted where it is still there, and what it removed comes back where the recycle bin still has it. "
                    + "What was adopted goes to the recycle bin and out of the trust stores. An Error in what comes back needs its code in override, "
                    + "and a reason. Where back-ends would not be trusted any more, nothing is changed unless force is true. "
                    + "Where changes need a second administrator, the answer is 202 and a proposal.")
            .RequireAuthorization(Policies.Administrator)
            .WithBody<UndoRequest>()
            .Answers(400, 404, 409, 413, 415, 422, 503);
    }

    private static async Task<Ok<ActivityList>> ListAsync(
        ActivityService activity, [AsParameters] Filters filters, string? skip, string? top, CancellationToken cancellationToken)
    {
        var page = await activity.ListAsync(
            filters.ToQuery() with
            {
                Skip = RequestValues.WholeNumber(skip, nameof(skip), 0, int.MaxValue, 0),
                Top = RequestValues.WholeNumber(top, nameof(top), 1, MaxPage, DefaultPage),
            },
            cancellationToken);
        return TypedResults.Ok(new ActivityList { Value = [.. page.Entries.Select(e => e.ToResource())], Count = page.Count });
    }

    private static Task<IResult> ExportCsvAsync(
        ActivityService activity,
        [AsParameters] Filters filters,
        TimeProvider time,
        CancellationToken cancellationToken
    ) => ActivityExport.CsvAsync(activity.ExportAsync(filters.ToQuery(), cancellationToken), Today(time), cancellationToken);

    private static Task<IResult> ExportJsonAsync(
        ActivityService activity, [AsParameters] Filters filters, TimeProvider time, IOptions<JsonOptions> json, CancellationToken cancellationToken) =>
        ActivityExport.JsonAsync(activity.ExportAsync(filters.ToQuery(), cancellationToken), Today(time), json.Value.SerializerOptions, cancellationToken);

    private static async Task<Ok<ActivityVerificationResource>> VerifyAsync(ActivityService activity, CancellationToken cancellationToken) =>
        TypedResults.Ok((await activity.VerifyAsync(cancellationToken)).ToResource());

    private static async Task<Results<Ok<ActivityVerificationResource>, ProblemResult>> AcknowledgeAsync(
        HttpContext context, ActivityService activity, CancellationToken cancellationToken)
    {
        var request = await JsonBody.ReadAsync<AcknowledgeRequest>(context.Request, cancellationToken);
        return await activity.AcknowledgeAsync(request.Sequence, ActorFactory.Create(context), RequestValues.Reason(request.Reason), cancellationToken) switch
        {
            AcknowledgeOutcome.Done done => TypedResults.Ok(done.Verification.ToResource()),
            AcknowledgeOutcome.Refused refused => Problems.NothingToAcknowledge(refused.Message),
            _ => Problems.ForStatus(StatusCodes.Status403Forbidden),
        };
    }

    private static async Task<Results<Ok<ActivityResource>, ProblemResult>> GetAsync(
        long sequence,
        ActivityService activity,
        CancellationToken cancellationToken
    ) => await activity.FindAsync(sequence, cancellationToken) is { } entry ? TypedResults.Ok(entry.ToResource()) : NoSuchEntry();

    private static async Task<Results<Ok<UndoPlanResource>, ProblemResult>> PlanUndoAsync(
        long sequence, ActivityService activity, CertificateChanges changes, BackEndService backEnds, CancellationToken cancellationToken)
    {
        if (await activity.FindAsync(sequence, cancellationToken) is not { } entry)
            return NoSuchEntry();
        if (await PlanAsync(entry, changes, cancellationToken) is not { } plan)
            return Problems.NothingToUndo("The entry is no change of the list, so there is nothing to undo.");
        return TypedResults.Ok(plan.ToUndoResource(sequence, await backEnds.EffectOfAsync(plan, cancellationToken)));
    }

    private static async Task<Results<Ok<UndoResult>, Accepted<ProposedResult>, ProblemResult>> UndoAsync(
        long sequence,
        HttpContext context,
        ActivityService activity,
        CertificateChanges changes,
        UnattendedChanges unattended,
        CancellationToken cancellationToken)
    {
        var request = JsonBody.IsAbsent(context.Request) ? new UndoRequest() : await JsonBody.ReadAsync<UndoRequest>(context.Request, cancellationToken);
        var why = RequestValues.Reason(request.Reason);
        var accepted = RequestValues.FindingCodes(request.Override ?? [], "override");
        var actor = ActorFactory.Create(context);
        if (await activity.FindAsync(sequence, cancellationToken) is not { } entry)
            return NoSuchEntry();

        var (plan, outcome) = await unattended.RunAsync(
            async mayRepeat =>
            {
                var plan = await PlanAsync(entry, changes, cancellationToken) is { } found
                    ? changes.Accept(found, _ => accepted) with { IsPlannedAnewWhenStale = mayRepeat, IsForced = request.Force }
                    : null;
                return new Attempt<ChangePlan?>(
                    plan,
                    plan is null or { IsEmpty: true } ? null : await changes.ApplyAsync(plan, actor, why, null, cancellationToken));
            },
            cancellationToken);
        return (plan, outcome) switch
        {
            (null, _) => Problems.NothingToUndo("The entry is no change of the list, so there is nothing to undo."),
            (_, null) => Problems.NothingToUndo(
                string.Join(' ', ["Nothing is left to undo.", .. plan.PassedOver.Select(p => $"{p.Key.Sha256}: {p.Reason}").Take(5)]), plan.Revision),
            (_, ChangeOutcome.Applied { IsInstalled: true } applied) => TypedResults.Ok(applied.ToUndoResult(plan, sequence)),
            (_, ChangeOutcome.Proposed proposed) => ProposalsApi.Accepted(proposed),
            (_, ChangeOutcome.Refused { Code: RefusalCode.CertificatesRefused }) => Problems.CannotComeBack(plan, accepted, RequestFields.OfJson),
            _ => Problems.From(outcome, planned: plan.Revision, fields: RequestFields.OfJson),
        };
    }

    private static async Task<ChangePlan?> PlanAsync(ActivityRecord entry, CertificateChanges changes, CancellationToken cancellationToken) =>
        entry is { IsChange: true, RevisionAfter: { } revision } ? await changes.PlanUndoAsync(revision, cancellationToken) : null;

    private static RouteHandlerBuilder WithFilters(this RouteHandlerBuilder endpoint) => endpoint
        .WithParameter("from", ApiDocument.Moment())
        .WithParameter("until", ApiDocument.Moment());

    private static string Today(TimeProvider time) => time.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static ProblemResult NoSuchEntry() => Problems.NotFound("The activity log has no entry with this number.");

    /// <summary>Which entries.</summary>
    internal sealed record Filters
    {
        [Description("Only of this actor: exactly that name.")]
        public string? Actor { get; init; }

        [Description("Only about the certificate with this SHA-256: 64 hexadecimal digits.")]
        public string? Sha256 { get; init; }

        [Description("Only of this category, or of several with commas between: Change, Outcome, Refusal, SignIn, Access, Approval, BackEnd, Other.")]
        public string? Category { get; init; }

        [Description("Not before this moment.")]
        public string? From { get; init; }

        [Description("Before this moment.")]
        public string? Until { get; init; }

        public ActivityQuery ToQuery() =>
            new()
            {
                Actor = string.IsNullOrEmpty(Actor) ? null : Actor,
                Sha256 = string.IsNullOrEmpty(Sha256)
                    ? null
                    : RequestValues.Sha256(Sha256) ?? throw new BadHttpRequestException("'sha256' must have 64 hexadecimal digits."),
                Categories = RequestValues.Several<ActivityCategory>([Category], "category"),
                From = RequestValues.Moment(From, "from"),
                Until = RequestValues.Moment(Until, "until"),
            };
    }
}
