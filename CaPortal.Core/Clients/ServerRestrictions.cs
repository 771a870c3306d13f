using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using static CaPortal.Core.Clients.ClientFamilies;

namespace CaPortal.Core.Clients;

/// <summary>What some clients demand of a server's own certificate.</summary>
internal static class ServerRestrictions
{
    private const string SubjectAlternativeName = "2.5.29.17";
    private const int MaxAppleDays = 825;
    private const string NoDigitalSignature = "its key usage does not include digital signatures, which TLS 1.3 and ECDHE need";
    private const string DigitalSignatureAdvice = "Ask the issuer to issue it again with the key usage digitalSignature.";

    // "Requirements for trusted certificates in iOS 13 and macOS 10.15" (support.apple.com/103769): for private CAs too, for certificates from this day on.
    private static readonly DateTime AppleFrom = new(2019, 7, 1, 0, 0, 0, DateTimeKind.Utc);

    public static readonly RestrictionRow[] Rows =
    [
        // Go: release notes of 1.15. Browsers: Chrome 58, Firefox 48, Apple as above. urllib3: release notes of 2.0.
        new(
            "no-alternative-names",
            CertificateRole.Server,
            ["Go 1.15 or later", Browsers, "Python’s requests (urllib3 2)"],
            (_, encoded) => !encoded.Extensions.Any(e => e.Oid == SubjectAlternativeName && HasServerNames(e.Value)),
            "it has its name as a common name alone, and they look at subject alternative names alone (RFC 9525 §2)",
            "Ask the issuer to issue it again with the server’s names as subject alternative names."),

        // Java: sun.security.validator.EndEntityChecker (asked in a test). Chrome: ssl_cert_check_key_usage of BoringSSL, for RSA too since 124.
        new(
            "no-digital-signature",
            CertificateRole.Server,
            [Java, Chrome],
            (facts, _) => !facts.IsSelfSigned && LacksDigitalSignature(facts),
            NoDigitalSignature,
            DigitalSignatureAdvice),

        // Java: sun.security.validator.Validator does not look at a server's certificate that is an anchor itself (asked in a test).
        new(
            "no-digital-signature",
            CertificateRole.Server,
            [Chrome],
            (facts, _) => facts.IsSelfSigned && LacksDigitalSignature(facts),
            NoDigitalSignature,
            DigitalSignatureAdvice),
        // OpenSSL: x509_vfy.c, check_extensions with X509_V_FLAG_X509_STRICT.
        new(
            "key-cert-sign-without-ca",
            CertificateRole.Server,
            [Python313],
            (facts, _) => facts.BasicConstraintsCa != true && facts.KeyUsage is { } usage && usage.HasFlag(X509KeyUsageFlags.KeyCertSign),
            "its key usage includes signing certificates, and it is no CA (RFC 5280 §4.2.1.3)",
            "Ask the issuer to issue it again without keyCertSign."),

        // OpenSSL as above. Java: sun.security.x509.X509CertImpl does not even read it (both asked in a test). RFC 5280 §4.2.1.6.
        new(
            "no-subject",
            CertificateRole.Server,
            [Python313, Java],
            (_, encoded) => encoded.Subject.Span is [0x30, 0] && !encoded.Extensions.Any(e => e is { Oid: SubjectAlternativeName, Critical: true }),
            "its subject is empty, and its subject alternative names are not marked critical",
            "Ask the issuer to issue it again with a subject, or with subject alternative names that are critical."),
        new(
            "validity-825-days",
            CertificateRole.Server,
            [Apple],
            (facts, _) => facts.NotBefore >= AppleFrom && facts.NotAfter - facts.NotBefore > TimeSpan.FromDays(MaxAppleDays),
            $"it is valid for more than {MaxAppleDays} days",
            $"Ask the issuer to issue it again for {MaxAppleDays} days at most."),
        new(
            "no-server-purpose",
            CertificateRole.Server,
            [Apple],
            (facts, _) => facts.NotBefore >= AppleFrom && facts.ExtendedKeyUsages is null,
            "it has no extended key usage, which must name TLS servers",
            "Ask the issuer to issue it again with the extended key usage serverAuth."),
    ];

    private static bool LacksDigitalSignature(CertificateFacts facts) => facts.KeyUsage is { } usage && !usage.HasFlag(X509KeyUsageFlags.DigitalSignature);

    /// <summary>Whether there is a DNS name (2) or an address (7) among the names (RFC 5280 §4.2.1.6).</summary>
    private static bool HasServerNames(ReadOnlyMemory<byte> value)
    {
        try
        {
            var names = new AsnReader(value, AsnEncodingRules.BER).ReadSequence();
            while (names.HasData)
            {
                if (names.PeekTag() is { TagClass: TagClass.ContextSpecific, TagValue: 2 or 7 })
                    return true;
                names.ReadEncodedValue();
            }

            return false;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }
}
