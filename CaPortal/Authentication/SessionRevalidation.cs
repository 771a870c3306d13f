using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.Extensions.Options;

namespace CaPortal.Authentication;

/// <summary>
/// Signs open pages out as soon as their session has ended. A page belongs to the session that it was opened with. A
/// connection outlives the session that was asked for when it was made, and another person may come back with the same page.
/// </summary>
internal sealed class SessionRevalidation : RevalidatingServerAuthenticationStateProvider, IHostEnvironmentAuthenticationStateProvider
{
    private static readonly AuthenticationState Nobody = new(new ClaimsPrincipal(new ClaimsIdentity()));

    private static readonly AuthenticationState SignedOut = new(new ClaimsPrincipal(new ClaimsIdentity([new(PortalClaims.SignedOut, bool.TrueString)])));

    private readonly Sessions _sessions;
    private readonly IOptions<SignInOptions> _options;
    private Task<AuthenticationState> _state = Task.FromResult(Nobody);
    private bool _isOpened;

    public SessionRevalidation(ILoggerFactory loggerFactory, Sessions sessions, IOptions<SignInOptions> options)
        : base(loggerFactory)
    {
        (_sessions, _options) = (sessions, options);
        AuthenticationStateChanged += state => _state = state;
        _sessions.Ended += OnEnded;
    }

    // Twice as often as the provider is asked: another page may just have asked when this one looks.
    protected override TimeSpan RevalidationInterval => _options.Value.SessionCheckInterval / 2;

    /// <summary>Called when a page is opened, and each time that its browser comes back after the connection was lost.</summary>
    void IHostEnvironmentAuthenticationStateProvider.SetAuthenticationState(Task<AuthenticationState> authenticationStateTask)
    {
        var isBack = _isOpened;
        _isOpened = true;
        SetAuthenticationState(isBack ? ComeBackAsync(authenticationStateTask) : OpenAsync(authenticationStateTask));
    }

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

    /// <summary>The connection may have been made before the session ended.</summary>
    private async Task<AuthenticationState> OpenAsync(Task<AuthenticationState> authenticationStateTask)
    {
        var state = await authenticationStateTask;
        return SessionOf(state) is null || await _sessions.IsActiveAsync(state.User) ? state
            : _sessions.HasSignedOut(state.User) ? SignedOut
            : Nobody;
    }

    /// <summary>What is open, such as a dialog, acts for the person who opened it.</summary>
    private async Task<AuthenticationState> ComeBackAsync(Task<AuthenticationState> authenticationStateTask)
    {
        var state = await _state;
        return SessionOf(state) is { } session && SessionOf(await authenticationStateTask) != session ? Nobody : state;
    }

    private static string? SessionOf(AuthenticationState state) => state.User.FindFirstValue(PortalClaims.Session);

    private void OnEnded(string session, SessionEnding? why) => _ = SignOutAsync(session, why);

    private async Task SignOutAsync(string session, SessionEnding? why)
    {
        if (SessionOf(await _state) == session)
            SetAuthenticationState(Task.FromResult(why is null ? SignedOut : Nobody));
    }
}
