using System.Linq.Expressions;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.TrustStores;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace CaPortal.Core.Inventory;

/// <summary>The list of CA certificates. Everything comes from stored facts; no certificate is parsed again.</summary>
public sealed class CertificateList
{
    private readonly PortalDatabase _database;
    private readonly TrustStoreSelection _trustStores;
    private readonly CertificateChangeNotifier _notifier;
    private readonly IOptions<CoreOptions> _options;
    private readonly TimeProvider _time;

    internal CertificateList(
        PortalDatabase database, TrustStoreSelection trustStores, CertificateChangeNotifier notifier, IOptions<CoreOptions> options, TimeProvider time) =>
        (_database, _trustStores, _notifier, _options, _time) = (database, trustStores, notifier, options, time);

    /// <summary>
    /// Raised after the list, what waits to change it, or the state of a trust store may have changed, by any administrator or by
    /// the portal. Handlers return at once and never throw.
    /// </summary>
    public event Action? Changed
    {
        add => _notifier.Changed += value;
        remove => _notifier.Changed -= value;
    }

    /// <summary>A part of the list.</summary>
    /// <exception cref="DatabaseException" />
    public Task<CaCertificatePage> ListAsync(CaCertificateQuery query, CancellationToken cancellationToken) => _database.RunAsync(
        async db =>
        {
            var revision = await RevisionAsync(db, cancellationToken);
            var rows = Filter(await CertificateStatusRule.RowsAsync(db, _trustStores, query.Deleted, cancellationToken), query);
            var count = await rows.CountAsync(cancellationToken);

            // Only what is shown is read in full: the database sorts narrow rows many times faster than wide ones.
            var ids = await Sort(rows, query).Skip(query.Skip).Take(query.Top).Select(r => r.Certificate.Id).ToListAsync(cancellationToken);
            var page = await rows.Where(r => ids.Contains(r.Certificate.Id)).ToDictionaryAsync(r => r.Certificate.Id, cancellationToken);
            return new CaCertificatePage([.. ids.Where(page.ContainsKey).Select(id => ToCertificate(page[id]))], count, revision);
        },
        cancellationToken);

    /// <summary>The identities of everything that the query has, in its order: to select all pages of it.</summary>
    /// <exception cref="DatabaseException" />
    public Task<IReadOnlyList<CaCertificateKey>> KeysAsync(CaCertificateQuery query, CancellationToken cancellationToken) => _database.RunAsync(
        async db =>
        {
            var rows = Filter(await CertificateStatusRule.RowsAsync(db, _trustStores, query.Deleted, cancellationToken), query);
            var keys = await Sort(rows, query).Select(r => new { r.Certificate.Store, r.Certificate.Sha256 }).ToListAsync(cancellationToken);
            return (IReadOnlyList<CaCertificateKey>)[.. keys.Select(k => new CaCertificateKey(k.Store, k.Sha256))];
        },
        cancellationToken);

    /// <summary>The certificate in each store that it is in; empty if it is in none.</summary>
    /// <exception cref="DatabaseException" />
    public Task<IReadOnlyList<CaCertificate>> FindAsync(string sha256, CancellationToken cancellationToken) => _database.RunAsync(
        async db =>
        {
            var rows = await CertificateStatusRule.RowsAsync(db, _trustStores, deleted: false, cancellationToken);
            var found = await rows.Where(r => r.Certificate.Sha256 == sha256).OrderByDescending(r => r.Certificate.Store).ToListAsync(cancellationToken);
            return (IReadOnlyList<CaCertificate>)[.. found.Select(ToCertificate)];
        },
        cancellationToken);

    /// <summary>What is recorded of each trust store of this machine.</summary>
    internal Task<IReadOnlyList<NodeStatus>> TrustStoreStatusesAsync(CancellationToken cancellationToken) => _database.RunAsync(
        async db => (IReadOnlyList<NodeStatus>)await db.OwnStatuses.AsNoTracking().ToListAsync(cancellationToken),
        cancellationToken);

    /// <summary>In which trust stores the certificate is not.</summary>
    internal Task<IReadOnlyList<NodeMissing>> MissingAsync(CaCertificateKey key, CancellationToken cancellationToken) => _database.RunAsync(
        async db => (IReadOnlyList<NodeMissing>)await db.OwnMissing.AsNoTracking()
            .Where(m => m.Store == key.Store && m.Sha256 == key.Sha256)
            .ToListAsync(cancellationToken),
        cancellationToken);

    /// <summary>Those of these certificates, by SHA-256, whose name another certificate of the list has too, regardless of case.</summary>
    /// <exception cref="DatabaseException" />
    public Task<IReadOnlySet<string>> NamesakesAsync(IReadOnlyCollection<(string Sha256, string Name)> certificates, CancellationToken cancellationToken) =>
        _database.RunAsync(
            async db => (IReadOnlySet<string>)await Namesakes.InListAsync(db, certificates, cancellationToken),
            cancellationToken);

    /// <summary>The other certificates of the list with that subject, the newest first.</summary>
    /// <param name="facts">The certificate.</param>
    /// <param name="most">How many are read at most.</param>
    /// <param name="cancellationToken">Cancels.</param>
    internal Task<IReadOnlyList<CaCertificate>> WithSubjectOfAsync(CertificateFacts facts, int most, CancellationToken cancellationToken) => _database.RunAsync(
        async db =>
        {
            var rows = await CertificateStatusRule.RowsAsync(db, _trustStores, deleted: false, cancellationToken);
            var found = await rows
                .Where(r => r.Certificate.Sha256 != facts.Sha256 && r.Facts.SubjectKey == facts.SubjectKey)
                .OrderByDescending(r => r.Facts.NotBefore).ThenBy(r => r.Certificate.Id)
                .Take(most).ToListAsync(cancellationToken);
            return (IReadOnlyList<CaCertificate>)[.. found.Select(ToCertificate)];
        },
        cancellationToken);

    /// <summary>The other certificates of the list that name that subject as their issuer, by name, with their DER encodings.</summary>
    /// <param name="facts">The certificate.</param>
    /// <param name="most">How many are read at most.</param>
    /// <param name="cancellationToken">Cancels.</param>
    internal Task<IReadOnlyList<(CaCertificate Certificate, byte[] Der)>> NamingAsIssuerAsync(
        CertificateFacts facts, int most, CancellationToken cancellationToken) => _database.RunAsync(
            async db =>
            {
                var rows = await CertificateStatusRule.RowsAsync(db, _trustStores, deleted: false, cancellationToken);
                var found = await rows
                    .Where(r => r.Certificate.Sha256 != facts.Sha256 && r.Facts.IssuerKey == facts.SubjectKey)
                    .OrderBy(r => r.Certificate.Blob.NameOrder).ThenBy(r => r.Certificate.Id)
                    .Take(most).Select(r => new { Row = r, r.Certificate.Blob.Der }).ToListAsync(cancellationToken);
                return (IReadOnlyList<(CaCertificate, byte[])>)[.. found.Select(f => (ToCertificate(f.Row), f.Der))];
            },
            cancellationToken);

    /// <summary>The DER encoding of a certificate that is, or was, under management; null if it never was.</summary>
    /// <exception cref="DatabaseException" />
    public Task<byte[]?> DerAsync(string sha256, CancellationToken cancellationToken) => _database.RunAsync(
        db => db.Blobs.Where(b => b.Sha256 == sha256).Select(b => b.Der).SingleOrDefaultAsync(cancellationToken),
        cancellationToken);

    /// <summary>The certificates of a store as they can be handed to any program.</summary>
    /// <exception cref="DatabaseException" />
    public Task<StoreBundle> BundleAsync(CaStore store, CancellationToken cancellationToken) => _database.RunAsync(
        async db =>
        {
            var all = await db.OwnCertificates.Where(c => c.Store == store && c.RemovedRevision == null)
                .OrderBy(c => c.Sha256).Select(c => new { Certificate = new BundledCertificate(c.Sha256, c.Blob.Der), c.BreaksReaders })
                .ToListAsync(cancellationToken);
            var taken = all.Where(c => !DesiredContent.LeavesOut(isShared: true, c.BreaksReaders)).Select(c => c.Certificate).ToList();
            return new StoreBundle(taken, all.Count - taken.Count);
        },
        cancellationToken);

    /// <summary>The changes after a revision, oldest first; with a certificate, its own alone.</summary>
    internal Task<IReadOnlyList<RevisionSummary>> HistoryAsync(long after, CaCertificateKey? key, CancellationToken cancellationToken) =>
        _database.RunAsync(
            async db =>
            {
                var revisions = db.OwnRevisions.AsNoTracking().Where(r => r.Revision > after);
                if (key is { } k)
                    revisions = revisions.Where(r => r.Changes.Any(c => c.Store == k.Store && c.Sha256 == k.Sha256));
                var found = await revisions
                    .OrderBy(r => r.Revision)
                    .Include(r => r.Changes.Where(c => key == null || c.Sha256 == key.Value.Sha256))
                    .ToListAsync(cancellationToken);
                return (IReadOnlyList<RevisionSummary>)
                    [
                        .. found.Select(r => new RevisionSummary(
                            r.Revision,
                            Enum.Parse<ChangeKind>(r.Kind),
                            r.By,
                            r.At,
                            r.Reason,
                            [.. r.Changes.Select(c => new RevisionSummaryChange(new CaCertificateKey(c.Store, c.Sha256), c.Name, c.IsAddition))])),
                    ];
            },
            cancellationToken);

    /// <summary>The revision of the list.</summary>
    internal static Task<long> RevisionAsync(PortalDb db, CancellationToken cancellationToken) =>
        db.OwnInstance.Select(i => i.Revision).SingleAsync(cancellationToken);

    private IQueryable<CertificateRow> Filter(IQueryable<CertificateRow> rows, CaCertificateQuery query)
    {
        var now = _time.GetUtcNow().UtcDateTime;
        var soon = now.AddDays(CertificateFacts.ExpiresSoonDays);
        foreach (var word in CertificateSearch.WordsOf(query.Search))
            rows = rows.Where(r => r.Certificate.SearchText.Contains(word));
        if (query.Store is { } store)
            rows = rows.Where(r => r.Certificate.Store == store);
        if (query.Status is { } status)
            rows = rows.Where(r => r.Status == status);

        // As in ConditionAt of the certificate, in the database's words.
        return query.Condition switch
        {
            CaCertificateCondition.Failed => rows.Where(r => r.Status == CaCertificateStatus.Failed),
            CaCertificateCondition.Expired => rows.Where(r => r.Status != CaCertificateStatus.Failed && r.Facts.NotAfter < now),
            CaCertificateCondition.Drifted => rows.Where(r => r.Status == CaCertificateStatus.Drifted && r.Facts.NotAfter >= now),
            CaCertificateCondition.ExpiresSoon => rows.Where(r =>
                (r.Status == CaCertificateStatus.Installed || r.Status == CaCertificateStatus.Pending) && r.Facts.NotAfter >= now && r.Facts.NotAfter < soon),
            CaCertificateCondition.Pending => rows.Where(r => r.Status == CaCertificateStatus.Pending && r.Facts.NotAfter >= soon),
            CaCertificateCondition.Installed => rows.Where(r => r.Status == CaCertificateStatus.Installed && r.Facts.NotAfter >= soon),
            _ => rows,
        };
    }

    private IQueryable<CertificateRow> Sort(IQueryable<CertificateRow> rows, CaCertificateQuery query)
    {
        var now = _time.GetUtcNow().UtcDateTime;
        var soon = now.AddDays(CertificateFacts.ExpiresSoonDays);
        var sorted = query.Sort switch
        {
            CaCertificateSort.Status => By(r => r.Status),
            CaCertificateSort.Condition => By(r =>
                r.Status == CaCertificateStatus.Failed ? 0
                : r.Facts.NotAfter < now ? 1
                : r.Status == CaCertificateStatus.Drifted ? 2
                : r.Facts.NotAfter < soon ? 3
                : r.Status == CaCertificateStatus.Pending ? 4
                : 5),
            CaCertificateSort.Store => By(r => r.Certificate.Store),
            // Self-signed ones come together, since they are shown without an issuer. This is IsSelfSigned of the facts, in
            // the database's words.
            CaCertificateSort.Issuer => By(r =>
                r.Facts.SubjectKey == r.Facts.IssuerKey
                && (r.Facts.IsSignedByOwnKey
                    ?? (r.Facts.AuthorityKeyIdentifier == null
                        || r.Facts.SubjectKeyIdentifier == null
                        || r.Facts.AuthorityKeyIdentifier == r.Facts.SubjectKeyIdentifier))
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

        IOrderedQueryable<CertificateRow> By<T>(Expression<Func<CertificateRow, T>> key) => query.Descending ? rows.OrderByDescending(key) : rows.OrderBy(key);
    }

    private CaCertificate ToCertificate(CertificateRow row) => new()
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
            : new CaCertificateRemoval(at, row.Certificate.RemovedBy!, row.Certificate.RemovalReason, at.AddDays(_options.Value.RecycleBinDays)),
    };
}
