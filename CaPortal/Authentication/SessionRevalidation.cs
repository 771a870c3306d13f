using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.Extensions.Options;

namespace CaPortal.Authentication;

/// <summary>Signs open pages out as soon as their session has ended.</summary>
internal sealed class SessionRevalidation : RevalidatingServerAuthenticationStateProvider
{
    private static readonly AuthenticationState Nobody = new(new ClaimsPrincipal(new ClaimsIdentity()));

    private static readonly AuthenticationState SignedOut = new(new ClaimsPrincipal(new ClaimsIdentity([new(PortalClaims.SignedOut, bool.TrueString)])));

    private readonly Sessions _sessions;
    private readonly IOptions<SignInOptions> _options;
    private Task<AuthenticationState> _state = Task.FromResult(Nobody);

    public SessionRevalidation(ILoggerFactory loggerFactory, Sessions sessions, IOptions<SignInOptions> options)
        : base(loggerFactory)
    {
        (_sessions, _options) = (sessions, options);
        AuthenticationStateChanged += state => _state = state;
        _sessions.Ended += OnEnded;
    }

    // Twice as often as the provider is asked: another page may just have asked when this one looks.
    protected override TimeSpan RevalidationInterval => _options.Value.SessionCheckInterval / 2;

    protected override async Task<bool> ValidateAuthenticationStateAsync(AuthenticationState authenticationState, CancellationToken cancellationToken)
    {
        if (await _sessions.IsActiveAsync(authenticationState.User))
            return true;
        if (!_sessions.HasSignedOut(authenticationState.User))
            return false;

        // This look came before the news that somebody signed out, and must not hide it.
        SetAuthenticationState(Task.FromResult(SignedOut));
        return true;
    }

    protected override void Dispose(bool disposing)
    {
        _sessions.Ended -= OnEnded;
        base.Dispose(disposing);
    }

    private void OnEnded(string session, SessionEnding? why) => _ = SignOutAsync(session, why);

    private async Task SignOutAsync(string session, SessionEnding? why)
    {
        if ((await _state).User.FindFirstValue(PortalClaims.Session) == session)
            SetAuthenticationState(Task.FromResult(why is null ? SignedOut : Nobody));
    }
}
