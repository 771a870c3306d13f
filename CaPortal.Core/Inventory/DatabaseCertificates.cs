using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.TrustStores;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Core.Inventory;

/// <summary>What the trust stores must hold, from the portal's own database.</summary>
internal sealed class DatabaseCertificates(PortalDatabase database) : ICertificateSource
{
    /// <inheritdoc/>
    /// <exception cref="DatabaseException" />
    public Task<IReadOnlyList<TrustedCertificate>> LoadAsync(IReadOnlyCollection<CaCertificateKey> keys, CancellationToken cancellationToken) =>
        database.RunAsync(db => LoadAsync(db, keys, cancellationToken), cancellationToken);

    /// <summary>The desired state of the newest revision, as this transaction sees it.</summary>
    public async Task<DesiredState> LoadDesiredAsync(PortalDb db, CancellationToken cancellationToken)
    {
        var revision = await CertificateList.RevisionAsync(db, cancellationToken);
        var rows = await db.OwnCertificates
            .Select(c => new { c.Store, c.Sha256, c.BreaksReaders, IsRemoved = c.RemovedRevision != null })
            .ToListAsync(cancellationToken);
        var keys = rows.ToLookup(r => r.IsRemoved, r => (Key: new CaCertificateKey(r.Store, r.Sha256), r.BreaksReaders));
        var takenBack = await db.OwnMissing.AsNoTracking().Where(m => m.Reason == MissingReason.TakenBack).ToListAsync(cancellationToken);
        return new DesiredState(
            revision,
            keys[false].Select(c => c.Key).ToHashSet(),
            keys[false].Where(c => c.BreaksReaders).Select(c => c.Key).ToHashSet(),
            keys[true].Select(c => c.Key).ToHashSet(),
            this)
        {
            TakenBack = takenBack.Select(m => (m.TrustStore, new CaCertificateKey(m.Store, m.Sha256))).ToHashSet(),
        };
    }

    private static async Task<IReadOnlyList<TrustedCertificate>> LoadAsync(
        PortalDb db, IReadOnlyCollection<CaCertificateKey> keys, CancellationToken cancellationToken)
    {
        var hashes = keys.Select(k => k.Sha256).Distinct().ToList();
        var blobs = await db.Blobs
            .Where(b => hashes.Contains(b.Sha256))
            .Select(b => new { b.Sha256, b.Der, b.Facts.Subject, b.Facts.NotBefore, b.Facts.NotAfter })
            .ToDictionaryAsync(b => b.Sha256, cancellationToken);
        return
        [
            .. keys.Where(k => blobs.ContainsKey(k.Sha256)).Select(k => (Key: k, Blob: blobs[k.Sha256]))
                .Select(c => new TrustedCertificate(c.Key, c.Blob.Der, c.Blob.Subject, c.Blob.NotBefore, c.Blob.NotAfter)),
        ];
    }
}
