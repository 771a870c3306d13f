using CaPortal.Api.Contracts;
using CaPortal.Authentication;
using CaPortal.Core.Changes;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CaPortal.Api;

/// <summary>The trust stores of this machine: their state, verify, repair.</summary>
internal static class TrustStoresApi
{
    public static void MapTrustStores(this IEndpointRouteBuilder api)
    {
        var stores = api.MapGroup("/trust-stores").WithTags("Trust stores");
        stores.MapGet("", ListAsync)
            .WithName("ListTrustStores").WithSummary("Every kind of trust store, in use or not, and how it stands now.")
            .Answers(503);
        stores.MapPost("/verify", (HttpContext context, MachineTrust machine, CancellationToken cancellationToken) =>
                VerifyAsync(null, context, machine, cancellationToken))
            .WithName("VerifyTrustStores").WithSummary("Reads all trust stores in use now and compares them with the list. Changes none of them.")
            .RequireAuthorization(Policies.Administrator).Answers(503);
        stores.MapPost("/{name}/verify", VerifyAsync)
            .WithName("VerifyTrustStore").WithSummary("Reads a trust store in use now and compares it with the list. Does not change it.")
            .RequireAuthorization(Policies.Administrator).Answers(404, 503);
        stores.MapPost("/repair", (HttpContext context, MachineTrust machine, CancellationToken cancellationToken) =>
                RepairAsync(null, context, machine, cancellationToken))
            .WithName("RepairTrustStores").WithSummary("Brings all trust stores in use to the list now.")
            .RequireAuthorization(Policies.Administrator).Answers(503);
        stores.MapPost("/{name}/repair", RepairAsync)
            .WithName("RepairTrustStore").WithSummary("Brings a trust store in use to the list now.")
            .WithDescription("All trust stores are brought to it together; the answer tells of the one that is named.")
            .RequireAuthorization(Policies.Administrator).Answers(404, 503);
    }

    private static async Task<Ok<TrustStoreList>> ListAsync(MachineTrust machine, CancellationToken cancellationToken)
    {
        var overview = await machine.TrustStoresAsync(cancellationToken);
        return TypedResults.Ok(
            new TrustStoreList
            {
                Scope = overview.Scope,
                IsNamed = overview.IsNamed,
                Value = [.. overview.TrustStores.Select(t => t.ToResource())],
            });
    }

    private static Task<Results<Ok<TrustStoreResults>, ProblemResult>> VerifyAsync(
        string? name, HttpContext context, MachineTrust machine, CancellationToken cancellationToken) =>
        RunAsync(name, machine, () => machine.VerifyAsync(ActorFactory.Create(context), cancellationToken), _ => true, cancellationToken);

    private static Task<Results<Ok<TrustStoreResults>, ProblemResult>> RepairAsync(
        string? name, HttpContext context, MachineTrust machine, CancellationToken cancellationToken) =>
        RunAsync(name, machine, () => machine.RepairAsync(ActorFactory.Create(context), null, cancellationToken), o => o.IsInstalled, cancellationToken);

    private static async Task<Results<Ok<TrustStoreResults>, ProblemResult>> RunAsync(
        string? name, MachineTrust machine, Func<Task<ChangeOutcome>> work, Predicate<ChangeOutcome.Applied> isGood, CancellationToken cancellationToken)
    {
        if (name is not null && (await machine.TrustStoresAsync(cancellationToken)).InUse.All(t => t.Name != name))
            return Problems.NotFound("No trust store of this name is in use. GET /trust-stores lists them.");
        var outcome = await work();
        if (outcome is not ChangeOutcome.Applied applied)
            return Problems.From(outcome);
        var asked = applied with { TrustStores = [.. applied.TrustStores.Where(t => name is null || t.Name == name)] };
        return isGood(asked)
            ? TypedResults.Ok(new TrustStoreResults { Revision = asked.Revision, TrustStores = [.. asked.TrustStores.Select(t => t.ToResource())] })
            : Problems.From(asked);
    }
}
