using System.Globalization;
using CaPortal.Core.Certificates;
using CaPortal.Core.Probing;

namespace CaPortal.Core.Alerts;

/// <summary>What alerts say. Untrusted names are made safe to show, log and send, and are bounded.</summary>
internal static class AlertTexts
{
    private const int NamedBackEnds = 3;
    private const int MessageLength = 500;

    public static (string Title, string Message) Untrusted(string name, BackEndAddress address, string? found) =>
        (
            name == address.Host || name == address.ToString()
                ? $"{Short(address.ToString())} is not trusted any more"
                : $"{Short(name)} ({Short(address.ToString())}) is not trusted any more",
            DisplayText.Shorten(found ?? "Its chain does not end at a trusted root.", MessageLength));

    public static (string Title, string Message) Expiring(ExpiringCertificate certificate, int days)
    {
        var until = certificate.NotAfter.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
        var what =
            certificate.Stores.Count > 0 ? string.Join(" and ", certificate.Stores.Select(s => s.DisplayName))
            : certificate.IsCa ? "CA certificate"
            : "Server certificate";
        return (
            days == 0 ? $"{Short(certificate.Name)} has expired" : $"{Short(certificate.Name)} expires within {days} days",
            $"{what}, valid until {until}.{Dependents(certificate)}");
    }

    public static (string Title, string Message) TrustStore(string title, string? error, string? advice) => (
        $"{Short(title)}: the trust store is not as it should be", DisplayText.Shorten($"{error} {advice}".Trim(), MessageLength));

    public static (string Title, string Message) ActivityLog(string lost) => (
        "The activity log is not intact", DisplayText.Shorten($"{lost} Verify on the page Activity tells more.", MessageLength));

    private static string Dependents(ExpiringCertificate certificate)
    {
        if (certificate.BackEnds.Count == 0)
            return "";
        var names = certificate.BackEnds.Take(NamedBackEnds).Select(b => Short(b.Address)).ToList();
        if (certificate.BackEnds.Count > names.Count)
            names.Add($"{certificate.BackEnds.Count - names.Count} more");
        var list = names.Count == 1 ? names[0] : $"{string.Join(", ", names[..^1])} and {names[^1]}";
        return certificate.Stores.Count > 0 ? $" What depends on it: {list}." : $" Presented by {list}.";
    }

    private static string Short(string text) => DisplayText.Shorten(text);
}
