using CaPortal.Core.Certificates;

namespace CaPortal.Core.Clients;

/// <summary>A row of the table of restrictions.</summary>
/// <param name="Id">Which one it is.</param>
/// <param name="Role">The role in which it counts; null: in both.</param>
/// <param name="Clients">Who refuses it.</param>
/// <param name="Applies">Whether it is so with a certificate.</param>
/// <param name="Reason">Why, as the end of a sentence.</param>
/// <param name="Advice">What to do, as a sentence.</param>
internal sealed record RestrictionRow(
    string Id, CertificateRole? Role, IReadOnlyList<string> Clients, Func<CertificateFacts, EncodedCertificate, bool> Applies, string Reason, string Advice)
{
    /// <summary>No client that is known here accepts it.</summary>
    public bool IsByAll { get; init; }

    /// <summary>The row as it is said.</summary>
    public ClientRestriction Restriction => Say(Id, Clients, Reason, Advice) with { IsByAll = IsByAll };

    /// <summary>Puts a restriction into words.</summary>
    public static ClientRestriction Say(string id, IReadOnlyList<string> clients, string reason, string advice) =>
        new(id, clients, $"Refused by {Join(clients)}: {reason}.", advice);

    private static string Join(IReadOnlyList<string> clients) =>
        clients.Count == 1 ? clients[0] : $"{string.Join(", ", clients.SkipLast(1))} and {clients[^1]}";
}

/// <summary>Clients as the table names them.</summary>
internal static class ClientFamilies
{
    public const string Apple = "Apple’s systems (iOS 13 and macOS 10.15 or later)";
    public const string Browsers = "the browsers";
    public const string Chrome = "Chrome and Edge";
    public const string GnuTls = "GnuTLS";
    public const string Go = "Go";
    public const string Java = "Java";
    public const string Java16 = "Java 16 or later";
    public const string AnyOpenSsl = "OpenSSL (curl, Python, Node.js)";
    public const string Python313 = "Python 3.13 or later";

    /// <summary>The clients of this portal that are of a family, by name; none where the portal cannot ask it.</summary>
    private static readonly Dictionary<string, string[]> Engines = new()
    {
        [AnyOpenSsl] = [ClientNames.OpenSsl, ClientNames.Curl, ClientNames.Python],
        [GnuTls] = [ClientNames.GnuTls],
        [Java] = [ClientNames.Java],
        [Java16] = [ClientNames.Java],
        [Python313] = [ClientNames.Python],
    };

    /// <summary>Whether a family may matter: one of its clients counts, or the portal cannot ask it and nobody can say that it does not count.</summary>
    /// <param name="family">The family as the table names it.</param>
    /// <param name="counted">The names of the clients that count for a back-end here.</param>
    public static bool MayCount(string family, IReadOnlySet<string> counted) => !Engines.TryGetValue(family, out var engines) || counted.Overlaps(engines);
}
