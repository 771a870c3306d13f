using CaPortal.Core.Checks;
using CaPortal.Core.Data;
using CaPortal.Core.Inventory;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Core.Inspection;

/// <summary>Finds certificates by subject, among those under management and the operating system's own roots.</summary>
internal sealed class KnownCertificateFinder(PublicRoots publicRoots, PortalDatabase database)
{
    /// <summary>Everything with one of these subjects, and the revision that it is of.</summary>
    /// <param name="subjectKeys">Subjects in the form of <see cref="Certificates.CertificateFacts.SubjectKey"/>.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="DatabaseException" />
    public async Task<(long Revision, IReadOnlyList<KnownCertificate> Certificates)> FindAsync(
        IReadOnlySet<string> subjectKeys, CancellationToken cancellationToken)
    {
        var (revision, managed) = await database.RunAsync(
            async db =>
            {
                // First, so that a change in between makes the plan stale and not wrong.
                var current = await CertificateList.RevisionAsync(db, cancellationToken);
                var rows = await db.OwnCertificates
                    .Where(c => c.RemovedRevision == null && subjectKeys.Contains(c.Blob.Facts.SubjectKey))
                    .Select(c => new { c.Store, c.Blob.Facts, c.Blob.Der })
                    .ToListAsync(cancellationToken);
                return (current, rows);
            },
            cancellationToken);
        return (revision,
        [
            .. managed.Select(c => new KnownCertificate(KnownOrigin.Managed, c.Store, c.Facts, c.Der)),
            .. (await publicRoots.GetAsync(cancellationToken)).Where(c => subjectKeys.Contains(c.Facts.SubjectKey)),
        ]);
    }
}
