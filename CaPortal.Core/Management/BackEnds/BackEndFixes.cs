using CaPortal.Core.BackEnds;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Core.Management.BackEnds;

/// <summary>
/// Finds the certificate that would make a chain trusted: among those presented, in the other store, in the recycle bin,
/// else at the address that the chain names. What is at hand is offered only where the chain is trusted with it.
/// </summary>
internal sealed class BackEndFixes(PortalDatabase database, CurrentTrust trust, ChainJudge judge, TimeProvider time)
{
    /// <summary>What would make it trusted with one click; null where nothing can be told or nothing has to be done.</summary>
    /// <param name="chain">What was presented.</param>
    /// <param name="name">The name that it must be for.</param>
    /// <param name="judgement">What is found now.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="DatabaseException">The database cannot be used now.</exception>
    public async Task<TrustFix?> FindAsync(
        IReadOnlyList<PresentedCertificate> chain, string name, TrustJudgement judgement, CancellationToken cancellationToken)
    {
        if (judgement.Verdict is not (TrustVerdict.UnknownIssuer or TrustVerdict.UntrustedRoot))
            return null;

        var set = (await trust.GetAsync(cancellationToken)).Set;
        var wanted = SubjectsOf(judgement);
        var deleted = await DeletedAsync(wanted, cancellationToken);
        var now = time.GetUtcNow();
        return await Task.Run(() => Presented() ?? OtherStore() ?? RecycleBin() ?? IssuerAddress(), cancellationToken);

        TrustFix? Presented() => chain
            .Where(c => c.Sha256 == judgement.TrustableSha256 && c.Facts is not null)
            .Select(c => new TrustSetCertificate(TrustOrigin.Managed, CaStore.Root, c.Facts!, c.Der))
            .Where(c => IsTrustedWith([], c))
            .Select(c => FixOf(TrustFixSource.Presented, c))
            .FirstOrDefault();

        TrustFix? OtherStore() => set.Certificates
            .Where(c => c.Origin == TrustOrigin.Managed && wanted.Contains(c.Facts.SubjectKey))
            .Select(c => (From: c, To: c with { Store = c.Store.Other }))
            .Where(c => IsTrustedWith([c.From.Key], c.To))
            .Select(c => FixOf(TrustFixSource.OtherStore, c.To))
            .FirstOrDefault();

        TrustFix? RecycleBin() => deleted.Where(c => IsTrustedWith([], c)).Select(c => FixOf(TrustFixSource.RecycleBin, c)).FirstOrDefault();

        TrustFix? IssuerAddress() =>
            judgement.Missing is { } missing && missing.Urls.Where(IsFetchable).ToList() is [var first, ..] urls && CertificateOf(judgement.Path[^1].Sha256) is { } issued
                ? new TrustFix(TrustFixSource.IssuerAddress, CaStore.CertificateAuthority, null, missing.Name, null, first) { IssuerOf = issued, Urls = urls }
                : null;

        PresentedCertificate? CertificateOf(string sha256) =>
            chain.FirstOrDefault(c => c.Sha256 == sha256)
            ?? set.Certificates.Where(c => c.Facts.Sha256 == sha256).Select(c => new PresentedCertificate(sha256, c.Der, c.Facts)).FirstOrDefault();

        bool IsTrustedWith(HashSet<CaCertificateKey> removed, TrustSetCertificate added) =>
            judge.Judge(chain, name, set.With(removed, [added]), now).Verdict == TrustVerdict.Trusted;
    }

    private static bool IsFetchable(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var address) && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps);

    private static TrustFix FixOf(TrustFixSource source, TrustSetCertificate certificate) =>
        new(source, certificate.Store, certificate.Facts.Sha256, certificate.Facts.Name, certificate.Der, null);

    /// <summary>The subjects of what could be missing: the issuer that is told, and whatever the path ends with.</summary>
    private static HashSet<string> SubjectsOf(TrustJudgement judgement)
    {
        var end = judgement.Path is [.., var last] ? last.Facts : null;
        string?[] subjects = [judgement.Missing?.SubjectKey, end?.SubjectKey, end?.IssuerKey];
        return [.. subjects.OfType<string>()];
    }

    private Task<List<TrustSetCertificate>> DeletedAsync(HashSet<string> subjects, CancellationToken cancellationToken) => database.RunAsync(
        async db =>
        {
            var rows = await db.Certificates.AsNoTracking()
                .Where(c => c.InstanceId == PortalDb.DefaultInstanceId && c.RemovedRevision != null && subjects.Contains(c.Blob.Facts.SubjectKey))
                .OrderByDescending(c => c.RemovedRevision).ThenBy(c => c.Id)
                .Select(c => new { c.Store, c.Blob.Facts, c.Blob.Der })
                .ToListAsync(cancellationToken);
            return rows.Select(c => new TrustSetCertificate(TrustOrigin.Managed, c.Store, c.Facts, c.Der)).ToList();
        },
        cancellationToken);
}
