using System.Security.Cryptography;
using CaPortal.Core.Certificates;

namespace CaPortal.Core.Checks;

/// <summary>Rare properties that do no harm, but that some programs refuse.</summary>
internal sealed class UnusualCheck : ICertificateCheck
{
    private const int MaxSerialNumberBytes = 20;

    /// <summary>Critical extensions that OpenSSL and .NET process.</summary>
    private static readonly HashSet<string> Processed =
    [
        "2.5.29.14", "2.5.29.15", "2.5.29.17", "2.5.29.18", "2.5.29.19", "2.5.29.30", "2.5.29.31", "2.5.29.32",
        "2.5.29.33", "2.5.29.35", "2.5.29.36", "2.5.29.37", "2.5.29.54", "2.16.840.1.113730.1.1",
        "1.3.6.1.5.5.7.1.7", "1.3.6.1.5.5.7.1.8", "1.3.6.1.5.5.7.1.14", "1.3.6.1.5.5.7.48.1.5",
    ];

    public string Subject => "unusual properties";

    public IEnumerable<Finding> Check(CheckedCertificate certificate, CheckContext context) =>
        Remarks(certificate).Select(remark => new Finding(FindingCode.Unusual, FindingSeverity.Information, remark));

    private static IEnumerable<string> Remarks(CheckedCertificate certificate)
    {
        var facts = certificate.Facts;
        if (SerialNumber(facts.SerialNumber) is { } serialNumber)
            yield return $"The serial number is {serialNumber}, which RFC 5280 does not allow; most programs accept it.";
        if (facts.Curve == "explicit")
            yield return "The key spells out its elliptic curve in place of naming it; Java and Go refuse such keys.";
        if (!IsSupportedHere(facts))
            yield return $"The key is of the algorithm {Algorithm(facts)}, which the TLS libraries of this machine do not support; .NET cannot use chains that end at it.";

        foreach (var extension in certificate.Encoded.Extensions.Where(e => e.Critical && !Processed.Contains(e.Oid)).Take(3))
            yield return $"The extension {DisplayText.Shorten(OidNames.Extension(extension.Oid))} is marked critical, so programs that do not know it must refuse chains with this certificate.";

        if (certificate.Encoded.Validity.Any(IsGeneralizedTimeBefore2050))
            yield return "The validity is written in the form for years from 2050 (GeneralizedTime), though it is earlier; most programs accept it.";
    }

    private static string? SerialNumber(string hex)
    {
        // Long ones end with an ellipsis after 128 digits, which is over-long either way.
        if (hex.Length > 2 * MaxSerialNumberBytes)
            return $"longer than {MaxSerialNumberBytes} bytes";
        if (hex.Length > 0 && hex.All(digit => digit == '0'))
            return "zero";
        return hex.Length > 0 && hex[0] >= '8' ? "negative" : null;
    }

    private static bool IsSupportedHere(CertificateFacts facts) => facts.KeyAlgorithm switch
    {
        "EC" => facts.Curve is null || !facts.Curve.Contains("SM2", StringComparison.OrdinalIgnoreCase),
        "DSA" or "Ed25519" or "Ed448" => true,
        var mlDsa when mlDsa.StartsWith("ML-DSA", StringComparison.Ordinal) => MLDsa.IsSupported,
        var other => other.StartsWith("RSA", StringComparison.Ordinal),
    };

    private static string Algorithm(CertificateFacts facts) =>
        DisplayText.Shorten(facts.Curve is null ? facts.KeyAlgorithm : $"{facts.KeyAlgorithm} ({facts.Curve})");

    private static bool IsGeneralizedTimeBefore2050(ReadOnlyMemory<byte> time) =>
        time.Span is [0x18, 15, var thousand, var hundred, var ten, ..]
        && (thousand, hundred, ten) is (< (byte)'2', _, _) or ((byte)'2', (byte)'0', < (byte)'5');
}
