using CaPortal.Core.Certificates;

namespace CaPortal.Core.Checks;

/// <summary>Rare properties that every client accepts.</summary>
internal sealed class UnusualCheck : ICertificateCheck
{
    private const int MaxSerialNumberBytes = 20;

    public string Subject => "unusual properties";

    public IEnumerable<Finding> Check(CheckedCertificate certificate, CheckContext context) =>
        Remarks(certificate).Select(remark => new Finding(FindingCode.Unusual, FindingSeverity.Information, remark));

    private static IEnumerable<string> Remarks(CheckedCertificate certificate)
    {
        if (SerialNumber(certificate.Facts.SerialNumber) is { } serialNumber)
            yield return $"The serial number is {serialNumber}, which RFC 5280 does not allow; every program that is known here accepts it.";
        if (certificate.Encoded.Validity.Any(IsGeneralizedTimeBefore2050))
            yield return "The validity is written in the form for years from 2050 (GeneralizedTime), though it is earlier; "
                + "every program that is known here accepts it.";
    }

    private static string? SerialNumber(string hex)
    {
        // Long ones end with an ellipsis after 128 digits, which is over-long either way.
        if (hex.Length > 2 * MaxSerialNumberBytes)
            return $"longer than {MaxSerialNumberBytes} bytes";
        return hex.Length > 0 && hex.All(digit => digit == '0') ? "zero" : null;
    }

    private static bool IsGeneralizedTimeBefore2050(ReadOnlyMemory<byte> time) =>
        time.Span is [0x18, 15, var thousand, var hundred, var ten, ..]
        && (thousand, hundred, ten) is ( < (byte)'2', _, _) or ((byte)'2', (byte)'0', < (byte)'5');
}
