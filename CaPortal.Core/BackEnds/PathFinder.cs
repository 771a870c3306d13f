using CaPortal.Core.Certificates;
using CaPortal.Core.Checks;

namespace CaPortal.Core.BackEnds;

/// <summary>
/// Finds the paths of a chain through what was presented and what is in the set, and nothing else. Bounded, however
/// certificates name and sign each other.
/// </summary>
internal sealed class PathFinder
{
    /// <summary>Certificates in one path: more than clients take.</summary>
    public const int MaxLength = 16;

    private const int MaxPaths = 16;
    private const int MaxSteps = 128;

    /// <summary>Names with more certificates than these are made up.</summary>
    private const int MaxIssuers = 20;

    private readonly List<(PresentedCertificate Presented, JudgedCertificate Certificate)> _presented;
    private readonly TrustSet _set;
    private readonly DateTime _at;
    private readonly Func<CertificateFacts, ReadOnlyMemory<byte>, JudgedCertificate?> _read;
    private readonly Func<JudgedCertificate, JudgedCertificate, SignatureVerdict> _verify;
    private readonly List<ChainPath> _paths = [];
    private int _steps;

    private PathFinder(
        IEnumerable<PresentedCertificate> presented,
        TrustSet set,
        DateTime at,
        Func<CertificateFacts, ReadOnlyMemory<byte>, JudgedCertificate?> read,
        Func<JudgedCertificate, JudgedCertificate, SignatureVerdict> verify)
    {
        (_set, _at, _read, _verify) = (set, at, read, verify);
        _presented = [];
        foreach (var sent in presented)
        {
            if (sent.Facts is { } facts && read(facts, sent.Der) is { } certificate)
                _presented.Add((sent, certificate));
        }
    }

    /// <summary>Finds them; at least one.</summary>
    /// <param name="leaf">The server's certificate.</param>
    /// <param name="others">What the server sent besides.</param>
    /// <param name="set">The set.</param>
    /// <param name="at">Certificates that are valid then are tried first.</param>
    /// <param name="read">Reads a certificate.</param>
    /// <param name="verify">Verifies the first one's signature with the second one's key.</param>
    public static IReadOnlyList<ChainPath> Find(
        JudgedCertificate leaf,
        IEnumerable<PresentedCertificate> others,
        TrustSet set,
        DateTime at,
        Func<CertificateFacts, ReadOnlyMemory<byte>, JudgedCertificate?> read,
        Func<JudgedCertificate, JudgedCertificate, SignatureVerdict> verify)
    {
        var finder = new PathFinder(others, set, at, read, verify);
        finder.Extend([finder.Link(leaf, isPresented: true)]);
        return finder._paths;
    }

    private void Extend(List<PathLink> path)
    {
        if (++_steps > MaxSteps && _paths.Count > 0)
            return;

        var last = path[^1];
        var own = last.Facts.IsSelfSigned ? _verify(last.Certificate, last.Certificate) : (SignatureVerdict?)null;
        if (own is SignatureVerdict.Valid or SignatureVerdict.NotVerifiable || path.Count == MaxLength)
        {
            End(path, own);
            return;
        }

        var issuers = Issuers(last, path).Select(i => (Certificate: i, Verdict: _verify(last.Certificate, i.Certificate))).ToList();
        var signers = issuers.Where(i => i.Verdict != SignatureVerdict.Invalid).ToList();
        if (signers.Count == 0 && own is null && issuers.Count > 0)
            signers.Add(issuers[0]); // Where all that has the issuer's name did not sign it, the first shows what is wrong.
        if (signers.Count == 0)
            End(path, own);

        foreach (var (issuer, verdict) in signers)
        {
            if (_paths.Count < MaxPaths)
                Extend([.. path[..^1], last with { Signature = verdict }, issuer]);
        }
    }

    private void End(List<PathLink> path, SignatureVerdict? own)
    {
        var last = path[^1] with { Signature = own };
        var end = own is null ? (path.Count == MaxLength ? PathEnd.TooLong : PathEnd.MissingIssuer) : last.InSet?.Store == CaStore.Root ? PathEnd.TrustedRoot : PathEnd.UntrustedRoot;
        _paths.Add(new ChainPath([.. path[..^1], last], end));
    }

    private IEnumerable<PathLink> Issuers(PathLink of, List<PathLink> path)
    {
        var facts = of.Facts;
        var candidates = new List<PathLink>();
        foreach (var (sent, certificate) in _presented)
        {
            if (sent.Facts!.SubjectKey == facts.IssuerKey)
                candidates.Add(Link(certificate, isPresented: true));
        }

        foreach (var known in _set.WithSubject(facts.IssuerKey).Take(MaxIssuers))
        {
            if (candidates.All(c => c.Facts.Sha256 != known.Facts.Sha256) && _read(known.Facts, known.Der) is { } certificate)
                candidates.Add(Link(certificate, isPresented: false));
        }

        return candidates
            .Where(c => path.All(p => p.Facts.Sha256 != c.Facts.Sha256) && CanBeIssuer(facts, c.Facts))
            .OrderByDescending(c => _at >= c.Facts.NotBefore && _at <= c.Facts.NotAfter)
            .ThenByDescending(c => c.InSet?.Store == CaStore.Root && c.Facts.IsSelfSigned)
            .ThenByDescending(c => facts.AuthorityKeyIdentifier is not null && facts.AuthorityKeyIdentifier == c.Facts.SubjectKeyIdentifier)
            .ThenByDescending(c => c.Facts.NotAfter)
            .Take(MaxIssuers);
    }

    /// <summary>RFC 5280 §4.2.1.1: where both certificates tell a key identifier, it is the same.</summary>
    private static bool CanBeIssuer(CertificateFacts facts, CertificateFacts issuer) =>
        facts.AuthorityKeyIdentifier is null || issuer.SubjectKeyIdentifier is null || facts.AuthorityKeyIdentifier == issuer.SubjectKeyIdentifier;

    /// <summary>A root counts as what the set makes it, an intermediate as presented where it was: then nothing depends on the set.</summary>
    private PathLink Link(JudgedCertificate certificate, bool isPresented)
    {
        var facts = certificate.Facts;
        if (isPresented && !facts.IsSelfSigned)
            return new PathLink(certificate, PathOrigin.Presented, null);

        var known = _set.WithSubject(facts.SubjectKey)
            .Where(k => k.Facts.Sha256 == facts.Sha256 && (!isPresented || k.Store == CaStore.Root))
            .OrderByDescending(k => (k.Store == CaStore.Root) == facts.IsSelfSigned)
            .ThenBy(k => k.Origin)
            .FirstOrDefault();
        return known is null
            ? new PathLink(certificate, PathOrigin.Presented, null)
            : new PathLink(certificate, known.Origin == TrustOrigin.Managed ? PathOrigin.Managed : PathOrigin.OperatingSystem, known);
    }
}
