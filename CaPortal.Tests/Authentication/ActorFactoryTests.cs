using System.Security.Claims;
using CaPortal.Authentication;
using CaPortal.Core.Management;

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
}
