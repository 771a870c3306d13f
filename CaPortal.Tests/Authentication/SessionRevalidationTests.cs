using System.Security.Claims;
using CaPortal.Authentication;
using CaPortal.Core;
using CaPortal.Tests.Testing;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace CaPortal.Tests.Authentication;

/// <summary>A page acts for the session that opened it, and for no other.</summary>
public sealed class SessionRevalidationTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly FakeTimeProvider _time = FakeTime.FromNow();
    private readonly Sessions _sessions;
    private readonly SessionRevalidation _page;

    public SessionRevalidationTests()
    {
        var options = Options.Create(new SignInOptions());
        var kept = new EndedSessions(
            Options.Create(new CoreOptions { DataDirectory = _folder.Path }), new CaPortal.Core.Data.SolePortal(), _time, NullLogger<EndedSessions>.Instance);
        _sessions = new Sessions(options, kept, _time);
        _page = new SessionRevalidation(NullLoggerFactory.Instance, _sessions, options);
    }

    public void Dispose()
    {
        ((IDisposable)_page).Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Page_OpenedInASession_ActsForIt()
    {
        Connect(Begin("alice"));

        Assert.Equal("alice", await NameAsync());
    }

    [Theory]
    [InlineData(null)]
    [InlineData(SessionEnding.RoleChanged)]
    [InlineData(SessionEnding.AccessWithdrawn)]
    public async Task Page_OpenedOnAConnectionOlderThanTheEndOfItsSession_ActsForNobody(SessionEnding? why)
    {
        var alice = Begin("alice");
        _sessions.End(alice, why);
        Connect(alice);

        Assert.Null(await NameAsync());
        Assert.Equal(why is null, (await _page.GetAuthenticationStateAsync()).User.HasClaim(c => c.Type == PortalClaims.SignedOut));
    }

    [Fact]
    public async Task Page_OpenedOnAConnectionAfterItsSessionRanOut_ActsForNobody()
    {
        var alice = Begin("alice");
        _time.Advance(new SignInOptions().SessionLifetime);
        Connect(alice);

        Assert.Null(await NameAsync());
    }

    [Theory]
    [InlineData("rita")]
    [InlineData("alice")]
    public async Task Page_TakenOverByAnotherSession_ActsForNobody(string name)
    {
        Connect(Begin("alice"));
        Connect(Begin(name));

        Assert.Null(await NameAsync());
    }

    [Fact]
    public async Task Page_BackAfterItsConnectionWasLost_ActsAsBefore()
    {
        var alice = Begin("alice");
        Connect(alice);
        Connect(alice.Clone());

        Assert.Equal("alice", await NameAsync());
    }

    [Fact]
    public async Task Page_BackAfterItsSessionHasEnded_ActsForNobody()
    {
        var alice = Begin("alice");
        Connect(alice);
        _sessions.End(alice);
        Connect(alice);
        Connect(Begin("alice"));

        Assert.Null(await NameAsync());
    }

    private ClaimsPrincipal Begin(string name)
    {
        var principal = PortalIdentity.Create(name, AppRoles.Administrator, Schemes.Cookie);
        _sessions.Begin(principal, refreshToken: null);
        return principal;
    }

    /// <summary>As a circuit does with the user of the connection that opens it or comes back to it.</summary>
    private void Connect(ClaimsPrincipal user) =>
        ((IHostEnvironmentAuthenticationStateProvider)_page).SetAuthenticationState(Task.FromResult(new AuthenticationState(user)));

    private async Task<string?> NameAsync() => (await _page.GetAuthenticationStateAsync()).User.Identity?.Name;
}
