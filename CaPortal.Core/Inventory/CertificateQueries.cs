using System.Linq.Expressions;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.TrustStores;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace CaPortal.Core.Inventory;

/// <summary>Reading the list. Everything comes from stored facts; no certificate is parsed again.</summary>
internal sealed class CertificateQueries(PortalDatabase database, TrustStoreSelection trustStores, IOptions<CoreOptions> options, TimeProvider time)
{
    /// <summary>A part of the list.</summary>
    public Task<CaCertificatePage> ListAsync(CaCertificateQuery query, CancellationToken cancellationToken) => database.RunAsync(
        async db =>
        {
            var revision = await RevisionAsync(db, cancellationToken);
            var rows = Filter(Rows(db, await StoresStateAsync(db, cancellationToken), query.Deleted), query);
            var count = await rows.CountAsync(cancellationToken);

            // Only what is shown is read in full: the database sorts narrow rows many times faster than wide ones.
            var ids = await Sort(rows, query).Skip(query.Skip).Take(query.Top).Select(r => r.Certificate.Id).ToListAsync(cancellationToken);
            var page = await rows.Where(r => ids.Contains(r.Certificate.Id)).ToDictionaryAsync(r => r.Certificate.Id, cancellationToken);
            return new CaCertificatePage([.. ids.Where(page.ContainsKey).Select(id => ToCertificate(page[id]))], count, revision);
        },
        cancellationToken);

    /// <summary>The identities of everything that the query has, in its order and whatever its part.</summary>
    public Task<IReadOnlyList<CaCertificateKey>> KeysAsync(CaCertificateQuery query, CancellationToken cancellationToken) => database.RunAsync(
        async db =>
        {
            var rows = Filter(Rows(db, await StoresStateAsync(db, cancellationToken), query.Deleted), query);
            var keys = await Sort(rows, query).Select(r => new { r.Certificate.Store, r.Certificate.Sha256 }).ToListAsync(cancellationToken);
            return (IReadOnlyList<CaCertificateKey>)[.. keys.Select(k => new CaCertificateKey(k.Store, k.Sha256))];
        },
        cancellationToken);

    /// <summary>The certificate in each store that it is in.</summary>
    public Task<IReadOnlyList<CaCertificate>> FindAsync(string sha256, CancellationToken cancellationToken) => database.RunAsync(
        async db =>
        {
            var rows = Rows(db, await StoresStateAsync(db, cancellationToken), deleted: false);
            var found = await rows.Where(r => r.Certificate.Sha256 == sha256).OrderByDescending(r => r.Certificate.Store).ToListAsync(cancellationToken);
            return (IReadOnlyList<CaCertificate>)[.. found.Select(ToCertificate)];
        },
        cancellationToken);

    /// <summary>What stands in one trust store about each of its certificates that is not simply there.</summary>
    public Task<IReadOnlyList<NodeStatus>> TrustStoreStatusesAsync(CancellationToken cancellationToken) => database.RunAsync(
        async db => (IReadOnlyList<NodeStatus>)await db.OwnStatuses.AsNoTracking().ToListAsync(cancellationToken),
        cancellationToken);

    /// <summary>In which trust stores the certificate is not.</summary>
    public Task<IReadOnlyList<NodeMissing>> MissingAsync(CaCertificateKey key, CancellationToken cancellationToken) => database.RunAsync(
        async db => (IReadOnlyList<NodeMissing>)await db.OwnMissing.AsNoTracking()
            .Where(m => m.Store == key.Store && m.Sha256 == key.Sha256)
            .ToListAsync(cancellationToken),
        cancellationToken);

    /// <summary>The DER encoding of a certificate that is, or was, under management; null where it never was.</summary>
    public Task<byte[]?> DerAsync(string sha256, CancellationToken cancellationToken) => database.RunAsync(
        db => db.Blobs.Where(b => b.Sha256 == sha256).Select(b => b.Der).SingleOrDefaultAsync(cancellationToken),
        cancellationToken);

    /// <summary>The certificates of a store as they can be handed to any program.</summary>
    public Task<StoreBundle> BundleAsync(CaStore store, CancellationToken cancellationToken) => database.RunAsync(
        async db =>
        {
            var rows = db.OwnCertificates.Where(c => c.Store == store && c.RemovedRevision == null);
            var certificates = await rows.Where(c => !c.BreaksReaders)
                .OrderBy(c => c.Sha256).Select(c => new BundledCertificate(c.Sha256, c.Blob.Der)).ToListAsync(cancellationToken);
            return new StoreBundle(certificates, await rows.CountAsync(c => c.BreaksReaders, cancellationToken));
        },
        cancellationToken);

    /// <summary>The changes after a revision, oldest first; with a certificate, its own alone.</summary>
    public Task<IReadOnlyList<RevisionSummary>> HistoryAsync(long after, CaCertificateKey? key, CancellationToken cancellationToken) => database.RunAsync(
        async db =>
        {
            var revisions = db.OwnRevisions.AsNoTracking().Where(r => r.Revision > after);
            if (key is { } k)
                revisions = revisions.Where(r => r.Changes.Any(c => c.Store == k.Store && c.Sha256 == k.Sha256));
            var found = await revisions.OrderBy(r => r.Revision).Include(r => r.Changes.Where(c => key == null || c.Sha256 == key.Value.Sha256)).ToListAsync(cancellationToken);
            return (IReadOnlyList<RevisionSummary>)[.. found.Select(r => new RevisionSummary(
                r.Revision,
                Enum.Parse<ChangeKind>(r.Kind),
                r.By,
                r.At,
                r.Reason,
                [.. r.Changes.Select(c => new RevisionSummaryChange(new CaCertificateKey(c.Store, c.Sha256), c.Name, c.IsAddition))]))];
        },
        cancellationToken);

    /// <summary>The revision of the list.</summary>
    public static Task<long> RevisionAsync(PortalDb db, CancellationToken cancellationToken) =>
        db.OwnInstance.Select(i => i.Revision).SingleAsync(cancellationToken);

    private async Task<StoresState> StoresStateAsync(PortalDb db, CancellationToken cancellationToken)
    {
        var statuses = await db.OwnStatuses.AsNoTracking().ToDictionaryAsync(s => s.TrustStore, cancellationToken);
        return new StoresState(StateOf(CaStore.Root), StateOf(CaStore.CertificateAuthority));

        StoreState StateOf(CaStore store)
        {
            var used = trustStores.Enabled.Where(t => t.Holds(store))
                .Select(t => statuses.GetValueOrDefault(t.Name) ?? new NodeStatus { TrustStore = t.Name, ObservedHash = "", Result = TrustStoreResult.Failed })
                .Where(s => s.Result != TrustStoreResult.Absent)
                .ToList();
            return new StoreState(
                used.Count,
                used.Select(s => s.Revision).DefaultIfEmpty(-1).Min(),
                used.Select(s => s.VerifiedRevision).DefaultIfEmpty(-1).Min(),
                used.Exists(s => s.ObservedHash is null || (s.Result == TrustStoreResult.Installed && s.ObservedHash != s.ExpectedHash)));
        }
    }

    private static IQueryable<Row> Rows(PortalDb db, StoresState state, bool deleted)
    {
        var (root, intermediate) = state;
        var missing = db.OwnMissing;
        var certificates = db.OwnCertificates.AsNoTracking().Where(c => (c.RemovedRevision != null) == deleted);

        // What was moved is in its other store, and not in the recycle bin.
        if (deleted)
            certificates = certificates.Where(c => !db.Certificates.Any(o => o.InstanceId == c.InstanceId && o.Sha256 == c.Sha256 && o.Store != c.Store && o.AddedRevision == c.RemovedRevision));
        return certificates.Select(c => new Row
        {
            Certificate = c,
            Facts = c.Blob.Facts,
            Status = (c.Store == CaStore.Root ? root.IsUnreadable : intermediate.IsUnreadable)
                    || missing.Any(m => m.Store == c.Store && m.Sha256 == c.Sha256 && (m.Reason == MissingReason.NotInstalled || m.Reason == MissingReason.TakenBack)) ? CaCertificateStatus.Failed
                : missing.Any(m => m.Store == c.Store && m.Sha256 == c.Sha256 && m.Reason == MissingReason.Drifted) ? CaCertificateStatus.Drifted
                : c.RemovedRevision == null && c.AddedRevision > (c.Store == CaStore.Root ? root.Revision : intermediate.Revision) ? CaCertificateStatus.Pending
                : c.RemovedRevision > (c.Store == CaStore.Root ? root.VerifiedRevision : intermediate.VerifiedRevision) ? CaCertificateStatus.Pending
                : missing.Count(m => m.Store == c.Store && m.Sha256 == c.Sha256 && m.Reason == MissingReason.LeftOut)
                    >= (c.Store == CaStore.Root ? root.TrustStores : intermediate.TrustStores) ? CaCertificateStatus.Failed
                : CaCertificateStatus.Installed,
        });
    }

    private IQueryable<Row> Filter(IQueryable<Row> rows, CaCertificateQuery query)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var soon = now.AddDays(CertificateFacts.ExpiresSoonDays);
        foreach (var word in CertificateSearch.WordsOf(query.Search))
            rows = rows.Where(r => r.Certificate.SearchText.Contains(word));
        if (query.Store is { } store)
            rows = rows.Where(r => r.Certificate.Store == store);
        if (query.Status is { } status)
            rows = rows.Where(r => r.Status == status);
        return query.Expiry switch
        {
            ExpiryFilter.Expired => rows.Where(r => r.Facts.NotAfter < now),
            ExpiryFilter.Soon => rows.Where(r => r.Facts.NotAfter >= now && r.Facts.NotAfter < soon),
            _ => rows,
        };
    }

    private static IQueryable<Row> Sort(IQueryable<Row> rows, CaCertificateQuery query)
    {
        var sorted = query.Sort switch
        {
            CaCertificateSort.Status => By(r => r.Status),
            CaCertificateSort.Store => By(r => r.Certificate.Store),
            // Self-signed ones come together, since they are shown without an issuer; as facts tell it (IsSelfSigned), in the database's words.
            CaCertificateSort.Issuer => By(r => r.Facts.SubjectKey == r.Facts.IssuerKey
                    && (r.Facts.IsSignedByOwnKey
                        ?? (r.Facts.AuthorityKeyIdentifier == null || r.Facts.SubjectKeyIdentifier == null || r.Facts.AuthorityKeyIdentifier == r.Facts.SubjectKeyIdentifier))
                ? ""
                : r.Certificate.Blob.IssuerOrder),
            CaCertificateSort.Expiry => By(r => r.Facts.NotAfter),
            CaCertificateSort.Thumbprint => By(r => r.Facts.Thumbprint),
            CaCertificateSort.AddedBy => By(r => r.Certificate.AddedBy),
            CaCertificateSort.AddedAt => By(r => r.Certificate.AddedAt),
            CaCertificateSort.RemovedAt => By(r => r.Certificate.RemovedAt),
            _ => By(r => r.Certificate.Blob.NameOrder),
        };

        // A tie must not change its order from one part of the list to the next.
        return sorted.ThenBy(r => r.Certificate.Blob.NameOrder).ThenBy(r => r.Certificate.Id);

        IOrderedQueryable<Row> By<T>(Expression<Func<Row, T>> key) => query.Descending ? rows.OrderByDescending(key) : rows.OrderBy(key);
    }

    private CaCertificate ToCertificate(Row row) => new()
    {
        Key = row.Certificate.Key,
        Facts = row.Facts,
        Status = row.Status,
        Findings = row.Certificate.Findings,
        AddedAt = row.Certificate.AddedAt,
        AddedBy = row.Certificate.AddedBy,
        Description = row.Certificate.Description,
        Removal = row.Certificate.RemovedAt is not { } at
            ? null
            : new CaCertificateRemoval(at, row.Certificate.RemovedBy!, row.Certificate.RemovalReason, at.AddDays(options.Value.RecycleBinDays)),
    };

    private sealed record StoresState(StoreState Root, StoreState Intermediate);

    /// <summary>How far the trust stores in use that hold a store's certificates are.</summary>
    /// <param name="TrustStores">How many there are.</param>
    /// <param name="Revision">For which revision all of them were read back; -1 where there is none.</param>
    /// <param name="VerifiedRevision">The newest that all of them were found to hold; -1 where there is none.</param>
    /// <param name="IsUnreadable">One of them could not be read, or is said to be in order without the hash of what was re-read.</param>
    private sealed record StoreState(int TrustStores, long Revision, long VerifiedRevision, bool IsUnreadable);

    private sealed class Row
    {
        public required ManagedCertificate Certificate { get; init; }

        public required CertificateFacts Facts { get; init; }

        public required CaCertificateStatus Status { get; init; }
    }
}
