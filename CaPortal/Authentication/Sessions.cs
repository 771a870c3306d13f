using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Claims;
using Microsoft.Extensions.Options;

namespace CaPortal.Authentication;

/// <summary>
/// Signed-in sessions. Each has an end that is fixed when it begins. Signing out ends it at once, for other pages and for
/// copies of its cookie too. Microsoft Entra ID ends it as well when it takes the role away.
/// </summary>
internal sealed class Sessions
{
    private readonly IOptions<SignInOptions> _options;
    private readonly EndedSessions _kept;
    private readonly TimeProvider _time;
    private readonly SessionChecks? _checks;
    private readonly ConcurrentDictionary<string, (DateTimeOffset End, SessionEnding? Why)> _ended = new(StringComparer.Ordinal);

    /// <param name="checks">Null if nobody can be asked.</param>
    public Sessions(IOptions<SignInOptions> options, EndedSessions kept, TimeProvider time, SessionChecks? checks = null)
    {
        (_options, _kept, _time, _checks) = (options, kept, time, checks);
        kept.Learned += (session, end) =>
        {
            if (_ended.TryAdd(session, (end, null)))
                Ended?.Invoke(session, null);
        };
    }

    /// <summary>A session has ended before its time, and why; null if the person asked for it.</summary>
    public event Action<string, SessionEnding?>? Ended;

    /// <summary>Begins a session for a principal.</summary>
    /// <returns>When it ends.</returns>
    public DateTimeOffset Begin(ClaimsPrincipal principal, string? refreshToken)
    {
        var session = Guid.NewGuid().ToString("N");
        var end = _time.GetUtcNow() + _options.Value.SessionLifetime;
        var identity = principal.Identities.First();
        identity.AddClaim(new(PortalClaims.Session, session));
        identity.AddClaim(new(PortalClaims.SessionEnd, end.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)));
        _checks?.Begin(session, principal, refreshToken, end);
        return end;
    }

    /// <summary>Ends the session that a browser had until it signed in again, where another portal on the database began it.</summary>
    public void EndForeign(ClaimsPrincipal? principal)
    {
        if (_checks is not null && principal?.FindFirstValue(PortalClaims.Session) is { } session && !_checks.Knows(session))
            End(principal);
    }

    /// <summary>Ends a session before its time.</summary>
    /// <param name="why">Null if the person asked for it.</param>
    public void End(ClaimsPrincipal principal, SessionEnding? why = null)
    {
        var now = _time.GetUtcNow();
        foreach (var (past, (end, _)) in _ended)
            if (end <= now)
                _ended.TryRemove(past, out _);
        if (principal.FindFirstValue(PortalClaims.Session) is not { } session || !_ended.TryAdd(session, (EndOf(principal), why)))
            return;
        _kept.Add(session, EndOf(principal));
        _checks?.Forget(session);
        Ended?.Invoke(session, why);
    }

    /// <summary>Whether a session still runs; ends it where the provider says that it must.</summary>
    public async Task<bool> IsActiveAsync(ClaimsPrincipal principal)
    {
        if (principal.FindFirstValue(PortalClaims.Session) is not { } session || HasEnded(session, EndOf(principal)))
            return false;
        if (_checks is null)
            return true;
        if (!_checks.Knows(session))
            return false;
        if (await _checks.CheckAsync(session) is { } ending)
            End(principal, ending);
        return !_ended.ContainsKey(session);
    }

    /// <summary>Why the portal has ended a session by itself; null if it has not.</summary>
    public SessionEnding? WhyEnded(ClaimsPrincipal principal) =>
        principal.FindFirstValue(PortalClaims.Session) is { } session && _ended.TryGetValue(session, out var ended) ? ended.Why : null;

    /// <summary>Whether the person has ended the session.</summary>
    public bool HasSignedOut(ClaimsPrincipal principal) =>
        principal.FindFirstValue(PortalClaims.Session) is { } session && _ended.TryGetValue(session, out var ended) && ended.Why is null;

    private bool HasEnded(string session, DateTimeOffset end) =>
        _time.GetUtcNow() >= end || _ended.ContainsKey(session) || _kept.Contains(session, end);

    private static DateTimeOffset EndOf(ClaimsPrincipal principal) =>
        long.TryParse(principal.FindFirstValue(PortalClaims.SessionEnd), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : DateTimeOffset.MinValue;
}
