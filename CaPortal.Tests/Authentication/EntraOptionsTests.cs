using System.Security.Cryptography.X509Certificates;
using CaPortal.Authentication;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.Configuration;

namespace CaPortal.Tests.Authentication;

public sealed class EntraOptionsTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("Path", "portal.pfx", "right", null)]
    [InlineData("path", "portal.pfx", "right", null)]
    [InlineData("KeyVault", "", "", null)]
    [InlineData("Pth", "portal.pfx", "right", "AzureAd:ClientCredentials:0:SourceType must be one of Certificate, ")]
    [InlineData("", "portal.pfx", "right", "AzureAd:ClientCredentials:0:SourceType must be one of Certificate, ")]
    [InlineData("Path", "missing.pfx", "right", "AzureAd:ClientCredentials:0:CertificateDiskPath must be a PKCS#12 file that the portal can read")]
    [InlineData("Path", "portal.pfx", "wrong", "AzureAd:ClientCredentials:0:CertificateDiskPath must be a PKCS#12 file that the portal can read")]
    [InlineData("Path", "no-key.pfx", "right", "AzureAd:ClientCredentials:0:CertificateDiskPath: the file has no private key.")]
    [InlineData("Path", "no-key.cer", "right", "AzureAd:ClientCredentials:0:CertificateDiskPath must be a PKCS#12 file that the portal can read")]
    public void Validate_Credential_IsTriedAtTheStart(string source, string file, string password, string? problem)
    {
        using (var certificate = CertificateTemplate.Server(null).Create())
        using (var bare = X509CertificateLoader.LoadCertificate(certificate.RawData))
        {
            File.WriteAllBytes(_folder["portal.pfx"], certificate.ExportPkcs12(Pkcs12ExportPbeParameters.Default, "right"));
            File.WriteAllBytes(_folder["no-key.pfx"], bare.ExportPkcs12(Pkcs12ExportPbeParameters.Default, "right"));
            File.WriteAllBytes(_folder["no-key.cer"], bare.RawData);
        }

        const string credential = "AzureAd:ClientCredentials:0";
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([
                new($"{credential}:SourceType", source),
                new($"{credential}:CertificateDiskPath", _folder[file]),
                new($"{credential}:CertificatePassword", password),
            ])
            .Build();
        var options = new EntraOptions
        {
            Instance = "https://login.example/",
            TenantId = Guid.NewGuid().ToString(),
            ClientId = Guid.NewGuid().ToString(),
        };

        var failures = new EntraOptions.Validator(configuration).Validate(null, options).Failures?.ToList() ?? [];

        Assert.Equal(problem is null ? 0 : 1, failures.Count);
        Assert.All(failures, f => Assert.StartsWith(problem!, f, StringComparison.Ordinal));
        Assert.All(failures, f => Assert.DoesNotContain("wrong", f, StringComparison.Ordinal));
    }
}
