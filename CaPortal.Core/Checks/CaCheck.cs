using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;

namespace CaPortal.Core.Checks;

/// <summary>Whether the certificate may issue others (RFC 5280 §4.2.1.3 and §4.2.1.9), in the eyes of strict programs.</summary>
internal sealed class CaCheck : ICertificateCheck
{
    public string Subject => "CA flag";

    public IEnumerable<Finding> Check(CheckedCertificate certificate, CheckContext context)
    {
        var facts = certificate.Facts;
        if (IsSelfSignedLeaf(facts))
        {
            yield return new Finding(
                FindingCode.SelfSignedLeaf,
                FindingSeverity.Error,
                "This is a self-signed server or client certificate, not a CA: trusting it trusts just the one server or client that has it, "
                    + "and some programs refuse it as a trust anchor.",
                "Add it with a reason if exactly this server is to be trusted; otherwise ask for the certificate of the CA.");
        }
        else if (WhyNotACa(facts) is { } why)
        {
            yield return new Finding(
                FindingCode.NotACa,
                FindingSeverity.Error,
                $"This is not a CA certificate: {why}, so programs refuse every certificate that it issued.",
                $"Add the certificate of its issuer, {Texts.Quote(facts.IssuerName)}, instead.");
        }
        else if (facts is { IsSelfSigned: true, BasicConstraintsCa: null })
        {
            var age = facts.Version < 3 ? $"of the old version {facts.Version}, which cannot say" : "without basic constraints, which would say";
            yield return new Finding(
                FindingCode.LegacyCa,
                FindingSeverity.Error,
                $"This self-signed certificate is {age} whether it is a CA; GnuTLS and Java refuse such certificates as CAs, while OpenSSL accepts them.",
                "Ask the issuer for a current CA certificate, or add it with a reason if only programs that accept it are concerned.");
        }
    }

    private static bool IsSelfSignedLeaf(CertificateFacts facts) =>
        facts.IsSelfSigned
        && (facts.BasicConstraintsCa == false
            || (facts.BasicConstraintsCa is null && (LacksKeyCertSign(facts) || facts.ExtendedKeyUsages is not null)));

    /// <summary>Why it may not issue others, as the end of a sentence; null if it may.</summary>
    public static string? WhyNotACa(CertificateFacts facts)
    {
        if (facts.BasicConstraintsCa == false)
            return "its basic constraints say that it is none";
        if (facts.BasicConstraintsCa is null && !facts.IsSelfSigned)
            return "it does not have the CA flag (basic constraints)";
        return LacksKeyCertSign(facts) ? "its key usage does not include signing certificates" : null;
    }

    private static bool LacksKeyCertSign(CertificateFacts facts) =>
        facts.KeyUsage is { } usage && !usage.HasFlag(X509KeyUsageFlags.KeyCertSign);
}
