using CaPortal.Api.Contracts;
using CaPortal.Authentication;
using CaPortal.Core.Access;
using CaPortal.Core.ApiKeys;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CaPortal.Api;

/// <summary>API keys: list, create, revoke. Administrators alone see them.</summary>
internal static class ApiKeysApi
{
    private const string Path = "/api-keys";

    public static void MapApiKeys(this IEndpointRouteBuilder api)
    {
        var keys = api.MapGroup(Path).WithTags("API keys").RequireAuthorization(Policies.Administrator);
        keys.MapGet("", ListAsync)
            .WithName("ListApiKeys").WithSummary("Lists the API keys, without the keys themselves.")
            .Answers(503);
        keys.MapPost("", CreateAsync)
            .WithName("CreateApiKey").WithSummary("Makes an API key and answers with it, once.")
            .WithDescription("The key is sent as Authorization: Bearer. Only a hash of it is kept, so that it cannot be asked for again.")
            .WithBody<CreateApiKeyRequest>().Answers(400, 413, 415, 422, 503);
        keys.MapDelete("/{id:long}", RevokeAsync)
            .WithName("RevokeApiKey").WithSummary("Revokes an API key: it is refused from now on, for good.")
            .Answers(404, 503);
    }

    private static async Task<Results<Ok<ApiKeyList>, ProblemResult>> ListAsync(HttpContext context, ApiKeyService keys, CancellationToken cancellationToken) =>
        await keys.ListAsync(ActorFactory.Create(context), cancellationToken) is { } summaries
            ? TypedResults.Ok(new ApiKeyList { Value = [.. summaries.Select(ToResource)] })
            : Problems.ForStatus(StatusCodes.Status403Forbidden);

    private static async Task<Results<Created<CreatedApiKey>, ProblemResult>> CreateAsync(
        HttpContext context,
        ApiKeyService keys,
        CancellationToken cancellationToken)
    {
        var request = await JsonBody.ReadAsync<CreateApiKeyRequest>(context.Request, cancellationToken);
        var role = RequestValues.OneOf<Role>(request.Role, "role")
            ?? throw new BadHttpRequestException($"'role' must be one of {string.Join(", ", Enum.GetNames<Role>())}.");
        var expiresAt = RequestValues.Time(request.ExpiresAt, "expiresAt");
        var outcome = await keys.CreateAsync(request.Name ?? "", role, expiresAt, ActorFactory.Create(context), cancellationToken);
        if (outcome is not ApiKeyOutcome.Created created)
            return Problems.From(outcome);
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Created($"{PortalApi.BasePath}{Path}", ToResource(created));
    }

    private static async Task<Results<NoContent, ProblemResult>> RevokeAsync(
        long id,
        HttpContext context,
        ApiKeyService keys,
        CancellationToken cancellationToken) =>
        await keys.RevokeAsync(id, ActorFactory.Create(context), cancellationToken) is var outcome and not ApiKeyOutcome.Revoked
            ? Problems.From(outcome)
            : TypedResults.NoContent();

    private static ApiKeyResource ToResource(ApiKeySummary key) => new()
    {
        Id = key.Id,
        Name = key.Name,
        Role = key.Role,
        Prefix = key.Prefix,
        Status = key.Status,
        CreatedBy = key.CreatedBy,
        CreatedAt = key.CreatedAt,
        ExpiresAt = key.ExpiresAt,
        LastUsedAt = key.LastUsedAt,
        RevokedAt = key.RevokedAt,
        RevokedBy = key.RevokedBy,
    };

    private static CreatedApiKey ToResource(ApiKeyOutcome.Created created) => new()
    {
        Id = created.Summary.Id,
        Name = created.Summary.Name,
        Role = created.Summary.Role,
        Prefix = created.Summary.Prefix,
        Status = created.Summary.Status,
        CreatedBy = created.Summary.CreatedBy,
        CreatedAt = created.Summary.CreatedAt,
        ExpiresAt = created.Summary.ExpiresAt,
        Key = created.Key,
    };
}
