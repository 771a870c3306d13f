using System.Net;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Identity.Web;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using Schemes = CaPortal.Authentication.Schemes;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace CaPortal.Tests.Testing;

/// <summary>An OpenID Connect provider on loopback with the addresses, issuer and claims of Microsoft Entra ID. Whoever comes is signed in as <see cref="User"/>.</summary>
public sealed class EntraProvider : IAsyncDisposable
{
    private const string Tenant = "5f0c7c1e-4a6b-4f7e-9d52-0c8a9a1b2c3d";
    public const string ClientId = "7b1d6e2f-8c3a-4e5d-a6b7-1f2e3d4c5b6a";

    private readonly X509Certificate2 _certificate = TestCertificates.SelfSignedServer();
    private readonly RsaSecurityKey _signingKey = new(RSA.Create(2048)) { KeyId = "tests" };
    private readonly WebApplication _app;

    private EntraProvider()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, l => l.UseHttps(_certificate)));
        builder.Services.AddOpenIddict().AddServer(Configure);
        _app = builder.Build();
        _app.UseAuthentication();
    }

    /// <summary>Account name and app roles of whoever signs in next.</summary>
    public (string Name, string[] Roles) User { get; set; } = ("alice@example.com", [AppRoles.Administrator]);

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
        .With("AzureAd:ClientSecret", "a-secret-of-the-tests")
        .WithServices(services =>
        {
            services.AddHttpClient("entra").ConfigurePrimaryHttpMessageHandler(TrustingHandler);
            services.Configure<AadIssuerValidatorOptions>(o => o.HttpClientName = "entra");
            services.Configure<OpenIdConnectOptions>(Schemes.Entra, o => o.BackchannelHttpHandler = TrustingHandler());
            services.Configure<JwtBearerOptions>(Schemes.EntraBearer, o => o.BackchannelHttpHandler = TrustingHandler());
        });

    /// <summary>An access token of a program, as Entra ID issues it for the portal's API.</summary>
    public string CreateAccessToken(string[] roles, string? issuer = null, string? audience = null, string? tenant = null, SecurityKey? key = null)
    {
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer ?? IssuerOf(tenant ?? Tenant),
            Audience = audience ?? ClientId,
            IssuedAt = now,
            NotBefore = now,
            Expires = now.AddMinutes(5),
            SigningCredentials = new(key ?? _signingKey, SecurityAlgorithms.RsaSha256),
            Claims = new Dictionary<string, object>
            {
                ["oid"] = "b5f0c7c1-0000-4000-8000-000000000001",
                ["sub"] = "b5f0c7c1-0000-4000-8000-000000000001",
                ["tid"] = tenant ?? Tenant,
                ["azp"] = ClientId,
                ["ver"] = "2.0",
                ["roles"] = roles,
            },
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _signingKey.Rsa.Dispose();
        _certificate.Dispose();
    }

    private string IssuerOf(string tenant) => new Uri(Address, $"{tenant}/v2.0").AbsoluteUri;

    private HttpClientHandler TrustingHandler() => new()
    {
        ServerCertificateCustomValidationCallback = (_, certificate, _, _) => certificate?.RawDataMemory.Span.SequenceEqual(_certificate.RawDataMemory.Span) == true,
    };

    private void Configure(OpenIddictServerBuilder server)
    {
        server.EnableDegradedMode();
        server.SetConfigurationEndpointUris($"{Tenant}/v2.0/.well-known/openid-configuration", "common/v2.0/.well-known/openid-configuration")
            .SetJsonWebKeySetEndpointUris($"{Tenant}/discovery/v2.0/keys")
            .SetAuthorizationEndpointUris($"{Tenant}/oauth2/v2.0/authorize")
            .SetTokenEndpointUris($"{Tenant}/oauth2/v2.0/token")
            .SetEndSessionEndpointUris($"{Tenant}/oauth2/v2.0/logout");
        server.AllowAuthorizationCodeFlow().RequireProofKeyForCodeExchange();
        server.RegisterScopes(Scopes.OpenId, Scopes.Profile, Scopes.Email, Scopes.OfflineAccess);
        server.AddEphemeralEncryptionKey().AddSigningKey(_signingKey);
        server.UseAspNetCore();
        Handle<HandleConfigurationRequestContext>(c => c.Issuer = new Uri(Issuer), int.MaxValue);
        Handle<ProcessSignInContext>(c => c.IdentityTokenPrincipal?.SetClaim(Claims.Private.Issuer, Issuer), OpenIddictServerHandlers.GenerateIdentityToken.Descriptor.Order - 1);
        Handle<ValidateAuthorizationRequestContext>(c => RejectUnless(c, c.ClientId == ClientId && c.Request.ResponseType == ResponseTypes.Code));
        Handle<ValidateTokenRequestContext>(c => RejectUnless(c, c.ClientId == ClientId && c.Request.ClientSecret == "a-secret-of-the-tests"));
        Handle<ValidateEndSessionRequestContext>(_ => { });
        Handle<HandleEndSessionRequestContext>(c => c.SignOut());
        Handle<HandleAuthorizationRequestContext>(c => c.SignIn(Principal()));

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

    private ClaimsPrincipal Principal()
    {
        var identity = new ClaimsIdentity("Entra", Claims.PreferredUsername, PortalClaims.Role);
        identity.SetClaim(Claims.Subject, User.Name)
            .SetClaim("oid", "b5f0c7c1-0000-4000-8000-000000000002")
            .SetClaim("tid", Tenant)
            .SetClaim("ver", "2.0")
            .SetClaim(Claims.PreferredUsername, User.Name);
        foreach (var role in User.Roles)
            identity.AddClaim(new(PortalClaims.Role, role));
        identity.SetDestinations(_ => [Destinations.IdentityToken]);
        return new(identity);
    }
}
