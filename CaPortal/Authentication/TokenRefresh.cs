using System.Net;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace CaPortal.Authentication;

/// <summary>Redeems refresh tokens at the token endpoint of Microsoft Entra ID.</summary>
internal sealed class TokenRefresh(IOptionsMonitor<OpenIdConnectOptions> openIdConnect, ClientProof proof)
{
    // "A client request loop": the portal asks too often. The answer has the error of a withdrawn token, and says nothing about the person.
    private const string TooOften = "AADSTS50196";

    private static readonly string[] Withdrawn = ["invalid_grant", "interaction_required", "consent_required", "login_required", "access_denied"];

    /// <summary>Who the person is now, and the token for the next time.</summary>
    public sealed record Refreshed(ClaimsPrincipal Principal, string? RefreshToken);

    /// <returns>Null if the provider does not accept the token any more.</returns>
    /// <exception cref="Exception">No answer, or one that says nothing about the person.</exception>
    public async Task<Refreshed?> RedeemAsync(string refreshToken, CancellationToken cancellationToken)
    {
        var options = openIdConnect.Get(Schemes.Entra);
        var endpoint = (await options.ConfigurationManager!.GetConfigurationAsync(cancellationToken)).TokenEndpoint;
        var message = new OpenIdConnectMessage
        {
            GrantType = OpenIdConnectGrantTypes.RefreshToken,
            RefreshToken = refreshToken,
            Scope = string.Join(' ', options.Scope),
        };
        await proof.AddToAsync(message, options, endpoint);

        using var content = new FormUrlEncodedContent(message.Parameters.Where(p => p.Value is not null));
        using var response = await options.Backchannel.PostAsync(endpoint, content, cancellationToken);
        if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.BadRequest or HttpStatusCode.Unauthorized))
            throw new HttpRequestException(
                HttpRequestError.Unknown,
                $"The token endpoint answered with status {(int)response.StatusCode}.",
                null,
                response.StatusCode);

        var answer = new OpenIdConnectMessage(await response.Content.ReadAsStringAsync(cancellationToken));
        if (answer.Error is { Length: > 0 } error)
        {
            return Withdrawn.Contains(error, StringComparer.Ordinal) && answer.ErrorDescription?.Contains(TooOften, StringComparison.Ordinal) != true
                ? null
                : throw new OpenIdConnectProtocolException(EntraFailures.CodeOf(error, answer.ErrorDescription));
        }

        return new(await ValidateAsync(answer.IdToken, options), answer.RefreshToken);
    }

    /// <exception cref="SecurityTokenException">A token that is not valid proves nothing, regardless of who sent it. It does not
    /// prove that access was withdrawn either.</exception>
    private static async Task<ClaimsPrincipal> ValidateAsync(string? idToken, OpenIdConnectOptions options)
    {
        var parameters = options.TokenValidationParameters.Clone();
        parameters.ConfigurationManager = options.ConfigurationManager as BaseConfigurationManager;
        var result = await options.TokenHandler.ValidateTokenAsync(idToken, parameters);
        return result.IsValid ? new(result.ClaimsIdentity) : throw new SecurityTokenException("The token of a refresh is not valid.", result.Exception);
    }
}
