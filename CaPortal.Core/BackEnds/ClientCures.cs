using CaPortal.Core.Certificates;
using CaPortal.Core.Checks;

namespace CaPortal.Core.BackEnds;

/// <summary>
/// Finds what makes every client accept a chain that some refuse: a certificate that the list has better without, or what the
/// server should send. Each is tried with the same clients before it is said.
/// </summary>
/// <param name="chain">What the server sent.</param>
/// <param name="set">The list.</param>
/// <param name="paths">The paths to trusted roots that a client can take, the best first.</param>
/// <param name="at">The time to judge for.</param>
/// <param name="isAcceptedByAll">Whether every client that counts accepts a chain with a list.</param>
internal sealed class ClientCures(
    IReadOnlyList<PresentedCertificate> chain, TrustSet set, IReadOnlyList<ChainPath> paths, DateTimeOffset at, Func<IReadOnlyList<PresentedCertificate>, TrustSet, bool> isAcceptedByAll)
{
    /// <summary>Each is asked of every client.</summary>
    private const int MaxRemovals = 8;

    private const int MaxPaths = 4;

    /// <summary>One sentence; null where none of them cures it.</summary>
    public string? Find() => paths.Count == 0 ? null
        : Removal(isExpired: true) ?? paths.Take(MaxPaths).Select(Sending).FirstOrDefault(s => s is not null) ?? Removal(isExpired: false);

    private string? Removal(bool isExpired)
    {
        var onPath = paths[0].Links.Select(l => l.Facts.Sha256).ToHashSet();
        var names = ClientCase.NamesOf(chain, set);
        foreach (var certificate in names.SelectMany(set.WithSubject)
            .Where(c => c.Origin == TrustOrigin.Managed && (c.Facts.NotAfter < at.UtcDateTime) == isExpired && !onPath.Contains(c.Facts.Sha256))
            .Take(MaxRemovals))
        {
            if (isAcceptedByAll(chain, set.With(new HashSet<CaCertificateKey> { certificate.Key }, [])))
                return $"Delete {Described(certificate.Facts, isExpired)} from the {StoreName(certificate.Store)}: it is in the way of {Texts.Quote(paths[0].Links[^1].Facts.Name)}.";
        }

        return null;
    }

    /// <summary>A server sends its certificate and the intermediates up to the root, in that order and nothing else (RFC 8446 §4.4.2).</summary>
    private string? Sending(ChainPath path)
    {
        var links = path.Links.Where((l, i) => i == 0 || i < path.Links.Count - 1).ToList();
        if (links.Select(l => l.Facts.Sha256).SequenceEqual(chain.Select(c => c.Sha256)))
            return null;
        var better = links.Select(l => new PresentedCertificate(l.Facts.Sha256, l.Certificate.Der, l.Facts)).ToList();
        if (!isAcceptedByAll(better, set))
            return null;
        var missing = better.ExceptBy(chain.Select(c => c.Sha256), c => c.Sha256).Select(c => Texts.Quote(c.Facts!.Name)).ToList();
        if (missing.Count > 0)
            return $"Have the server send {ClientWords.List(missing)} too.";
        var intermediates = better.Skip(1).Select(c => $"{Texts.Quote(c.Facts!.Name)} (SHA-256 {c.Sha256[..8]}…)").ToList();
        return intermediates.Count == 0
            ? "Have the server send its own certificate alone."
            : $"Have the server send only its own certificate and {ClientWords.List(intermediates)}, in that order.";
    }

    private static string Described(CertificateFacts facts, bool isExpired) =>
        isExpired ? $"{Texts.Quote(facts.Name)}, which expired on {Texts.Time(facts.NotAfter)}," : $"{Texts.Quote(facts.Name)} (SHA-256 {facts.Sha256[..8]}…)";

    private static string StoreName(CaStore store) => store == CaStore.Root ? "trusted roots" : "intermediates";
}
