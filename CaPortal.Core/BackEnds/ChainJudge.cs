using CaPortal.Core.Certificates;
using CaPortal.Core.Checks;

namespace CaPortal.Core.BackEnds;

/// <summary>
/// Judges presented chains against a given set of CA certificates through .NET's chain engine. Writes nothing, fetches nothing.
/// </summary>
/// <remarks>
/// Paths are looked for in what was presented and in the set alone, because .NET's own search takes what the account's and the
/// machine's stores hold too. .NET then judges the best path; its answer does not depend on the set and is kept, so that judging
/// many chains against a changed set is quick. Of several problems the verdict is the first in the order of
/// <see cref="PathProblemRank"/>. Can be used by several threads at once.
/// </remarks>
public sealed class ChainJudge
{
    private const int CacheSize = 20_000;
    private const int MaxEngineRuns = 4;
    private const int MaxUrls = 5;
    private const int MaxUrlLength = 1000;

    private readonly BoundedCache<string, JudgedCertificate?> _certificates = new(CacheSize);
    private readonly BoundedCache<(string Sha256, string IssuerKey), SignatureVerdict> _signatures = new(CacheSize);
    private readonly BoundedCache<string, ChainEngine> _engine = new(CacheSize);

    /// <summary>Judges.</summary>
    /// <param name="chain">What the server sent, its own certificate first.</param>
    /// <param name="name">The name that its certificate must be for: a DNS name or an IP address.</param>
    /// <param name="set">What is trusted.</param>
    /// <param name="at">The time to judge for.</param>
    public TrustJudgement Judge(IReadOnlyList<PresentedCertificate> chain, string name, TrustSet set, DateTimeOffset at)
    {
        if (chain.Count == 0)
            return Nothing("The server sent no certificate.", "Give the server a certificate.");
        if (chain[0].Facts is not { } facts || Read(facts, chain[0].Der) is not { } leaf)
        {
            return Nothing("The server's certificate cannot be read.", "Ask whoever issued it for a certificate that follows RFC 5280.") with
            {
                Path = [new PathCertificate(chain[0].Sha256, chain[0].Facts, PathOrigin.Presented, null, ["It cannot be read."])],
                ExpiresAt = chain[0].Facts?.NotAfter,
            };
        }

        var time = at.UtcDateTime;
        var ranked = PathFinder.Find(leaf, chain.Skip(1), set, time, Read, Verify)
            .Select(path => (Path: path, Problems: PathChecks.Find(path, name, set, time)))
            .Order(Comparer<(ChainPath Path, List<PathProblem> Problems)>.Create(Compare))
            .ToList();

        // .NET's word is asked for the best path, and for the next best where it knows better.
        var best = ranked[0];
        for (var i = 0; i < Math.Min(ranked.Count, MaxEngineRuns); i++)
        {
            var judged = AskEngine(ranked[i], at);
            if (i == 0 || Compare(judged, best) < 0)
                best = judged;
            if (i + 1 == ranked.Count || Compare(best, ranked[i + 1]) <= 0)
                break;
        }

        return Judgement(best.Path, best.Problems);
    }

    /// <summary>Judges a contact: its failure where there is no chain, else the chain; see <see cref="TrustVerdict.ClientCertificateRequired"/>.</summary>
    public TrustJudgement Judge(ProbeContact contact, TrustSet set, DateTimeOffset at)
    {
        if (contact.Chain.Count == 0 && contact.Failure is { } failure)
            return new TrustJudgement { Verdict = failure.Verdict, Message = failure.Message, Advice = failure.Advice };

        var judgement = Judge(contact.Chain, contact.Address.TlsName, set, at);
        return contact.Failure switch
        {
            null => judgement,
            { Verdict: TrustVerdict.ClientCertificateRequired } when judgement.Verdict != TrustVerdict.Trusted => judgement,
            var other => judgement with { Verdict = other.Verdict, Message = other.Message, Advice = other.Advice },
        };
    }

    /// <summary>
    /// Whether the judgement of a chain can differ between two sets: one of the certificates that are in one set alone could
    /// stand in its path. Cheap, by names alone; may say yes where it does not.
    /// </summary>
    /// <param name="chain">What the server sent.</param>
    /// <param name="before">A set.</param>
    /// <param name="after">Another.</param>
    /// <param name="changedSubjects">The subjects of all certificates that are in one of the sets alone.</param>
    public static bool CanDiffer(IReadOnlyList<PresentedCertificate> chain, TrustSet before, TrustSet after, IReadOnlySet<string> changedSubjects)
    {
        if (changedSubjects.Count == 0 || chain.Count == 0 || chain[0].Facts is not { } leaf)
            return false;

        // All names that a path can lead over, from the server's certificate upwards.
        var names = new HashSet<string> { leaf.SubjectKey, leaf.IssuerKey };
        var left = new Queue<string>(names);
        while (left.TryDequeue(out var name))
        {
            if (changedSubjects.Contains(name))
                return true;
            var issuers = chain.Select(c => c.Facts).OfType<CertificateFacts>().Where(f => f.SubjectKey == name)
                .Concat(before.WithSubject(name).Select(c => c.Facts))
                .Concat(after.WithSubject(name).Select(c => c.Facts));
            foreach (var issuer in issuers)
            {
                if (names.Add(issuer.IssuerKey))
                    left.Enqueue(issuer.IssuerKey);
            }
        }

        return false;
    }

    /// <summary>Whether a certificate was issued by another: it names the other one, whose key verifies its signature. What nothing on this machine can verify is not.</summary>
    public bool IsIssuedBy(PresentedCertificate certificate, PresentedCertificate issuer) =>
        certificate.Facts is { } facts && issuer.Facts is { } issuerFacts && facts.IssuerKey == issuerFacts.SubjectKey
        && Read(facts, certificate.Der) is { } read && Read(issuerFacts, issuer.Der) is { } issuerRead
        && Verify(read, issuerRead) == SignatureVerdict.Valid;

    private JudgedCertificate? Read(CertificateFacts facts, ReadOnlyMemory<byte> der) =>
        _certificates.GetOrAdd(facts.Sha256, static (_, c) => JudgedCertificate.Read(c.Facts, c.Der), (Facts: facts, Der: der));

    private SignatureVerdict Verify(JudgedCertificate certificate, JudgedCertificate issuer) =>
        _signatures.GetOrAdd(
            (certificate.Facts.Sha256, issuer.Facts.PublicKeySha256), static (_, pair) => JudgedCertificate.Verify(pair.Certificate, pair.Issuer), (Certificate: certificate, Issuer: issuer));

    /// <summary>Adds what .NET finds. A path without its end or with signatures that are not those of its keys it need not see.</summary>
    private (ChainPath Path, List<PathProblem> Problems) AskEngine((ChainPath Path, List<PathProblem> Problems) judged, DateTimeOffset at)
    {
        var (path, problems) = judged;
        if (path.End is PathEnd.MissingIssuer or PathEnd.TooLong || problems.Exists(p => p.Rank is PathProblemRank.ForgedSignature or PathProblemRank.NotVerifiable))
            return judged;

        var key = string.Concat(path.Links.Select(l => l.Facts.Sha256));
        var engine = _engine.GetOrAdd(key, static (_, asked) => ChainEngine.Ask(asked.Path, asked.At), (Path: path, At: at));
        return (path, [.. problems.Concat(engine.Problems(path, problems)).OrderBy(p => p.Rank).ThenBy(p => p.Index)]);
    }

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
        var isFixedByTrust = path.End == PathEnd.UntrustedRoot && last.Origin == PathOrigin.Presented && problems.TrueForAll(p => p.Rank == PathProblemRank.UntrustedRoot);
        return new TrustJudgement
        {
            Verdict = first?.Verdict ?? TrustVerdict.Trusted,
            Message = first?.Message ?? $"Trusted: the chain ends at {Texts.Quote(last.Facts.Name)}.",
            Advice = first?.Advice,
            Path = [.. path.Links.Select((link, i) => new PathCertificate(
                link.Facts.Sha256, link.Facts, link.Origin, link.Origin == PathOrigin.Managed ? link.InSet?.Store : null, [.. problems.Where(p => p.Index == i).Select(p => p.Text)]))],
            Missing = path.End == PathEnd.MissingIssuer ? Missing(last.Facts) : null,
            TrustableSha256 = isFixedByTrust ? last.Facts.Sha256 : null,
            Anchor = last.InSet,
            ExpiresAt = path.Links.Min(l => l.Facts.NotAfter),
        };
    }

    private static MissingIssuer Missing(CertificateFacts below) => new(
        below.IssuerName,
        below.Issuer,
        below.IssuerKey,
        below.AuthorityKeyIdentifier,
        [.. below.IssuerUrls.Where(u => u.Length <= MaxUrlLength).OrderByDescending(u => u.StartsWith("http", StringComparison.OrdinalIgnoreCase)).Take(MaxUrls)]);

    private static TrustJudgement Nothing(string message, string advice) => new() { Verdict = TrustVerdict.HandshakeFailed, Message = message, Advice = advice };
}
