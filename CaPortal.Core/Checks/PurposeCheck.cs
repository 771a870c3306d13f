using CaPortal.Core.Certificates;

namespace CaPortal.Core.Checks;

/// <summary>Whether extendedKeyUsage (RFC 5280 §4.2.1.12) lets the CA issue certificates for TLS servers.</summary>
internal sealed class PurposeCheck : ICertificateCheck
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const int MaxShown = 5;
    private const string AnyExtendedKeyUsage = "2.5.29.37.0";

    public string Subject => "purposes";

    public IEnumerable<Finding> Check(CheckedCertificate certificate, CheckContext context)
    {
        if (OtherPurposes(certificate.Facts) is { } purposes)
        {
            yield return new Finding(
                FindingCode.NotForTls,
                FindingSeverity.Warning,
                $"This certificate is limited to other purposes than TLS servers ({purposes}), so programs refuse servers whose certificates it issued.",
                "Ask the issuer for the CA certificate that its TLS servers use.");
        }
    }

    /// <summary>The purposes that it is limited to, safe to show, where TLS servers are none of them; else null.</summary>
    public static string? OtherPurposes(CertificateFacts facts) =>
        facts.ExtendedKeyUsages is { } usages && !usages.Contains(ServerAuthentication) && !usages.Contains(AnyExtendedKeyUsage)
            ? DisplayText.Shorten(string.Join(", ", usages.Take(MaxShown).Select(OidNames.ExtendedKeyUsage)))
            : null;
}
