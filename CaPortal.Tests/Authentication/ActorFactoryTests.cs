using System.Security.Claims;
using CaPortal.Authentication;
using CaPortal.Core.Access;
using CaPortal.Core.ApiKeys;

namespace CaPortal.Tests.Authentication;

public sealed class ActorFactoryTests
{
    [Theory]
    [InlineData(AppRoles.Administrator, Role.Administrator)]
    [InlineData(AppRoles.Reader, Role.Reader)]
    public void Create_WithARole_NamesWhoAndFromWhere(string role, Role expected) =>
        Assert.Equal(new Actor("alice", expected, "192.0.2.1"), ActorFactory.Create(PortalIdentity.Create("alice", role, "test"), "192.0.2.1"));

    [Fact]
    public void Create_WithBothRoles_IsAdministrator()
    {
        var principal = PortalIdentity.Create("alice", AppRoles.Reader, "test");
        principal.Identities.Single().AddClaim(new Claim(PortalClaims.Role, AppRoles.Administrator));

        Assert.Equal(Role.Administrator, ActorFactory.Create(principal, null).Role);
    }

    [Theory]
    [InlineData("Administrator")]
    [InlineData("caportal.administrator")]
    [InlineData("")]
    public void Create_WithoutARoleOfThePortal_Throws(string role) =>
        Assert.Throws<UnauthorizedAccessException>(() => ActorFactory.Create(PortalIdentity.Create("mallory", role, "test"), null));

    [Fact]
    public void Create_WithAKey_IsAProgramOfWhoeverMadeIt()
    {
        var key = new ApiKeySummary
        {
            Id = 1,
            Name = "deploy",
            Role = Role.Administrator,
            Prefix = "caportal_00000000",
            CreatedBy = "alice",
            Person = "alice",
            CreatedAt = default,
            ExpiresAt = null,
            LastUsedAt = null,
            RevokedAt = null,
            RevokedBy = null,
            Status = ApiKeyStatus.Active,
        };

        Assert.Equal(
            new Actor("API key \"deploy\" (caportal_00000000)", Role.Administrator, "192.0.2.1") { OnBehalfOf = "alice", IsProgram = true },
            ActorFactory.Create(PortalIdentity.OfKey(key, Schemes.ApiKey), "192.0.2.1"));
        Assert.Equal(
            new Actor("API key", Role.Administrator, "192.0.2.1") { IsProgram = true },
            ActorFactory.Create(PortalIdentity.Create("API key", AppRoles.Administrator, Schemes.ApiKey), "192.0.2.1"));
        Assert.Null(ActorFactory.Create(PortalIdentity.OfKey(key with { Person = null }, Schemes.ApiKey), null).Person);
        Assert.Null(ActorFactory.Create(PortalIdentity.OfLink(), null).Person);
    }

    [Theory]
    [InlineData("azp=app-1", "Application app-1", true)]
    [InlineData("appid=app-1", "Application app-1", true)]
    [InlineData("azp=app-1 idtyp=app", "Application app-1", true)]
    [InlineData("azp=app-1 idtyp=app preferred_username=app@corp", "app@corp", true)]
    [InlineData("azp=app-1 preferred_username=alice", "alice", false)]
    [InlineData("azp=app-1 scp=access", "unknown", false)]
    [InlineData("azp=app-1 idtyp=user scp=access", "unknown", false)]
    [InlineData("preferred_username=alice caportal_on_behalf_of=bob", "alice", false)]
    [InlineData("oid=1", "unknown", false)]
    public void Create_WithATokenOfEntra_TellsProgramsFromPeople(string claims, string name, bool isProgram)
    {
        var identity = new ClaimsIdentity(
            claims.Split(' ').Select(c => new Claim(c.Split('=')[0], c.Split('=')[1])).Append(new(PortalClaims.Role, AppRoles.Reader)),
            "Bearer", PortalClaims.Name, PortalClaims.Role);

        var actor = ActorFactory.Create(new ClaimsPrincipal(identity), null);
        Assert.Equal((name, isProgram), (actor.Name, actor.IsProgram));
        Assert.Equal(name == "alice" ? name : null, actor.Person);
    }
}
