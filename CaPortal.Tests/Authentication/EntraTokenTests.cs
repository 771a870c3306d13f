using System.Net;
using System.Security.Cryptography;
using CaPortal.Authentication;
using CaPortal.Tests.Testing;
using Microsoft.IdentityModel.Tokens;

namespace CaPortal.Tests.Authentication;

/// <summary>Programs with tokens of Microsoft Entra ID.</summary>
[Collection(nameof(EntraFixture))]
public sealed class EntraTokenTests
{
    private const string Other = "00000000-0000-4000-8000-00000000000f";

    private readonly EntraProvider _entra;
    private readonly PortalFactory _portal;

    public EntraTokenTests(EntraFixture fixture)
    {
        (_entra, _portal) = (fixture.Provider, fixture.Portal);
        fixture.Reset();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string, TokenFlaws, HttpStatusCode> Tokens => new()
    {
        { "good", new(), HttpStatusCode.NotFound },
        { "clock 4 minutes ahead", new() { ClockOffset = TimeSpan.FromMinutes(4) }, HttpStatusCode.NotFound },
        { "clock 6 minutes ahead", new() { ClockOffset = TimeSpan.FromMinutes(6) }, HttpStatusCode.Unauthorized },
        { "expired 4 minutes ago", new() { ClockOffset = TimeSpan.FromMinutes(-64) }, HttpStatusCode.NotFound },
        { "expired 6 minutes ago", new() { ClockOffset = TimeSpan.FromMinutes(-66) }, HttpStatusCode.Unauthorized },
        { "other issuer", new() { Issuer = "https://elsewhere.example/v2.0" }, HttpStatusCode.Unauthorized },
        { "other audience", new() { Audience = Other }, HttpStatusCode.Unauthorized },
        { "other tenant", new() { Tenant = Other }, HttpStatusCode.Unauthorized },
        { "guest's tenant in a token of this issuer", new() { Tenant = Other, IsIssuedHere = true }, HttpStatusCode.Unauthorized },
        { "tampered", new() { IsTampered = true }, HttpStatusCode.Unauthorized },
    };

    [Theory]
    [MemberData(nameof(Tokens))]
    public async Task Api_WithATokenOfTheProvider_AcceptsOnlyTheRightOne(string kind, TokenFlaws flaws, HttpStatusCode expected)
    {
        using var client = _portal.CreateApiClient(_entra.CreateAccessToken([AppRoles.Reader], flaws));
        using var answer = await client.GetAsync("/api/v1/unknown", Cancellation);

        Assert.True(expected == answer.StatusCode, $"{kind}: {answer.StatusCode}");
    }

    [Fact]
    public async Task Api_WithATokenSignedByAnother_RefusesIt()
    {
        using var rsa = RSA.Create(2048);
        using var client = _portal.CreateApiClient(_entra.CreateAccessToken([AppRoles.Reader], new() { Key = new RsaSecurityKey(rsa) { KeyId = "tests" } }));
        using var answer = await client.GetAsync("/api/v1/unknown", Cancellation);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Theory]
    [InlineData(AppRoles.Reader, HttpStatusCode.OK, HttpStatusCode.Forbidden)]
    [InlineData(AppRoles.Administrator, HttpStatusCode.OK, HttpStatusCode.OK)]
    [InlineData("Another.Role", HttpStatusCode.Forbidden, HttpStatusCode.Forbidden)]
    [InlineData(null, HttpStatusCode.Forbidden, HttpStatusCode.Forbidden)]
    public async Task Api_WithARole_IsOpenAsFarAsTheRoleGoes(string? role, HttpStatusCode reads, HttpStatusCode changes)
    {
        using var client = _portal.CreateApiClient(_entra.CreateAccessToken(role is null ? [] : [role]));
        using var list = await client.GetAsync("/api/v1/ca-certificates", Cancellation);
        using var verified = await client.PostAsync("/api/v1/trust-stores/verify", null, Cancellation);

        Assert.Equal((reads, changes), (list.StatusCode, verified.StatusCode));
    }

    [Fact]
    public async Task Api_ProviderDownLater_StillKnowsItsKeys()
    {
        using var client = _portal.CreateApiClient(_entra.CreateAccessToken([AppRoles.Reader]));
        (await client.GetAsync("/api/v1/unknown", Cancellation)).Dispose();
        _entra.IsDown = true;
        using var answer = await client.GetAsync("/api/v1/unknown", Cancellation);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task Api_WithTheApiKey_WorksBesideEntra()
    {
        using var client = _portal.CreateApiClient();
        using var answer = await client.GetAsync("/api/v1/unknown", Cancellation);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }
}
