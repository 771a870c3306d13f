using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.Extensions.Options;

namespace CaPortal.Authentication;

/// <summary>
/// Signed-in sessions. Each has an end that is fixed when it begins; signing out ends it at once, for other pages and
/// for copies of its cookie too.
/// </summary>
internal sealed class Sessions(IOptions<SignInOptions> options, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, DateTimeOffset> _ended = new(StringComparer.Ordinal);

    /// <summary>Begins a session for an identity.</summary>
    /// <returns>When it ends.</returns>
    public DateTimeOffset Begin(ClaimsIdentity identity)
    {
        var end = time.GetUtcNow() + options.Value.SessionLifetime;
        identity.AddClaim(new(PortalClaims.Session, Guid.NewGuid().ToString("N")));
        identity.AddClaim(new(PortalClaims.SessionEnd, end.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)));
        return end;
    }

    /// <summary>Ends a session before its time.</summary>
    public void End(ClaimsPrincipal principal)
    {
        var now = time.GetUtcNow();
        foreach (var (session, end) in _ended)
            if (end <= now)
                _ended.TryRemove(session, out _);
        if (principal.FindFirstValue(PortalClaims.Session) is { } ended)
            _ended[ended] = EndOf(principal);
    }

    public bool IsActive(ClaimsPrincipal principal) =>
        principal.FindFirstValue(PortalClaims.Session) is { } session && !_ended.ContainsKey(session) && time.GetUtcNow() < EndOf(principal);

    private static DateTimeOffset EndOf(ClaimsPrincipal principal) =>
        long.TryParse(principal.FindFirstValue(PortalClaims.SessionEnd), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : DateTimeOffset.MinValue;
}

/// <summary>Signs open pages out soon after their session has ended.</summary>
internal sealed class SessionRevalidation(ILoggerFactory loggerFactory, Sessions sessions, IOptions<SignInOptions> options)
    : RevalidatingServerAuthenticationStateProvider(loggerFactory)
{
    protected override TimeSpan RevalidationInterval => options.Value.SessionCheckInterval;

    protected override Task<bool> ValidateAuthenticationStateAsync(AuthenticationState authenticationState, CancellationToken cancellationToken) =>
        Task.FromResult(sessions.IsActive(authenticationState.User));
}
