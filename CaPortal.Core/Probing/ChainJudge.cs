using CaPortal.Core.Certificates;
using CaPortal.Core.Checks;

namespace CaPortal.Core.Probing;

/// <summary>Which clients a chain is judged for.</summary>
/// <param name="Counted">The names of those that count for the verdict; null for the setting.</param>
/// <param name="AsksAll">Those that do not count are asked too.</param>
public sealed record ClientChoice(IReadOnlyCollection<string>? Counted, bool AsksAll = false)
{
    /// <summary>Those of the setting, and no others.</summary>
    public static readonly ClientChoice Default = new((IReadOnlyCollection<string>?)null);
}

/// <summary>
/// Judges presented chains against a given set of CA certificates by what the clients' own engines do with all of both. Writes
/// nothing, fetches nothing.
/// </summary>
/// <remarks>
/// Beside the clients' answers it finds the best path in what was presented and in the set alone. The path says why clients
/// refuse, what is missing and on which root a back-end depends. A path proves nothing by itself, because clients take one
/// candidate and seldom come back for another. So it makes no verdict <see cref="TrustVerdict.Trusted"/>, unless no client
/// can be asked. Of several problems the verdict is the first in the order of <see cref="PathProblemRank"/>. Can be used by
/// several threads at once.
/// </remarks>
/// <param name="panel">The clients.</param>
public sealed class ChainJudge(ClientPanel panel)
{
    private const int CacheSize = 20_000;
    private const int MaxUrls = 5;
    private const int MaxUrlLength = 1000;

    private readonly BoundedCache<string, JudgedCertificate?> _certificates = new(CacheSize);
    private readonly BoundedCache<(string Sha256, string IssuerKey), SignatureVerdict> _signatures = new(CacheSize);

    /// <summary>Judges.</summary>
    /// <param name="chain">What the server sent, its own certificate first.</param>
    /// <param name="name">The name that its certificate must be for: a DNS name or an IP address.</param>
    /// <param name="set">What is trusted.</param>
    /// <param name="at">The time to judge for.</param>
    /// <param name="choice">Which clients are asked; those of the setting by default.</param>
    public TrustJudgement Judge(IReadOnlyList<PresentedCertificate> chain, string name, TrustSet set, DateTimeOffset at, ClientChoice? choice = null)
    {
        if (chain.Count == 0)
            return Nothing("The server sent no certificate.", "Give the server a certificate.");
        if (chain[0].Facts is not { } facts || Read(facts, chain[0].Der) is not { } leaf)
        {
            return Nothing("The server's certificate cannot be read.", "Ask its issuer for a certificate that follows RFC 5280.") with
            {
                Path = [new PathCertificate(chain[0].Sha256, chain[0].Facts, PathOrigin.Presented, null, ["It cannot be read."])],
                ExpiresAt = chain[0].Facts?.NotAfter,
            };
        }

        var time = at.UtcDateTime;
        var ranked = PathFinder.Find(leaf, chain.Skip(1), set, time, Read, Verify)
            .Select(path => (Path: path, Problems: PathChecks.Find(path, name, time)))
            .Order(Comparer<(ChainPath Path, List<PathProblem> Problems)>.Create(Compare))
            .ToList();
        var (path, problems) = ranked[0];
        var answers = new ClientAnswers(panel, choice ?? ClientChoice.Default, Case(chain, set), NameOf);
        var judgement = answers.Decide(Judgement(path, problems), FindCure);
        return choice is { AsksAll: true } ? judgement with { Restrictions = ChainRestriction.Of(path, judgement.Clients) } : judgement;

        ClientCase Case(IReadOnlyList<PresentedCertificate> sent, TrustSet trusted) => ClientCase.Of(sent, name, trusted, at, IsReadable);

        string? FindCure() =>
            new ClientCures(chain, set, [.. ranked.Where(r => r.Path.End == PathEnd.TrustedRoot).Select(r => r.Path)], at, (sent, trusted) =>
                answers.AreAcceptedByAll(Case(sent, trusted))
            ).Find();

        string? NameOf(string sha256) =>
            (path.Links.FirstOrDefault(l => l.Facts.Sha256 == sha256)?.Facts
                ?? chain.FirstOrDefault(c => c.Sha256 == sha256)?.Facts
                ?? set.Certificates.FirstOrDefault(c => c.Facts.Sha256 == sha256)?.Facts) is { } found ? Named(found) : null;

        // Which of those with one name is meant, the name does not say.
        string Named(CertificateFacts facts) =>
            chain.Select(c => c.Facts).OfType<CertificateFacts>().Concat(set.WithSubject(facts.SubjectKey).Select(c => c.Facts))
                .Any(f => f.SubjectKey == facts.SubjectKey && f.Sha256 != facts.Sha256)
                ? $"{Texts.Quote(facts.Name)} (SHA-256 {facts.Sha256[..8]}…)"
                : Texts.Quote(facts.Name);
    }

    /// <summary>Judges a contact: its failure where there is no chain, else the chain; see <see cref="TrustVerdict.ClientCertificateRequired"/>.</summary>
    public TrustJudgement Judge(ProbeContact contact, TrustSet set, DateTimeOffset at, ClientChoice? choice = null)
    {
        if (contact.Chain.Count == 0 && contact.Failure is { } failure)
            return new TrustJudgement { Verdict = failure.Verdict, Message = failure.Message, Advice = failure.Advice };

        var judgement = Judge(contact.Chain, contact.Address.TlsName, set, at, choice);
        return contact.Failure switch
        {
            null => judgement,
            { Verdict: TrustVerdict.ClientCertificateRequired } when judgement.Verdict != TrustVerdict.Trusted => judgement,
            var other => judgement with { Verdict = other.Verdict, Message = other.Message, Advice = other.Advice },
        };
    }

    /// <summary>
    /// Whether the judgement of a chain can differ between two sets: a certificate that is in one set alone could be in its
    /// path. Cheap, by names alone. It may say yes although the judgement is the same.
    /// </summary>
    /// <param name="chain">What the server sent.</param>
    /// <param name="before">A set.</param>
    /// <param name="after">Another.</param>
    /// <param name="changedSubjects">The subjects of all certificates that are in one of the sets alone.</param>
    public static bool CanDiffer(IReadOnlyList<PresentedCertificate> chain, TrustSet before, TrustSet after, IReadOnlySet<string> changedSubjects) =>
        changedSubjects.Count > 0 && ClientCase.NamesOf(chain, before, after).Overlaps(changedSubjects);

    /// <summary>
    /// Whether a certificate was issued by another: it names the other one, whose key verifies its signature. False if
    /// nothing on this machine can verify the signature.
    /// </summary>
    public bool IsIssuedBy(PresentedCertificate certificate, PresentedCertificate issuer) =>
        certificate.Facts is { } facts && issuer.Facts is { } issuerFacts && facts.IssuerKey == issuerFacts.SubjectKey
        && Read(facts, certificate.Der) is { } read && Read(issuerFacts, issuer.Der) is { } issuerRead
        && Verify(read, issuerRead) == SignatureVerdict.Valid;

    private JudgedCertificate? Read(CertificateFacts facts, ReadOnlyMemory<byte> der) =>
        _certificates.GetOrAdd(facts.Sha256, static (_, c) => JudgedCertificate.Read(c.Facts, c.Der), (Facts: facts, Der: der));

    private SignatureVerdict Verify(JudgedCertificate certificate, JudgedCertificate issuer) =>
        _signatures.GetOrAdd(
            (certificate.Facts.Sha256, issuer.Facts.PublicKeySha256),
            static (_, pair) => JudgedCertificate.Verify(pair.Certificate, pair.Issuer),
            (Certificate: certificate, Issuer: issuer));

    /// <summary>Other parsers are given only what is bounded in size and depth.</summary>
    private bool IsReadable(CertificateFacts facts, ReadOnlyMemory<byte> der) => Read(facts, der) is not null;

    /// <summary>The better path first: one that ends well, with the problem that is solved last, with fewer problems, the shorter one.</summary>
    private static int Compare((ChainPath Path, List<PathProblem> Problems) a, (ChainPath Path, List<PathProblem> Problems) b)
    {
        if (a.Path.End != b.Path.End)
            return a.Path.End.CompareTo(b.Path.End);
        var byLength = a.Path.Links.Count.CompareTo(b.Path.Links.Count);
        if (a.Path.End == PathEnd.MissingIssuer && byLength != 0)
            return -byLength; // The one that leads further says more.

        var (rankA, rankB) = (FirstRank(a.Problems), FirstRank(b.Problems));
        return rankA != rankB ? rankB.CompareTo(rankA)
            : a.Problems.Count != b.Problems.Count ? a.Problems.Count.CompareTo(b.Problems.Count)
            : byLength;

        static int FirstRank(List<PathProblem> problems) => problems.Count == 0 ? int.MaxValue : (int)problems[0].Rank;
    }

    private static TrustJudgement Judgement(ChainPath path, List<PathProblem> problems)
    {
        var last = path.Links[^1];
        var first = problems.FirstOrDefault();
        var isFixedByTrust =
            path.End == PathEnd.UntrustedRoot && last.Origin == PathOrigin.Presented && problems.TrueForAll(p => p.Rank == PathProblemRank.UntrustedRoot);
        return new TrustJudgement
        {
            Verdict = first?.Verdict ?? TrustVerdict.Trusted,
            Message = first?.Message ?? $"Trusted: the chain ends at {Texts.Quote(last.Facts.Name)}.",
            Advice = first?.Advice,
            Path =
            [
                .. path.Links.Select(
                    (link, i) =>
                        new PathCertificate(
                            link.Facts.Sha256,
                            link.Facts,
                            link.Origin,
                            link.Origin == PathOrigin.Managed ? link.InSet?.Store : null,
                            [.. problems.Where(p => p.Index == i).Select(p => p.Text)])),
            ],
            Missing = path.End == PathEnd.MissingIssuer ? Missing(last.Facts) : null,
            TrustableSha256 = isFixedByTrust ? last.Facts.Sha256 : null,
            Anchor = last.InSet,
            ExpiresAt = path.Links.Min(l => l.Facts.NotAfter),
        };
    }

    private static MissingIssuer Missing(CertificateFacts below) =>
        new(
            below.IssuerName,
            below.Issuer,
            below.IssuerKey,
            below.AuthorityKeyIdentifier,
            [
                .. below
                    .IssuerUrls.Where(u => u.Length <= MaxUrlLength)
                    .OrderByDescending(u => u.StartsWith("http", StringComparison.OrdinalIgnoreCase))
                    .Take(MaxUrls),
            ]);

    private static TrustJudgement Nothing(string message, string advice) =>
        new()
        {
            Verdict = TrustVerdict.HandshakeFailed,
            Message = message,
            Advice = advice,
        };
}
