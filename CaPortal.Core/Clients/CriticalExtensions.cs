using CaPortal.Core.Certificates;
using static CaPortal.Core.Clients.ClientFamilies;

namespace CaPortal.Core.Clients;

/// <summary>
/// Which clients know which extension: one that is marked critical and not known makes a client refuse the chain (RFC 5280 §4.2). Java does so
/// for all but the root; the others for that too.
/// </summary>
internal static class CriticalExtensions
{
    private const int MaxNamed = 3;
    private const string Advice =
        "Ask the issuer to issue it again with that extension not marked critical, or use it with clients that know the extension alone.";

    /// <summary>
    /// What each client knows. OpenSSL: v3_purp.c, supported_nids. Java: the checkers of sun.security.provider.certpath. GnuTLS: asked. All three are asked for
    /// each in a test. Go: crypto/x509, processExtensions; it refuses to read critical key identifiers and authority information
    /// access since 1.23 (golang/go#65085).
    /// </summary>
    private static readonly (string Client, HashSet<string> Known)[] Clients =
    [
        (
            AnyOpenSsl,
            [
                .. Common,
                "2.5.29.31",
                "2.5.29.33",
                "2.5.29.36",
                "1.3.6.1.5.5.7.1.7",
                "1.3.6.1.5.5.7.1.8",
                "1.3.6.1.5.5.7.1.14",
                "1.3.6.1.5.5.7.48.1.5",
                "2.16.840.1.113730.1.1",
            ]),
        (Java, [.. Common, "2.5.29.33", "2.5.29.36"]),
        (GnuTls, [.. Common, "2.5.29.14", "2.5.29.18", "2.5.29.31", "2.5.29.35", "1.3.6.1.5.5.7.1.1", "1.3.6.1.5.5.7.1.14"]),
        (Go, [.. Common, "2.5.29.31", "2.5.29.33", "2.5.29.36"]),

        // Release notes of 1.24: policies are processed since then.
        ("Go before 1.24", [.. Common.Except(["2.5.29.54"]), "2.5.29.31"]),
    ];

    private static IEnumerable<string> Common => ["2.5.29.15", "2.5.29.17", "2.5.29.19", "2.5.29.30", "2.5.29.32", "2.5.29.37", "2.5.29.54"];

    /// <summary>A restriction for each critical extension that not all clients know.</summary>
    /// <param name="encoded">The certificate.</param>
    /// <param name="isRoot">It is a root, whose extensions Java does not look at.</param>
    public static IEnumerable<ClientRestriction> Restrictions(EncodedCertificate encoded, bool isRoot) => encoded.Extensions
        .Where(extension => extension.Critical)
        .DistinctBy(extension => extension.Oid)
        .Select(extension => (extension.Oid, Clients: Strangers(extension.Oid, isRoot)))
        .Where(extension => extension.Clients.Count > 0)
        .Take(MaxNamed)
        .Select(extension => RestrictionRow.Say(
            $"critical-extension-{extension.Oid}",
            extension.Clients,
            $"the extension {DisplayText.Shorten(OidNames.Extension(extension.Oid))} is marked critical, and they do not know it or do not allow that",
            Advice));

    private static List<string> Strangers(string oid, bool isRoot)
    {
        var strangers = Clients.Where(client => !client.Known.Contains(oid) && !(isRoot && client.Client == Java)).Select(client => client.Client).ToList();
        return strangers.Contains(Go) ? [.. strangers.SkipLast(1)] : strangers;
    }
}
