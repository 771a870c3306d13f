using CaPortal.Core.Certificates;

namespace CaPortal.Core.Checks;

/// <summary>Whether the key reaches 112 bits of security, which OpenSSL at level 2 and GnuTLS demand (NIST SP 800-57).</summary>
internal sealed class WeakKeyCheck : ICertificateCheck
{
    private const int MinRsaBits = 2048;
    private const int MinEcBits = 224;

    public string Subject => "key";

    public IEnumerable<Finding> Check(CheckedCertificate certificate, CheckContext context)
    {
        if (Weakness(certificate.Facts) is { } weakness)
        {
            yield return new Finding(
                FindingCode.WeakKey,
                FindingSeverity.Error,
                $"The key of this certificate {weakness}; many programs refuse every certificate that it issued.",
                "Ask the issuer for a certificate with a stronger key.");
        }
    }

    /// <summary>What is weak about a key, as the end of a sentence; null where nothing is.</summary>
    public static string? Weakness(CertificateFacts facts) => facts.KeyAlgorithm switch
    {
        "DSA" => "is a DSA key, which TLS no longer uses",
        "EC" when facts.KeySize < MinEcBits => $"is an EC key of {facts.KeySize} bits, where at least {MinEcBits} are needed",
        var rsa when rsa.StartsWith("RSA", StringComparison.Ordinal) && facts.KeySize < MinRsaBits =>
            $"is an RSA key of {facts.KeySize} bits, where at least {MinRsaBits} are needed",
        _ => null,
    };
}
