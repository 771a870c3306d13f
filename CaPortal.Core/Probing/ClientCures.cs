using CaPortal.Core.Certificates;
using CaPortal.Core.Checks;

namespace CaPortal.Core.Probing;

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
    IReadOnlyList<PresentedCertificate> chain,
    TrustSet set,
    IReadOnlyList<ChainPath> paths,
    DateTimeOffset at,
    Func<IReadOnlyList<PresentedCertificate>, TrustSet, bool> isAcceptedByAll)
{
    /// <summary>Each is asked of every client.</summary>
    private const int MaxRemovals = 8;

    private const int MaxPaths = 4;

    /// <summary>One sentence; null where none of them cures it.</summary>
    public string? Find() => paths.Count == 0 ? null
        : Removal(isExpired: true) ?? First(p => Sending(p, set)) ?? Removal(isExpired: false) ?? RemovalAndSending();

    private string? Removal(bool isExpired)
    {
        foreach (var (certificate, without) in Removals(isExpired))
        {
            if (isAcceptedByAll(chain, without))
                return $"Delete {Described(certificate.Facts, isExpired)} from the {StoreName(certificate.Store)}: "
                    + $"it is in the way of {Texts.Quote(paths[0].Links[^1].Facts.Name)}.";
        }

        return null;
    }

    private string? RemovalAndSending()
    {
        foreach (var (certificate, without) in Removals(isExpired: true).Concat(Removals(isExpired: false)))
        {
            if (First(p => Sending(p, without)) is { } sending)
                return $"Delete {Described(certificate.Facts, certificate.Facts.NotAfter < at.UtcDateTime)} from the {StoreName(certificate.Store)}, "
                    + $"where it is in the way. {sending}";
        }

        return null;
    }

    /// <summary>What of the list has a name on the way and is not on the best path, each with the list without it.</summary>
    private IEnumerable<(TrustSetCertificate Certificate, TrustSet Without)> Removals(bool isExpired)
    {
        var onPath = paths[0].Links.Select(l => l.Facts.Sha256).ToHashSet();
        return ClientCase.NamesOf(chain, set).SelectMany(set.WithSubject)
            .Where(c => c.Origin == TrustOrigin.Managed && (c.Facts.NotAfter < at.UtcDateTime) == isExpired && !onPath.Contains(c.Facts.Sha256))
            .Take(MaxRemovals)
            .Select(c => (c, set.With(new HashSet<CaCertificateKey> { c.Key }, [])));
    }

    private string? First(Func<ChainPath, string?> cure) => paths.Take(MaxPaths).Select(cure).FirstOrDefault(s => s is not null);

    /// <summary>A server sends its certificate and the intermediates up to the root, in that order and nothing else (RFC 8446 §4.4.2).</summary>
    private string? Sending(ChainPath path, TrustSet list)
    {
        var links = path.Links.Where((l, i) => i == 0 || i < path.Links.Count - 1).ToList();
        if (links.Select(l => l.Facts.Sha256).SequenceEqual(chain.Select(c => c.Sha256)))
            return null;
        var better = links.Select(l => new PresentedCertificate(l.Facts.Sha256, l.Certificate.Der, l.Facts)).ToList();
        if (!isAcceptedByAll(better, list))
            return null;
        var missing = better.ExceptBy(chain.Select(c => c.Sha256), c => c.Sha256).ToList();
        if (missing.Count > 0 && isAcceptedByAll([.. chain, .. missing], list))
            return $"Have the server send {ClientWords.List(missing.Select(c => Texts.Quote(c.Facts!.Name)))} too.";
        var intermediates = better.Skip(1).Select(c => $"{Texts.Quote(c.Facts!.Name)} (SHA-256 {c.Sha256[..8]}…)").ToList();
        return intermediates.Count == 0
            ? "Have the server send its own certificate alone."
            : $"Have the server send only its own certificate and {ClientWords.List(intermediates)}, in that order.";
    }

    private static string Described(CertificateFacts facts, bool isExpired) =>
        isExpired ? $"{Texts.Quote(facts.Name)}, which expired on {Texts.Time(facts.NotAfter)}," : $"{Texts.Quote(facts.Name)} (SHA-256 {facts.Sha256[..8]}…)";

    private static string StoreName(CaStore store) => store == CaStore.Root ? "trusted roots" : "intermediates";
}
