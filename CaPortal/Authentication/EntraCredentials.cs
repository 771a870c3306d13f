using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Identity.Abstractions;

namespace CaPortal.Authentication;

/// <summary>
/// What the portal proves with that it is the registered application, where that is no secret. It is first needed when somebody
/// signs in, which is late to hear that it is missing.
/// </summary>
internal static class EntraCredentials
{
    private static readonly string[] Lists = ["ClientCredentials", "ClientCertificates"];

    /// <summary>One sentence or two for each that cannot be used.</summary>
    public static IEnumerable<string> Problems(IConfiguration configuration) =>
        Lists.SelectMany(list => configuration.GetSection($"{EntraOptions.Section}:{list}").GetChildren())
            .Select(ProblemOf).OfType<string>();

    private static string? ProblemOf(IConfigurationSection credential)
    {
        var source = credential[nameof(CredentialDescription.SourceType)];
        if (!Enum.GetNames<CredentialSource>().Contains(source, StringComparer.OrdinalIgnoreCase))
            return $"{credential.Path}:{nameof(CredentialDescription.SourceType)} must be one of {string.Join(", ", Enum.GetNames<CredentialSource>())}.";
        if (!nameof(CredentialSource.Path).Equals(source, StringComparison.OrdinalIgnoreCase))
            return null;

        const string path = nameof(CredentialDescription.CertificateDiskPath);
        const string password = nameof(CredentialDescription.CertificatePassword);
        try
        {
            using var certificate = X509CertificateLoader.LoadPkcs12FromFile(credential[path] ?? "", credential[password]);
            return certificate.HasPrivateKey ? null : $"{credential.Path}:{path}: the file has no private key. Export the certificate with its key.";
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            return $"{credential.Path}:{path} must be a PKCS#12 file that the portal can read, and {password} its password: {e.Message}";
        }
    }
}
