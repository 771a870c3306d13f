using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.Extensions.Options;
using Microsoft.Identity.Abstractions;
using Microsoft.Identity.Web;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace CaPortal.Authentication;

/// <summary>How the portal proves to Microsoft Entra ID that it is the registered application: by its secret, else by a certificate.</summary>
internal sealed class ClientProof(IOptionsMonitor<MicrosoftIdentityOptions> identity, TimeProvider time)
{
    private const string AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    private static readonly TimeSpan AssertionLifetime = TimeSpan.FromMinutes(5);

    private readonly DefaultCredentialsLoader _loader = new();

    /// <summary>Adds the proof to a request for the token endpoint.</summary>
    /// <exception cref="InvalidOperationException">There is no secret, and no certificate that can be loaded.</exception>
    public async Task AddToAsync(OpenIdConnectMessage request, OpenIdConnectOptions options, string audience)
    {
        request.ClientId = options.ClientId;
        if (!string.IsNullOrEmpty(options.ClientSecret))
        {
            request.ClientSecret = options.ClientSecret;
            return;
        }

        request.ClientAssertionType = AssertionType;
        request.ClientAssertion = Sign(await LoadCertificateAsync(), options.ClientId!, audience);
    }

    private async Task<X509Certificate2> LoadCertificateAsync()
    {
        var configured = identity.Get(Schemes.Entra);
        CredentialDescription[] credentials = [.. configured.ClientCredentials ?? [], .. configured.ClientCertificates ?? []];
        foreach (var credential in credentials)
        {
            await _loader.LoadCredentialsIfNeededAsync(credential);
            if (credential.Certificate is { } certificate)
                return certificate;
        }

        throw new InvalidOperationException("None of the certificates in AzureAd:ClientCredentials can be loaded.");
    }

    private string Sign(X509Certificate2 certificate, string clientId, string audience)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = clientId,
            Audience = audience,
            IssuedAt = now,
            NotBefore = now,
            Expires = now + AssertionLifetime,
            SigningCredentials = new X509SigningCredentials(certificate, SecurityAlgorithms.RsaSha256),
            Claims = new Dictionary<string, object> { [JwtRegisteredClaimNames.Sub] = clientId, [JwtRegisteredClaimNames.Jti] = Guid.NewGuid().ToString() },
        });
    }
}
