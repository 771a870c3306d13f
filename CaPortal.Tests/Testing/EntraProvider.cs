using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CaPortal.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Identity.Web;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using Schemes = CaPortal.Authentication.Schemes;

namespace CaPortal.Tests.Testing;

/// <summary>
/// An OpenID Connect provider on loopback with the addresses, issuer and claims of Microsoft Entra ID. Everyone who comes is
/// signed in as <see cref="User"/>. It can go wrong in many ways.
/// </summary>
public sealed class EntraProvider : IAsyncDisposable
{
    private const string Tenant = "5f0c7c1e-4a6b-4f7e-9d52-0c8a9a1b2c3d";
    public const string ClientId = "7b1d6e2f-8c3a-4e5d-a6b7-1f2e3d4c5b6a";

    private const string Secret = "a-secret-of-the-tests";

    // One for all: making such keys takes seconds where many tests run at once.
    private static readonly RsaSecurityKey SigningKey = new(RSA.Create(2048)) { KeyId = "tests" };
    private static readonly SymmetricSecurityKey EncryptionKey = new(RandomNumberGenerator.GetBytes(32));

    private readonly X509Certificate2 _certificate = TestCertificates.SelfSignedServer();
    private readonly WebApplication _app;
    private int _refreshes;

    private EntraProvider()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, l => l.UseHttps(_certificate)));
        builder.Services.AddOpenIddict().AddServer(Configure);
        _app = builder.Build();
        _app.Use((context, next) =>
        {
            if (!IsDown)
                return next(context);
            context.Abort();
            return Task.CompletedTask;
        });
        _app.UseAuthentication();
    }

    /// <summary>Account name and app roles of the next person who signs in.</summary>
    public (string Name, string[] Roles) User { get; set; } = ("alice@example.com", [AppRoles.Administrator]);

    /// <summary>What is wrong with the tokens that are issued from now on.</summary>
    public TokenFlaws Flaws { get; set; } = new();

    /// <summary>It takes no requests.</summary>
    public bool IsDown { get; set; }

    /// <summary>The error that the person who signs in comes back with; null for none.</summary>
    public string? Refusal { get; set; }

    /// <summary>Error and description that refresh tokens are answered with; null if they work.</summary>
    public (string Error, string Description)? RefreshRefusal { get; set; }

    /// <summary>How often a refresh token came.</summary>
    public int Refreshes => _refreshes;

    /// <summary>All that must never be written anywhere: refresh tokens, tokens and codes that were issued.</summary>
    public ConcurrentQueue<string> Secrets { get; } = [];

    /// <summary>The certificate that a portal may prove itself with in place of the secret.</summary>
    public X509Certificate2? ClientCertificate { get; set; }

    private Uri Address => new(_app.Urls.First());

    private string Issuer => IssuerOf(Tenant);

    public static async Task<EntraProvider> StartAsync(CancellationToken cancellationToken)
    {
        var provider = new EntraProvider();
        await provider._app.StartAsync(cancellationToken);
        return provider;
    }

    /// <summary>A portal whose people and programs this provider knows.</summary>
    public PortalFactory CreatePortal() => new PortalFactory()
        .With("AzureAd:Instance", Address.AbsoluteUri)
        .With("AzureAd:TenantId", Tenant)
        .With("AzureAd:ClientId", ClientId)
        .With("AzureAd:ClientSecret", Secret)
        .WithServices(services =>
        {
            // A check that takes too long on a busy machine lets a session go on that the provider would have ended.
            services.AddSingleton(p => new SessionChecks(
                p.GetRequiredService<TokenRefresh>(), p.GetRequiredService<IOptions<SignInOptions>>(),
            p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ILogger<SessionChecks>>())
            {
                Timeout = TestFiles.Timeout,
            });
            services.AddHttpClient("entra").ConfigurePrimaryHttpMessageHandler(TrustingHandler);
            services.Configure<AadIssuerValidatorOptions>(o => o.HttpClientName = "entra");
            services.Configure<OpenIdConnectOptions>(Schemes.Entra, o =>
            (o.BackchannelHttpHandler, o.BackchannelTimeout) = (TrustingHandler(), TestFiles.Timeout));
            services.Configure<JwtBearerOptions>(Schemes.EntraBearer, o =>
            (o.BackchannelHttpHandler, o.BackchannelTimeout) = (TrustingHandler(), TestFiles.Timeout));
        });

    /// <summary>A client that trusts the provider and follows no redirect.</summary>
    public HttpClient CreateClient()
    {
        var handler = TrustingHandler();
        handler.AllowAutoRedirect = false;
        return new(handler) { BaseAddress = Address };
    }

    /// <summary>An access token of a program, as Entra ID issues it for the portal's API.</summary>
    public string CreateAccessToken(string[] roles, TokenFlaws? flaws = null) =>
        CreateToken("b5f0c7c1-0000-4000-8000-000000000001", roles, flaws ?? new(), new() { ["azp"] = ClientId });

    /// <summary>An access token that a program has got for an administrator, and the person's name in it, where there is one.</summary>
    public string CreatePersonsToken(string? name)
    {
        var claims = new Dictionary<string, object> { ["azp"] = ClientId, ["scp"] = "access" };
        if (name is not null)
            claims["preferred_username"] = name;
        return CreateToken("b5f0c7c1-0000-4000-8000-000000000003", [AppRoles.Administrator], new(), claims);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _certificate.Dispose();
    }

    private string CreateToken(string account, string[] roles, TokenFlaws flaws, Dictionary<string, object> claims)
    {
        var now = TimeProvider.System.GetUtcNow().UtcDateTime + flaws.ClockOffset;
        claims["oid"] = flaws.Account ?? account;
        claims["sub"] = flaws.Account ?? account;
        claims["tid"] = flaws.Tenant ?? Tenant;
        claims["ver"] = "2.0";
        claims["roles"] = roles;
        var token = new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = flaws.Issuer ?? IssuerOf(flaws.IsIssuedHere ? Tenant : flaws.Tenant ?? Tenant),
            Audience = flaws.Audience ?? ClientId,
            IssuedAt = now,
            NotBefore = now,
            Expires = now.AddHours(1),
            SigningCredentials = new(flaws.Key ?? SigningKey, SecurityAlgorithms.RsaSha256),
            Claims = claims,
        });
        return flaws.IsTampered ? Tamper(token) : token;
    }

    /// <summary>The same token and signature, naming another role.</summary>
    private static string Tamper(string token)
    {
        var parts = token.Split('.');
        var payload = Base64UrlEncoder.Decode(parts[1]);
        Assert.Contains(AppRoles.Reader, payload, StringComparison.Ordinal);
        return $"{parts[0]}.{Base64UrlEncoder.Encode(payload.Replace(AppRoles.Reader, AppRoles.Administrator, StringComparison.Ordinal))}.{parts[2]}";
    }

    private string IssuerOf(string tenant) => new Uri(Address, $"{tenant}/v2.0").AbsoluteUri;

    private HttpClientHandler TrustingHandler() => new()
    {
        ServerCertificateCustomValidationCallback = (_, certificate, _, _) =>
            certificate?.RawDataMemory.Span.SequenceEqual(_certificate.RawDataMemory.Span) == true,
    };

    private void Configure(OpenIddictServerBuilder server)
    {
        server.EnableDegradedMode();
        server.SetConfigurationEndpointUris($"{Tenant}/v2.0/.well-known/openid-configuration", "common/v2.0/.well-known/openid-configuration")
            .SetJsonWebKeySetEndpointUris($"{Tenant}/discovery/v2.0/keys")
            .SetAuthorizationEndpointUris($"{Tenant}/oauth2/v2.0/authorize")
            .SetTokenEndpointUris($"{Tenant}/oauth2/v2.0/token")
            .SetEndSessionEndpointUris($"{Tenant}/oauth2/v2.0/logout");
        server.AllowAuthorizationCodeFlow().AllowRefreshTokenFlow().RequireProofKeyForCodeExchange();
        server.RegisterScopes(Scopes.OpenId, Scopes.Profile, Scopes.Email, Scopes.OfflineAccess);
        server.AddEncryptionKey(EncryptionKey).AddSigningKey(SigningKey);
        server.UseAspNetCore();
        Handle<HandleConfigurationRequestContext>(c => c.Issuer = new Uri(Issuer), int.MaxValue);
        Handle<ValidateAuthorizationRequestContext>(c => RejectUnless(c, c.ClientId == ClientId && c.Request.ResponseType == ResponseTypes.Code));
        Handle<ExtractTokenRequestContext>(AcceptAssertion, int.MaxValue);
        Handle<ValidateTokenRequestContext>(ValidateTokenRequest);
        Handle<ApplyTokenResponseContext>(IssueTokens, int.MinValue);
        Handle<ValidateEndSessionRequestContext>(_ => { });
        Handle<HandleEndSessionRequestContext>(c => c.SignOut());
        Handle<HandleAuthorizationRequestContext>(c =>
        {
            if (Refusal is { } error)
                c.Reject(error, "AADSTS65004: the person declined.");
            else
                c.SignIn(Principal(c.Request.GetScopes()));
        });

        void Handle<TContext>(Action<TContext> action, int order = 0) where TContext : BaseContext =>
            server.AddEventHandler<TContext>(h => h.UseInlineHandler(c =>
            {
                action(c);
                return default;
            }).SetOrder(order));
    }

    private static void RejectUnless(BaseValidatingContext context, bool condition)
    {
        if (!condition)
            context.Reject(Errors.InvalidClient);
    }

    private void ValidateTokenRequest(ValidateTokenRequestContext context)
    {
        if (context.Request.IsRefreshTokenGrantType())
            Interlocked.Increment(ref _refreshes);
        RejectUnless(context, context.ClientId == ClientId && context.Request.ClientSecret == Secret);
        if (!context.IsRejected && context.Request.IsRefreshTokenGrantType() && RefreshRefusal is var (error, description))
            context.Reject(error, description);
    }

    /// <summary>Takes an assertion that is signed with the client's certificate for the secret.</summary>
    private void AcceptAssertion(ExtractTokenRequestContext context)
    {
        if (context.Request is not { ClientAssertion: { } assertion, ClientAssertionType: ClientAssertionTypes.JwtBearer } request || ClientCertificate is null)
            return;
        var token = new JsonWebToken(assertion);
        using var key = ClientCertificate.GetRSAPublicKey()!;
        var signed = Encoding.ASCII.GetBytes($"{token.EncodedHeader}.{token.EncodedPayload}");
        if (key.VerifyData(signed, Base64UrlEncoder.DecodeBytes(token.EncodedSignature), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            && (token.Issuer, token.Subject, token.X5t) == (ClientId, ClientId, Base64UrlEncoder.Encode(ClientCertificate.GetCertHash()))
            && token.Audiences.Single() == new Uri(Address, $"{Tenant}/oauth2/v2.0/token").AbsoluteUri)
            (request.ClientSecret, request.ClientAssertion, request.ClientAssertionType) = (Secret, null, null);
    }

    /// <summary>Tokens with what is true of the person now, as Entra ID issues them also for a refresh token.</summary>
    private void IssueTokens(ApplyTokenResponseContext context)
    {
        if (context.Response is not { IdToken: { } issued } response)
            return;
        var claims = new Dictionary<string, object> { ["preferred_username"] = User.Name };
        if (new JsonWebToken(issued).TryGetPayloadValue<string>("nonce", out var nonce))
            claims["nonce"] = nonce;
        response.IdToken = CreateToken("b5f0c7c1-0000-4000-8000-000000000002", User.Roles, Flaws, claims);
        foreach (var secret in new[] { response.IdToken, response.RefreshToken, response.AccessToken })
            if (secret is not null)
                Secrets.Enqueue(secret);
    }

    private ClaimsPrincipal Principal(ImmutableArray<string> scopes)
    {
        var identity = new ClaimsIdentity("Entra", Claims.PreferredUsername, PortalClaims.Role);
        identity.SetClaim(Claims.Subject, User.Name).SetScopes(scopes);
        return new(identity);
    }
}

/// <summary>What is wrong with a token; nothing at first.</summary>
public sealed record TokenFlaws
{
    /// <summary>The issuer that it names in place of the right one.</summary>
    public string? Issuer { get; init; }

    /// <summary>The tenant of the account in place of the portal's.</summary>
    public string? Tenant { get; init; }

    /// <summary>It names the portal's tenant as the issuer all the same.</summary>
    public bool IsIssuedHere { get; init; }

    /// <summary>The audience in place of the portal.</summary>
    public string? Audience { get; init; }

    /// <summary>The account in place of the usual person's.</summary>
    public string? Account { get; init; }

    /// <summary>The key that it is signed with in place of the provider's.</summary>
    public SecurityKey? Key { get; init; }

    /// <summary>Its roles were changed after it was signed.</summary>
    public bool IsTampered { get; init; }

    /// <summary>How far the provider's clock is ahead; tokens are valid for an hour.</summary>
    public TimeSpan ClockOffset { get; init; }
}
