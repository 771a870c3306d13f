using Microsoft.Extensions.Options;

namespace CaPortal.Authentication;

/// <summary>What must be set for Microsoft Entra ID: the section <c>AzureAd</c>, which Microsoft.Identity.Web reads in full.</summary>
internal sealed class EntraOptions
{
    public const string Section = "AzureAd";

    public string Instance { get; set; } = "";
    public string TenantId { get; set; } = "";
    public string ClientId { get; set; } = "";
    public string ClientSecret { get; set; } = "";

    /// <summary>Whether people sign in with Microsoft Entra ID.</summary>
    public static bool IsConfigured(IConfiguration configuration) =>
        configuration.GetSection(Section).GetChildren().Any(s => s.GetChildren().Any() || !string.IsNullOrWhiteSpace(s.Value));

    /// <summary>The origin that sign-out leads to.</summary>
    public static string Origin(IConfiguration configuration) =>
        Uri.TryCreate(configuration[$"{Section}:{nameof(Instance)}"], UriKind.Absolute, out var instance) ? instance.GetLeftPart(UriPartial.Authority) : "";

    internal sealed class Validator(IConfiguration configuration) : IValidateOptions<EntraOptions>
    {
        public ValidateOptionsResult Validate(string? name, EntraOptions options)
        {
            if (!IsConfigured(configuration))
                return ValidateOptionsResult.Skip;
            List<string> failures = [];
            if (!Uri.TryCreate(options.Instance, UriKind.Absolute, out var instance) || instance.Scheme != Uri.UriSchemeHttps)
                failures.Add($"{Section}:{nameof(Instance)} must be the https address of the sign-in service, for example https://login.microsoftonline.com/.");
            if (!Guid.TryParse(options.TenantId, out _))
                failures.Add(
                    $"{Section}:{nameof(TenantId)} must be the directory (tenant) identifier of your organisation, a GUID: "
                        + "'common' and the like would let people of every organisation sign in.");
            if (!Guid.TryParse(options.ClientId, out _))
                failures.Add($"{Section}:{nameof(ClientId)} must be the application (client) identifier of the app registration.");
            if (options.ClientSecret.Length == 0 && !HasChildren("ClientCertificates") && !HasChildren("ClientCredentials"))
                failures.Add(
                    $"{Section}:{nameof(ClientSecret)} (or {Section}:ClientCredentials) must be set: "
                        + "the portal proves with it that it is the registered application.");
            if (options.ClientSecret.Length == 0)
                failures.AddRange(EntraCredentials.Problems(configuration));
            return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
        }

        private bool HasChildren(string key) => configuration.GetSection($"{Section}:{key}").GetChildren().Any();
    }
}
