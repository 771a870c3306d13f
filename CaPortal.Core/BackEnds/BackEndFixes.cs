using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.Inspection;
using CaPortal.Core.Probing;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Core.BackEnds;

/// <summary>
/// Finds the certificate that a chain lacks. It looks among those presented, in the other store, in the recycle bin, and
/// among those that other back-ends presented; else at the address that the chain names. A certificate that makes the chain
/// trusted comes first. Then comes one that is needed for that but is not enough.
/// </summary>
internal sealed class BackEndFixes(PortalDatabase database, PresentedChains chains, CurrentTrust trust, ChainJudge judge, TimeProvider time)
{
    /// <summary>Of one source; names with more certificates than these are made up.</summary>
    private const int MaxCandidates = 20;

    /// <summary>What it lacks; null if that is unknown or nothing has to be done.</summary>
    /// <param name="chain">What was presented.</param>
    /// <param name="name">The name that it must be for.</param>
    /// <param name="judgement">What is found now.</param>
    /// <param name="choice">The clients that count.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="DatabaseException" />
    public async Task<TrustFix?> FindAsync(
        IReadOnlyList<PresentedCertificate> chain, string name, TrustJudgement judgement, ClientChoice choice, CancellationToken cancellationToken)
    {
        if (judgement.Verdict is not (TrustVerdict.UnknownIssuer or TrustVerdict.UntrustedRoot) || judgement.Path is not [.., { Facts: not null } end])
            return null;

        var set = (await trust.GetAsync(cancellationToken)).Set;
        var wanted = SubjectsOf(judgement);
        var deleted = await DeletedAsync(wanted, cancellationToken);
        var others = judgement.Missing is { } missing ? await OthersAsync(missing.SubjectKey, cancellationToken) : [];
        var now = time.GetUtcNow();
        return await Task.Run(() => AtHand() ?? IssuerAddress(), cancellationToken);

        TrustFix? AtHand()
        {
            TrustFix? first = null;
            foreach (var candidate in Presented().Concat(OtherStore()).Concat(RecycleBin()).Concat(others))
            {
                var after = judge.Judge(chain, name, set.With(candidate.Removed, [candidate.Certificate]), now, choice);
                if (after.Verdict != TrustVerdict.Trusted && (first is not null || !Helps(candidate.Certificate, after)))
                    continue;
                var fix = FixOf(candidate, after);
                if (after.Verdict == TrustVerdict.Trusted)
                    return fix;
                first = fix;
            }

            return first;
        }

        // A server's own certificate, trusted as a root, would be good for that server alone: only where all is well with it.
        IEnumerable<Candidate> Presented() =>
            chain
                .Where(c =>
                    c.Facts is not null
                    && (c.Sha256 == judgement.TrustableSha256
                        || (c.Sha256 == end.Sha256 && judgement.Verdict == TrustVerdict.UntrustedRoot && judgement.Path.Count > 1)))
                .Take(1)
                .Select(c => new Candidate(TrustFixSource.Presented, new TrustSetCertificate(TrustOrigin.Managed, CaStore.Root, c.Facts!, c.Der)));

        IEnumerable<Candidate> OtherStore() => set.Certificates
            .Where(c => c.Origin == TrustOrigin.Managed && c.Store.Other == c.Facts.SuggestedStore && wanted.Contains(c.Facts.SubjectKey))
            .Take(MaxCandidates)
            .Select(c => new Candidate(TrustFixSource.OtherStore, c with { Store = c.Store.Other }) { Removed = new HashSet<CaCertificateKey> { c.Key } });

        // Where it was may have been wrong: among the roots, curl, Java and Python take an intermediate for an anchor.
        IEnumerable<Candidate> RecycleBin() => deleted.Where(c => c.Store == c.Facts.SuggestedStore).Select(c => new Candidate(TrustFixSource.RecycleBin, c));

        TrustFix? IssuerAddress() =>
            judgement.Missing is { } missing && missing.Urls.Where(IsFetchable).ToList() is [var first, ..] urls && CertificateOf(end, null) is { } issued
                ? new TrustFix(TrustFixSource.IssuerAddress, CaStore.CertificateAuthority, null, missing.Name, null, first) { IssuerOf = issued, Urls = urls }
                : null;

        // The chain leads further with it or ends well with it; that it is a part of the chain is not enough.
        bool Helps(TrustSetCertificate candidate, TrustJudgement after)
        {
            var position = PositionOf(candidate, after);
            var leadsFurther = judgement.Missing is not null && after.Path.Count > judgement.Path.Count;
            return position >= 0
                && (leadsFurther || IsTrusted(after))
                && (position == 0 || IsIssued(after.Path[position - 1], after.Path[position], candidate));
        }

        bool IsIssued(PathCertificate certificate, PathCertificate issuer, TrustSetCertificate candidate) =>
            CertificateOf(certificate, candidate) is { } below && CertificateOf(issuer, candidate) is { } above && judge.IsIssuedBy(below, above);

        PresentedCertificate? CertificateOf(PathCertificate of, TrustSetCertificate? candidate) =>
            candidate is not null && candidate.Facts.Sha256 == of.Sha256 ? new PresentedCertificate(of.Sha256, candidate.Der, candidate.Facts)
            : chain.FirstOrDefault(c => c.Sha256 == of.Sha256)
                ?? set.Certificates.Where(c => c.Facts.Sha256 == of.Sha256).Select(c => new PresentedCertificate(of.Sha256, c.Der, c.Facts)).FirstOrDefault();

        TrustFix FixOf(Candidate candidate, TrustJudgement after)
        {
            var certificate = candidate.Certificate;
            return new TrustFix(candidate.Source, certificate.Store, certificate.Facts.Sha256, certificate.Facts.Name, certificate.Der, null)
            {
                PresentedBy = candidate.PresentedBy,
                ProvenBy = candidate.PresentedBy is null ? null : ProofOf(certificate, after),
                Remaining = after.Verdict switch
                {
                    TrustVerdict.Trusted => null,
                    TrustVerdict.DependsOnClient => $"{after.Message} {after.Advice}",
                    _ => after.Message,
                },
            };
        }

        // The root that vouches for it, where each signature up to there is right and nothing is wrong on the way.
        string? ProofOf(TrustSetCertificate candidate, TrustJudgement after)
        {
            var position = PositionOf(candidate, after);
            var above = after.Path.Skip(Math.Max(position, 0)).ToList();
            return position >= 0 && above.Count > 1 && IsTrusted(after) && above.TrueForAll(c => c.Problems.Count == 0)
                && above.Zip(above.Skip(1)).All(pair => IsIssued(pair.First, pair.Second, candidate))
                ? after.Anchor!.Facts.Name
                : null;
        }
    }

    private static bool IsFetchable(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var address) && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps);

    private static int PositionOf(TrustSetCertificate candidate, TrustJudgement after) =>
        after.Path.Select(c => c.Sha256).ToList().IndexOf(candidate.Facts.Sha256);

    /// <summary>Whether the chain ends at a trusted root, even if something else is wrong with it.</summary>
    private static bool IsTrusted(TrustJudgement judgement) =>
        judgement is { Anchor.Store: CaStore.Root, Missing: null, Verdict: not (TrustVerdict.UnknownIssuer or TrustVerdict.UntrustedRoot) };

    /// <summary>The subjects of what could be missing: the issuer that is named, and what the path ends with.</summary>
    private static HashSet<string> SubjectsOf(TrustJudgement judgement)
    {
        var end = judgement.Path is [.., var last] ? last.Facts : null;
        string?[] subjects = [judgement.Missing?.SubjectKey, end?.SubjectKey, end?.IssuerKey];
        return [.. subjects.OfType<string>()];
    }

    private Task<List<TrustSetCertificate>> DeletedAsync(HashSet<string> subjects, CancellationToken cancellationToken) => database.RunAsync(
        async db =>
        {
            var rows = await db.OwnCertificates.AsNoTracking()
                .Where(c => c.RemovedRevision != null && subjects.Contains(c.Blob.Facts.SubjectKey))
                .OrderByDescending(c => c.RemovedRevision).ThenBy(c => c.Id)
                .Take(MaxCandidates)
                .Select(c => new { c.Store, c.Blob.Facts, c.Blob.Der })
                .ToListAsync(cancellationToken);
            return rows.Select(c => new TrustSetCertificate(TrustOrigin.Managed, c.Store, c.Facts, c.Der)).ToList();
        },
        cancellationToken);

    /// <summary>What back-ends presented with this subject, each once: servers forget their intermediates, and not all at the same time.</summary>
    private async Task<List<Candidate>> OthersAsync(string subjectKey, CancellationToken cancellationToken)
    {
        var stored = await database.RunAsync(db => chains.LoadAsync(db, cancellationToken), cancellationToken);
        return
        [
            .. stored.SelectMany(b => b.Chain.Where(c => c.Facts?.SubjectKey == subjectKey).Select(c => (BackEnd: b, Certificate: c)))
                .DistinctBy(c => c.Certificate.Sha256)
                .Take(MaxCandidates)
                .Select(c => new Candidate(TrustFixSource.OtherBackEnd, CertificateOf(c.Certificate)) { PresentedBy = c.BackEnd.Address }),
        ];

        static TrustSetCertificate CertificateOf(PresentedCertificate c) =>
            new(TrustOrigin.Managed, c.Facts!.IsSelfSigned ? CaStore.Root : CaStore.CertificateAuthority, c.Facts, c.Der);
    }

    private sealed record Candidate(TrustFixSource Source, TrustSetCertificate Certificate)
    {
        public IReadOnlySet<CaCertificateKey> Removed { get; init; } = new HashSet<CaCertificateKey>();

        public BackEndAddress? PresentedBy { get; init; }
    }
}
