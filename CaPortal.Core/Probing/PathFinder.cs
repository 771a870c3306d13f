using CaPortal.Core.Certificates;

namespace CaPortal.Core.Probing;

/// <summary>
/// Finds the paths of a chain through what was presented and what is in the set, and nothing else. Bounded, however
/// certificates name and sign each other.
/// </summary>
internal sealed class PathFinder
{
    /// <summary>Certificates in one path: more than any real chain has; Java takes ten from a server.</summary>
    public const int MaxLength = 32;

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
        if (IsRoot(last.Certificate) || path.Count == MaxLength)
        {
            End(path, null);
            return;
        }

        var candidates = Candidates(last, path).ToList();
        var signers = Signers(last, candidates);
        if (signers.Count == 0)
            End(path, candidates.Select(c => c.Issuer).FirstOrDefault());

        foreach (var (below, issuer) in signers)
        {
            if (_paths.Count < MaxPaths)
                Extend([.. path[..^1], below, issuer]);
        }
    }

    /// <summary>
    /// The certificate, as its issuer makes it, and the issuer. The key decides. If no issuer that the certificate means
    /// signed it, this is the one that did sign it, though the certificate contradicts it. Else it is the one that the
    /// certificate names without doubt, which shows what is wrong.
    /// </summary>
    private List<(PathLink Below, PathLink Issuer)> Signers(PathLink last, List<(PathLink Issuer, string? Contradiction)> candidates)
    {
        var judged = candidates.Where(c => c.Contradiction is null)
            .Select(c => (Below: last with { Signature = _verify(last.Certificate, c.Issuer.Certificate) }, c.Issuer))
            .ToList();
        var signers = judged.FindAll(j => j.Below.Signature != SignatureVerdict.Invalid);
        if (signers.Count == 0)
        {
            signers = [.. candidates
                .Where(c => c.Contradiction is not null && _verify(last.Certificate, c.Issuer.Certificate) == SignatureVerdict.Valid)
                .Select(c => (last with { Signature = SignatureVerdict.Valid, Contradiction = c.Contradiction }, c.Issuer))];
        }

        return signers.Count > 0 ? signers : [.. judged.Where(j => last.Certificate.AuthorityKey?.Proves(j.Issuer.Facts) == true).Take(1)];
    }

    private void End(List<PathLink> path, PathLink? namesake)
    {
        var last = path[^1];
        if (!IsRoot(last.Certificate))
        {
            _paths.Add(new ChainPath(path, path.Count == MaxLength ? PathEnd.TooLong : PathEnd.MissingIssuer, namesake));
            return;
        }

        last = last with { Signature = Own(last.Certificate), Contradiction = last.Certificate.AuthorityKey?.Contradiction(last.Facts) };
        _paths.Add(new ChainPath([.. path[..^1], last], last.InSet?.Store == CaStore.Root ? PathEnd.TrustedRoot : PathEnd.UntrustedRoot));
    }

    /// <summary>Those with the issuer's name, and how the certificate contradicts each; those that it can mean first.</summary>
    private IEnumerable<(PathLink Issuer, string? Contradiction)> Candidates(PathLink of, List<PathLink> path)
    {
        var facts = of.Facts;
        var candidates = new List<PathLink>();
        foreach (var (sent, certificate) in _presented)
        {
            if (sent.Facts!.SubjectKey == facts.IssuerKey)
                candidates.Add(Link(certificate, isPresented: true));
        }

        var inSet = _set.WithSubject(facts.IssuerKey)
            .OrderByDescending(k => facts.AuthorityKeyIdentifier is not null && facts.AuthorityKeyIdentifier == k.Facts.SubjectKeyIdentifier);
        foreach (var known in inSet.Take(MaxIssuers))
        {
            if (candidates.All(c => c.Facts.Sha256 != known.Facts.Sha256) && _read(known.Facts, known.Der) is { } certificate)
                candidates.Add(Link(certificate, isPresented: false));
        }

        return candidates
            .Where(c => path.All(p => p.Facts.Sha256 != c.Facts.Sha256))
            .Select(c => (Issuer: c, Contradiction: of.Certificate.AuthorityKey?.Contradiction(c.Facts)))
            .OrderByDescending(c => c.Contradiction is null)
            .ThenByDescending(c => _at >= c.Issuer.Facts.NotBefore && _at <= c.Issuer.Facts.NotAfter)
            .ThenByDescending(c => c.Issuer.InSet?.Store == CaStore.Root && IsRoot(c.Issuer.Certificate))
            .ThenByDescending(c => facts.AuthorityKeyIdentifier is not null && facts.AuthorityKeyIdentifier == c.Issuer.Facts.SubjectKeyIdentifier)
            .ThenByDescending(c => c.Issuer.Facts.NotAfter)
            .Take(MaxIssuers);
    }

    /// <summary>
    /// Whether a path ends at it: its own key made its signature, or is named as the one that did. By its names alone it can
    /// be a cross certificate from another CA of the same name. As a trusted root it ends the path all the same, since
    /// clients do not verify the signature of a root.
    /// </summary>
    private bool IsRoot(JudgedCertificate certificate) => Own(certificate) switch
    {
        null => false,
        SignatureVerdict.Valid => true,
        SignatureVerdict.NotVerifiable => certificate.Facts.IsSelfSigned,
        _ => certificate.AuthorityKey?.Proves(certificate.Facts) == true
            || (certificate.AuthorityKey?.Contradiction(certificate.Facts) is null
                && _set.WithSubject(certificate.Facts.SubjectKey).Any(k => k.Store == CaStore.Root && k.Facts.Sha256 == certificate.Facts.Sha256)),
    };

    private SignatureVerdict? Own(JudgedCertificate certificate) =>
        certificate.Facts.SubjectKey == certificate.Facts.IssuerKey ? _verify(certificate, certificate) : null;

    /// <summary>A root counts as what the set makes it, an intermediate as presented where it was: then nothing depends on the set.</summary>
    private PathLink Link(JudgedCertificate certificate, bool isPresented)
    {
        var facts = certificate.Facts;
        var isRoot = IsRoot(certificate);
        if (isPresented && !isRoot)
            return new PathLink(certificate, PathOrigin.Presented, null);

        var known = _set.WithSubject(facts.SubjectKey)
            .Where(k => k.Facts.Sha256 == facts.Sha256 && (!isPresented || k.Store == CaStore.Root))
            .OrderByDescending(k => (k.Store == CaStore.Root) == isRoot)
            .ThenBy(k => k.Origin)
            .FirstOrDefault();
        return known is null
            ? new PathLink(certificate, PathOrigin.Presented, null)
            : new PathLink(certificate, known.Origin == TrustOrigin.Managed ? PathOrigin.Managed : PathOrigin.OperatingSystem, known);
    }
}
