using System.Globalization;
using CaPortal.Core.Certificates;

namespace CaPortal.Core.Formats;

/// <summary>
/// What a file says about the trust in a certificate, in the same words wherever it says so. CaPortal itself trusts for all
/// purposes or not at all.
/// </summary>
internal static class TrustMarks
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string AnyPurpose = "2.5.29.37.0";
    private const int MaxShown = 5;

    /// <summary>Distrusted for every TLS server.</summary>
    /// <param name="mark">What says so: <c>x-distrusted</c>.</param>
    public static Finding Distrusted(string mark) =>
        new(
            FindingCode.Distrusted,
            FindingSeverity.Error,
            $"An uploaded file marks this certificate as distrusted for TLS servers ({mark}). "
                + "Programs that read the mark refuse each server whose certificate it issued; once added here, it is trusted.",
            "Do not add it. If it is in a store already, find out why it is distrusted, and delete it there.");

    /// <summary>Distrusted for the servers whose certificates are newer than <paramref name="date"/>.</summary>
    public static Finding DistrustedAfter(DateTimeOffset date) =>
        new(
            FindingCode.Distrusted,
            FindingSeverity.Warning,
            string.Create(
                CultureInfo.InvariantCulture,
                $"An uploaded file marks this certificate as distrusted for TLS servers whose certificates it issued after {date:d MMMM yyyy}. "
                    + $"A trust store cannot hold such a date: once added here, the newer ones are trusted too."),
            "Add it only if servers with older certificates need it, and plan their move to another CA.");

    /// <summary>What a list of purposes that it is trusted for leaves out; null where TLS servers are in it.</summary>
    public static Finding? LimitedTo(IReadOnlyCollection<string> purposes, string mark) =>
        HasServers(purposes)
            ? null
            : NotForServers(
                purposes.Count == 0
                    ? $"An uploaded file trusts this certificate for no purpose ({mark})"
                    : $"An uploaded file trusts this certificate for other purposes alone ({Names(purposes)}; {mark})");

    /// <summary>Neither trusted nor distrusted.</summary>
    public static Finding NotTrusted(string mark) => NotForServers($"An uploaded file says that this certificate is not trusted ({mark})");

    /// <summary>Whether TLS servers are among the purposes.</summary>
    public static bool HasServers(IReadOnlyCollection<string> purposes) => purposes.Contains(ServerAuthentication) || purposes.Contains(AnyPurpose);

    private static Finding NotForServers(string what) => new(
        FindingCode.LimitedTrust,
        FindingSeverity.Warning,
        $"{what}, and not for TLS servers. Once added here, it is trusted for TLS servers too.",
        "Add it only if it is to issue certificates for TLS servers.");

    private static string Names(IEnumerable<string> purposes) =>
        DisplayText.Shorten(string.Join(", ", purposes.Take(MaxShown).Select(OidNames.ExtendedKeyUsage)));
}
