using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;

namespace CaPortal.Authentication;

/// <summary>Records what signed-in people and programs ask for and their role does not allow. What is answered stays as it is.</summary>
internal sealed class RefusedRequests(ActivityRecorder activity) : IAuthorizationMiddlewareResultHandler
{
    private readonly AuthorizationMiddlewareResultHandler _default = new();

    public async Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (authorizeResult.Forbidden && context.User.Identity is { IsAuthenticated: true, Name: var name })
        {
            var role = ActorFactory.RoleOf(context.User);
            var actor = new Actor(name ?? "unknown", role ?? Role.Reader, ActorFactory.RemoteAddress(context) ?? "unknown");
            await activity.RecordAsync(actor, ActivityActions.Refused, new
            {
                Attempted = $"{context.Request.Method} {RouteOf(context)}",
                Why = role is null ? "The account has no role." : $"The role {role} does not allow it.",
                Path = context.Request.Path.Value,
            });
        }

        await _default.HandleAsync(next, context, policy, authorizeResult);
    }

    private static string? RouteOf(HttpContext context) => (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;
}
