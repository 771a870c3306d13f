using System.ComponentModel;
using CaPortal.Api.Contracts;
using CaPortal.Authentication;
using CaPortal.Core.BackEnds;
using CaPortal.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CaPortal.Api;

/// <summary>Back-ends: list, add, change, delete, test, and ask any server once.</summary>
internal static class BackEndsApi
{
    private const string Path = "/back-ends";
    private const int MaxPage = 1000;
    private const int DefaultPage = 100;

    public static void MapBackEnds(this IEndpointRouteBuilder api)
    {
        var backEnds = api.MapGroup(Path).WithTags("Back-ends");
        backEnds.MapGet("", ListAsync)
            .WithName("ListBackEnds").WithSummary("Lists the back-ends, by name.")
            .Answers(400, 503)
            .WithParameter("filter", ApiDocument.OneOf(Enum.GetNames<BackEndFilter>()))
            .WithParameter("skip", ApiDocument.WholeNumber(0, int.MaxValue, 0))
            .WithParameter("top", ApiDocument.WholeNumber(1, MaxPage, DefaultPage));
        backEnds
            .MapPost("", AddAsync)
            .WithName("AddBackEnds")
            .WithSummary("Adds back-ends: as JSON, or as lines or CSV with the columns address, port, server name and name.")
            .WithDescription(
                "All or nothing. Those that are there already are passed over. They are tested by themselves soon, or at once with POST /back-ends/test.")
            .RequireAuthorization(Policies.Administrator)
            .WithBody<AddBackEndsRequest>("text/csv", "text/plain").Answers(400, 413, 415, 422, 503);
        backEnds.MapGet("/{id:long}", GetAsync)
            .WithName("GetBackEnd").WithSummary("One back-end with the chain that it presented last, judged against what is in the stores now.")
            .Answers(404, 503);
        backEnds
            .MapPut("/{id:long}", EditAsync)
            .WithName("EditBackEnd")
            .WithSummary("Changes a back-end. What was found out about another address is forgotten.")
            .RequireAuthorization(Policies.Administrator)
            .WithBody<BackEndDescription>()
            .Answers(400, 404, 413, 415, 422, 503);
        backEnds
            .MapDelete("/{id:long}", DeleteAsync)
            .WithName("DeleteBackEnd")
            .WithSummary("Deletes a back-end from the list.")
            .RequireAuthorization(Policies.Administrator)
            .Answers(400, 404, 503);
        backEnds
            .MapPost("/{id:long}/test", TestOneAsync)
            .WithName("TestBackEnd")
            .WithSummary("Tests a back-end now and answers with what was found.")
            .RequireAuthorization(Policies.Administrator)
            .RequireRateLimiting(RateLimits.Probe)
            .Answers(400, 404, 429, 503);
        backEnds
            .MapPost("/test", TestAsync)
            .WithName("TestBackEnds")
            .WithSummary("Tests back-ends now, all where none is named, and answers when all tests have ended.")
            .RequireAuthorization(Policies.Administrator)
            .RequireRateLimiting(RateLimits.Probe)
            .WithBody<TestBackEndsRequest>()
            .Answers(400, 413, 415, 429, 503);
        backEnds
            .MapPost("/probe", ProbeAsync)
            .WithName("ProbeServer")
            .WithSummary("Asks a server once, whether it is in the list or not.")
            .WithDescription(
                "One TLS handshake without application data. Whatever comes of it is a verdict. Addresses and ports that the settings do not allow are Blocked."
            )
            .RequireAuthorization(Policies.Administrator)
            .RequireRateLimiting(RateLimits.Probe)
            .WithBody<ProbeRequest>()
            .Answers(400, 413, 415, 422, 429, 503);
    }

    private static async Task<Ok<BackEndList>> ListAsync(
        BackEndService backEnds,
        [Description("Words that must all occur in name, address, server name or the CA certificate that it depends on.")] string? search,
        string? filter,
        string? skip,
        string? top,
        CancellationToken cancellationToken)
    {
        var page = await backEnds.ListAsync(
            new BackEndQuery
            {
                Search = RequestValues.Search(search),
                Filter = RequestValues.OneOf<BackEndFilter>(filter, nameof(filter)),
                Skip = RequestValues.WholeNumber(skip, nameof(skip), 0, int.MaxValue, 0),
                Top = RequestValues.WholeNumber(top, nameof(top), 1, MaxPage, DefaultPage),
            },
            cancellationToken);
        return TypedResults.Ok(new BackEndList { Value = [.. page.BackEnds.Select(b => b.ToResource())], Count = page.Count });
    }

    private static async Task<Results<Created<AddBackEndsResult>, Ok<AddBackEndsResult>, ProblemResult>> AddAsync(
        HttpContext context, BackEndService backEnds, CancellationToken cancellationToken)
    {
        var drafts = await BackEndRequests.DraftsAsync(context.Request, cancellationToken);
        return await backEnds.AddAsync(drafts, ActorFactory.Create(context), cancellationToken) switch
        {
            BackEndOutcome.Done { Ids.Count: 0 } done => TypedResults.Ok(done.ToResult()),
            BackEndOutcome.Done done => TypedResults.Created(LocationOf(done.Ids), done.ToResult()),
            var outcome => Problems.From(outcome),
        };
    }

    private static async Task<Results<Ok<BackEndDetails>, ProblemResult>> GetAsync(long id, BackEndService backEnds, CancellationToken cancellationToken) =>
        await backEnds.ViewAsync(id, cancellationToken) is { } view ? TypedResults.Ok(view.ToResource()) : NoSuchBackEnd();

    private static async Task<Results<Ok<BackEndDetails>, ProblemResult>> EditAsync(
        long id, HttpContext context, BackEndService backEnds, CancellationToken cancellationToken)
    {
        var draft = BackEndRequests.Draft(await JsonBody.ReadAsync<BackEndDescription>(context.Request, cancellationToken));
        return await backEnds.EditAsync(id, draft, ActorFactory.Create(context), cancellationToken) is var outcome and not BackEndOutcome.Done
            ? Problems.From(outcome)
            : await GetAsync(id, backEnds, cancellationToken);
    }

    private static async Task<Results<NoContent, ProblemResult>> DeleteAsync(
        long id, HttpContext context, BackEndService backEnds, CancellationToken cancellationToken) =>
        await backEnds.DeleteAsync([id], ActorFactory.Create(context), cancellationToken) switch
        {
            BackEndOutcome.Done { Ids.Count: 0 } => NoSuchBackEnd(),
            BackEndOutcome.Done => TypedResults.NoContent(),
            var outcome => Problems.From(outcome),
        };

    private static async Task<Results<Ok<BackEndDetails>, ProblemResult>> TestOneAsync(
        long id, HttpContext context, BackEndService backEnds, CancellationToken cancellationToken) =>
        await backEnds.TestAsync([id], ActorFactory.Create(context), null, cancellationToken) is var outcome and not BackEndOutcome.Done
            ? Problems.From(outcome)
            : await GetAsync(id, backEnds, cancellationToken);

    private static async Task<Results<Ok<BackEndList>, ProblemResult>> TestAsync(
        HttpContext context,
        BackEndService backEnds,
        CancellationToken cancellationToken)
    {
        var request = JsonBody.IsAbsent(context.Request) ? null : await JsonBody.ReadAsync<TestBackEndsRequest>(context.Request, cancellationToken);
        var ids = request?.Ids is { Count: > 0 } some ? some : await backEnds.IdsAsync(new BackEndQuery(), cancellationToken);
        var tested = new TestedBackEnds();
        if (await backEnds.TestAsync(ids.ToHashSet(), ActorFactory.Create(context), tested, cancellationToken) is var outcome and not BackEndOutcome.Done)
            return Problems.From(outcome);
        return TypedResults.Ok(new BackEndList { Value = [.. tested.BackEnds.Select(b => b.ToResource())], Count = tested.BackEnds.Count });
    }

    private static async Task<Results<Ok<ChainResource>, ProblemResult>> ProbeAsync(
        HttpContext context,
        BackEndService backEnds,
        CancellationToken cancellationToken)
    {
        var address = BackEndRequests.Address(await JsonBody.ReadAsync<ProbeRequest>(context.Request, cancellationToken));
        return await backEnds.ProbeAsync(address, ActorFactory.Create(context), cancellationToken) is { } probed
            ? TypedResults.Ok(probed.ToResource())
            : Problems.ForStatus(StatusCodes.Status403Forbidden);
    }

    private static string LocationOf(IReadOnlyList<long> ids) => ids is [var only] ? $"{PortalApi.BasePath}{Path}/{only}" : $"{PortalApi.BasePath}{Path}";

    private static ProblemResult NoSuchBackEnd() => Problems.NotFound("There is no back-end with this id.");

    private sealed class TestedBackEnds : IProgress<BackEndTested>
    {
        public List<BackEndSummary> BackEnds { get; } = [];

        public void Report(BackEndTested value) => BackEnds.Add(value.BackEnd);
    }
}
