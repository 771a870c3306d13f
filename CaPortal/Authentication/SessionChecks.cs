using System.Collections.Concurrent;
using System.Security.Claims;
using CaPortal.Core.Access;
using CaPortal.Core.Certificates;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace CaPortal.Authentication;

/// <summary>
/// Asks Microsoft Entra ID again and again whether the people who are signed in still have the roles that they began
/// with. What it takes to ask is kept in memory alone: after a restart a session is not known any more.
/// </summary>
internal sealed partial class SessionChecks(TokenRefresh tokens, IOptions<SignInOptions> options, TimeProvider time, ILogger<SessionChecks> logger)
{
    private readonly ConcurrentDictionary<string, Watched> _sessions = new(StringComparer.Ordinal);

    /// <summary>Requests wait for a check, so it may not take long.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Begins to watch a session.</summary>
    /// <param name="refreshToken">Null if the provider issued none: such a session is never confirmed.</param>
    /// <param name="end">When it ends at the latest.</param>
    public void Begin(string session, ClaimsPrincipal principal, string? refreshToken, DateTimeOffset end)
    {
        var now = time.GetUtcNow();
        foreach (var (past, watched) in _sessions)
            if (watched.End <= now)
                _sessions.TryRemove(past, out _);
        _sessions[session] = new(principal, refreshToken) { End = end, Asked = now, Confirmed = now };
    }

    public void Forget(string session) => _sessions.TryRemove(session, out _);

    public bool Knows(string session) => _sessions.ContainsKey(session);

    /// <summary>
    /// Asks the provider, unless that was done within the last <see cref="SignInOptions.SessionCheckInterval"/>; all pages of a
    /// session share one question.
    /// </summary>
    /// <returns>Why the session must end; null if it goes on.</returns>
    public Task<SessionEnding?> CheckAsync(string session)
    {
        if (!_sessions.TryGetValue(session, out var watched))
            return Task.FromResult<SessionEnding?>(null);
        lock (watched)
        {
            var now = time.GetUtcNow();
            if (watched.Check.IsCompleted && now - watched.Asked >= options.Value.SessionCheckInterval)
            {
                watched.Asked = now;
                watched.Check = Task.Run(() => AskAsync(watched));
            }

            return watched.Check;
        }
    }

    private async Task<SessionEnding?> AskAsync(Watched watched)
    {
        string failure;
        try
        {
            if (watched.RefreshToken is null)
                failure = "no refresh token was issued";
            else
                return await JudgeAsync(watched, watched.RefreshToken);
        }
        catch (Exception e)
        {
            // After any failure, nothing was confirmed. Only the texts of the provider's errors are known to hold no token.
            failure = e is OpenIdConnectProtocolException ? e.Message : e.GetType().Name;
        }

        var until = watched.Confirmed + options.Value.UncheckedSessionLifetime;
        if (time.GetUtcNow() >= until)
        {
            LogEnded(watched.Account, SessionEnding.Unconfirmed);
            return SessionEnding.Unconfirmed;
        }

        if (!watched.IsFailing)
            LogUnconfirmed(watched.Account, failure, until);
        watched.IsFailing = true;
        return null;
    }

    private async Task<SessionEnding?> JudgeAsync(Watched watched, string refreshToken)
    {
        using var timeout = new CancellationTokenSource(Timeout, time);
        var refreshed = await tokens.RedeemAsync(refreshToken, timeout.Token);
        SessionEnding? ending = refreshed is null || !watched.IsSamePerson(refreshed.Principal) ? SessionEnding.AccessWithdrawn
            : ActorFactory.RoleOf(refreshed.Principal) != watched.Role ? SessionEnding.RoleChanged
            : null;
        if (ending is { } why)
        {
            LogEnded(watched.Account, why);
            return ending;
        }

        watched.RefreshToken = refreshed!.RefreshToken ?? refreshToken;
        watched.Confirmed = time.GetUtcNow();
        watched.IsFailing = false;
        return null;
    }

    [LoggerMessage(
        2007,
        LogLevel.Warning,
        "Microsoft Entra ID could not confirm that {Account} still has access ({Failure}). The session goes on until {Until:u} at most.")]
    private partial void LogUnconfirmed(string account, string failure, DateTimeOffset until);

    [LoggerMessage(2008, LogLevel.Warning, "The session of {Account} has ended: {Why}.")]
    private partial void LogEnded(string account, SessionEnding why);

    private sealed class Watched(ClaimsPrincipal principal, string? refreshToken)
    {
        // What identifies a person: the account, the tenant, and the account as this application knows it.
        private static readonly string[] Identity = [PortalClaims.Account, PortalClaims.Tenant, PortalClaims.Subject];

        public string Account { get; } = DisplayText.Shorten(principal.Identity?.Name ?? "unknown");

        public Role? Role { get; } = ActorFactory.RoleOf(principal);

        public string? RefreshToken { get; set; } = refreshToken;

        public required DateTimeOffset End { get; init; }

        /// <summary>When the provider was asked last.</summary>
        public required DateTimeOffset Asked { get; set; }

        /// <summary>When it last said that all is as before.</summary>
        public required DateTimeOffset Confirmed { get; set; }

        /// <summary>It could not be asked the last time, which has been logged.</summary>
        public bool IsFailing { get; set; }

        /// <summary>The question that runs, or the last answer.</summary>
        public Task<SessionEnding?> Check { get; set; } = Task.FromResult<SessionEnding?>(null);

        public bool IsSamePerson(ClaimsPrincipal other) => Identity.All(c => principal.FindFirstValue(c) == other.FindFirstValue(c));
    }
}
