using System.ComponentModel;
using CaPortal.Api.Contracts;
using CaPortal.Authentication;
using CaPortal.Core.Access;
using CaPortal.Core.Changes;
using CaPortal.Core.Inventory;
using CaPortal.Core.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CaPortal.Api;

/// <summary>Whether the list is the one that the activity log proves, and what ends that it is not.</summary>
internal static class UnprovedListApi
{
    public static void MapUnprovedList(this IEndpointRouteBuilder api)
    {
        var list = api.MapGroup("").WithTags("Activity");
        list.MapGet("/list-proof", FindAsync)
            .WithName("GetListProof").WithSummary("Whether the list of CA certificates is the one that the activity log proves.")
            .WithDescription("Where something else than the portal changed it in the database, nothing is written to the trust stores and no change is made.")
            .Answers(503);
        list.MapPost("/list-proof/restore", RestoreAsync)
            .WithName("RestoreProvedList").WithSummary("Brings back the list that was proved last.")
            .RequireAuthorization(Policies.Administrator).WithBody<ListProofRequest>().Answers(400, 413, 415, 422, 503);
        list.MapPost("/list-proof/keep", KeepAsync)
            .WithName("KeepTrusted")
            .WithSummary("Changes an earlier list into what the trust stores hold of it.")
            .WithDescription(
                "What would be trusted again goes to the recycle bin, what would not be trusted any more comes back from there: "
                    + "no program trusts anything else than now.")
            .RequireAuthorization(Policies.Administrator)
            .WithBody<ListProofRequest>()
            .Answers(400, 413, 415, 422, 503);
        list.MapPost("/list-proof/accept", AcceptAsync)
            .WithName("AcceptList").WithSummary("Takes the list as it is in the database: from then on it is the proved one.")
            .RequireAuthorization(Policies.Administrator).WithBody<ListProofRequest>().Answers(400, 413, 415, 422, 503);
    }

    private static Task<Results<Ok<ListProofResource>, ProblemResult>> KeepAsync(
        HttpContext context, UnprovedList list, Maintenance maintenance, CancellationToken cancellationToken) =>
        SettleAsync(context, list, maintenance, list.KeepTrustedAsync, cancellationToken);

    private static async Task<Ok<ListProofResource>> FindAsync(UnprovedList list, CancellationToken cancellationToken) =>
        TypedResults.Ok(ToResource(await list.FindAsync(cancellationToken)));

    private static Task<Results<Ok<ListProofResource>, ProblemResult>> RestoreAsync(
        HttpContext context, UnprovedList list, Maintenance maintenance, CancellationToken cancellationToken) =>
        SettleAsync(context, list, maintenance, list.RestoreAsync, cancellationToken);

    private static Task<Results<Ok<ListProofResource>, ProblemResult>> AcceptAsync(
        HttpContext context, UnprovedList list, Maintenance maintenance, CancellationToken cancellationToken) =>
        SettleAsync(context, list, maintenance, list.AcceptAsync, cancellationToken);

    private static async Task<Results<Ok<ListProofResource>, ProblemResult>> SettleAsync(
        HttpContext context,
        UnprovedList list,
        Maintenance maintenance,
        Func<Actor, string?, Task<UnprovedListOutcome>> settle,
        CancellationToken cancellationToken)
    {
        var request = await JsonBody.ReadAsync<ListProofRequest>(context.Request, cancellationToken);
        switch (await settle(ActorFactory.Create(context), RequestValues.Reason(request.Reason)))
        {
            case UnprovedListOutcome.Done:
                await maintenance.RunAsync(CancellationToken.None);
                return TypedResults.Ok(ToResource(await list.FindAsync(cancellationToken)));
            case UnprovedListOutcome.Refused refused:
                return Problems.NothingToAcknowledge(refused.Message);
            default:
                return Problems.ForStatus(StatusCodes.Status403Forbidden);
        }
    }

    private static ListProofResource ToResource(ListDiscrepancy? found) => new()
    {
        IsProved = found is null,
        Error = found?.Problem,
        ProvedRevision = found?.ProvedRevision,
        CanBeRestored = found?.CanBeRestored ?? false,
        NotInProvedList = [.. (found?.Planted ?? []).Select(c => c.Key.ToResource())],
        MissingFromProvedList = [.. (found?.Lacking ?? []).Select(c => c.Key.ToResource())],
        Earlier = found?.Earlier is not { } earlier ? null : new()
        {
            NewestRevision = earlier.Newest,
            WouldBeTrusted = [.. earlier.WouldBeTrusted.Select(c => c.Key.ToResource())],
            WouldBeWithdrawn = [.. earlier.WouldBeWithdrawn.Select(c => c.Key.ToResource())],
            Unread = earlier.Unread,
        },
    };
}

/// <summary>Whether the list is proved.</summary>
public sealed record ListProofResource
{
    [Description("Whether the list is the one that the activity log proves.")]
    public required bool IsProved { get; init; }

    [Description("What is wrong, where something is.")]
    public string? Error { get; init; }

    [Description("The revision that was proved last, where the list is not proved and one is.")]
    public long? ProvedRevision { get; init; }

    [Description("Whether the list that was proved last can be brought back.")]
    public required bool CanBeRestored { get; init; }

    [Description("What is in the list and not in the proved one.")]
    public required IReadOnlyList<CertificateKeyResource> NotInProvedList { get; init; }

    [Description("What is in the proved list and not in the present one.")]
    public required IReadOnlyList<CertificateKeyResource> MissingFromProvedList { get; init; }

    [Description("What the list would change, where an older backup was put back.")]
    public EarlierListResource? Earlier { get; init; }
}

/// <summary>An earlier list, compared with what the trust stores hold now.</summary>
public sealed record EarlierListResource
{
    [Description("The revision that had been brought to the trust stores.")]
    public required long NewestRevision { get; init; }

    [Description("What is in the list, and not in each trust store that has a place for it.")]
    public required IReadOnlyList<CertificateKeyResource> WouldBeTrusted { get; init; }

    [Description("What is in the recycle bin, and in a trust store.")]
    public required IReadOnlyList<CertificateKeyResource> WouldBeWithdrawn { get; init; }

    [Description("Trust stores that cannot be read as a whole now, so that what they hold is not known.")]
    public required IReadOnlyList<string> Unread { get; init; }
}

/// <summary>Why a list is restored or accepted.</summary>
public sealed record ListProofRequest
{
    [Description("Why; goes into the activity log. Must not be empty.")]
    public string? Reason { get; init; }
}
