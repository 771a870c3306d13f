using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.Formats;
using CaPortal.Core.Inventory;
using CaPortal.Core.TrustStores;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace CaPortal.Core.Changes;

/// <summary>
/// Keeps what the trust stores held before each change, regardless of who put it there. Compares it with what they hold now.
/// </summary>
internal sealed class Snapshots(PortalDatabase database, TrustStoreSelection trustStores, IOptions<CoreOptions> options, TimeProvider time)
{
    /// <summary>
    /// What the trust stores hold now, to be kept with the change. One that cannot be read is left out: the change itself
    /// will say why.
    /// </summary>
    public async Task<IReadOnlyList<TrustStoreContent>> ReadAsync(CancellationToken cancellationToken)
    {
        var contents = new List<TrustStoreContent>();
        foreach (var store in trustStores.Enabled.Where(s => !s.GetState().IsAbsent))
        {
            try
            {
                contents.Add(new TrustStoreContent(store, (await store.ReadAsync(cancellationToken)).Certificates));
            }
            catch (TrustStoreException)
            {
                // There is nothing to keep.
            }
        }

        return contents;
    }

    /// <summary>Keeps it in the context's open transaction, and forgets what is over.</summary>
    public async Task KeepAsync(
        PortalDb db, IReadOnlyList<TrustStoreContent> contents, ChangePlan plan, string by, CancellationToken cancellationToken)
    {
        if (options.Value.Snapshots == 0)
            return;

        var snapshot = new Snapshot
        {
            NodeId = db.NodeId,
            Revision = plan.Revision,
            ChangeKind = plan.Kind.ToString(),
            By = by,
            At = time.GetUtcNow().UtcDateTime,
        };
        foreach (var content in contents)
            snapshot.Stores.Add(new SnapshotStore { TrustStore = content.Store.Name, Content = PackedKeys.Pack(content.Certificates) });
        db.Add(snapshot);
        await db.SaveChangesAsync(cancellationToken);
        await KeepOthersAsync(db, snapshot.Id, contents, cancellationToken);
        await ForgetAsync(db, cancellationToken);
    }

    /// <summary>All that are kept, newest first.</summary>
    public Task<IReadOnlyList<SnapshotSummary>> ListAsync(CancellationToken cancellationToken) => database.RunAsync(
        async db =>
        {
            var rows = await db.Snapshots.AsNoTracking().Include(s => s.Stores).OrderByDescending(s => s.Id).ToListAsync(cancellationToken);
            return (IReadOnlyList<SnapshotSummary>)[.. rows.Select(SummaryOf)];
        },
        cancellationToken);

    /// <summary>What is different now; null if there is no such snapshot.</summary>
    public async Task<SnapshotDifference?> CompareAsync(long id, CancellationToken cancellationToken)
    {
        if (await FindAsync(id, cancellationToken) is not { } snapshot)
            return null;

        var then = snapshot.Stores.ToDictionary(s => s.TrustStore, s => PackedKeys.Unpack(s.Content));
        var differences = new List<TrustStoreDifference>();
        foreach (var store in trustStores.Enabled)
            differences.Add(await CompareAsync(store, then.GetValueOrDefault(store.Name), cancellationToken));
        differences.AddRange(then.Keys.Except(trustStores.Enabled.Select(s => s.Name))
            .Select(name => new TrustStoreDifference(name, name, [], [], "It is not in use any more.")));
        return new SnapshotDifference(SummaryOf(snapshot), differences);
    }

    /// <summary>The certificates that were in a trust store and are under management neither then nor now, and are in none any more.</summary>
    public async Task<(Snapshot Snapshot, IReadOnlyList<(CaCertificateKey Key, byte[] Der)> Others)?> LoadAsync(long id, CancellationToken cancellationToken)
    {
        if (await FindAsync(id, cancellationToken) is not { } snapshot)
            return null;

        var now = (await ReadAsync(cancellationToken)).SelectMany(c => c.Certificates).ToHashSet();
        var gone = snapshot.Stores.SelectMany(s => PackedKeys.Unpack(s.Content)).Where(k => !now.Contains(k)).ToHashSet();
        var hashes = gone.Select(k => k.Sha256).Distinct().ToList();
        var others = await database.RunAsync(
            db => db.SnapshotCertificates.AsNoTracking().Where(c => hashes.Contains(c.Sha256)).ToDictionaryAsync(c => c.Sha256, c => c.Der, cancellationToken),
            cancellationToken);
        return (snapshot, [.. gone.Where(k => others.ContainsKey(k.Sha256)).Select(k => (k, others[k.Sha256]))]);
    }

    private Task<Snapshot?> FindAsync(long id, CancellationToken cancellationToken) => database.RunAsync(
        db => db.Snapshots.AsNoTracking().Include(s => s.Stores).SingleOrDefaultAsync(s => s.Id == id, cancellationToken), cancellationToken);

    private static async Task KeepOthersAsync(PortalDb db, long snapshotId, IReadOnlyList<TrustStoreContent> contents, CancellationToken cancellationToken)
    {
        var present = contents.SelectMany(c => c.Certificates).Select(k => k.Sha256).ToHashSet();
        var managed = await db.Blobs.Select(b => b.Sha256).ToListAsync(cancellationToken);
        present.ExceptWith(managed);
        if (present.Count == 0)
            return;

        await db.SnapshotCertificates.Where(c => present.Contains(c.Sha256))
            .ExecuteUpdateAsync(c => c.SetProperty(x => x.LastSnapshotId, snapshotId), cancellationToken);
        var kept = (await db.SnapshotCertificates.Select(c => c.Sha256).ToListAsync(cancellationToken)).ToHashSet();
        foreach (var content in contents)
        {
            var missing = content.Certificates.Where(k => present.Contains(k.Sha256) && kept.Add(k.Sha256)).ToHashSet();
            foreach (var found in await TryLoadAsync(content.Store, missing, cancellationToken))
                db.Add(new SnapshotCertificate { Sha256 = found.Key.Sha256, Der = found.Der.ToArray(), LastSnapshotId = snapshotId });
        }

        await db.SaveChangesAsync(cancellationToken);
    }

    // A trust store that cannot be read any more must not stop the change: that will say why, and this keeps what there is.
    private static async Task<IReadOnlyList<FoundCertificate>> TryLoadAsync(
        ITrustStore store, HashSet<CaCertificateKey> keys, CancellationToken cancellationToken)
    {
        try
        {
            return keys.Count == 0 ? [] : await store.LoadAsync(keys, cancellationToken);
        }
        catch (TrustStoreException)
        {
            return [];
        }
    }

    private async Task ForgetAsync(PortalDb db, CancellationToken cancellationToken)
    {
        var oldest = await db.Snapshots.OrderByDescending(s => s.Id).Skip(options.Value.Snapshots).Select(s => s.Id).FirstOrDefaultAsync(cancellationToken);
        if (oldest == 0)
            return;
        await db.Snapshots.Where(s => s.Id <= oldest).ExecuteDeleteAsync(cancellationToken);
        await db.SnapshotCertificates.Where(c => c.LastSnapshotId <= oldest).ExecuteDeleteAsync(cancellationToken);
    }

    private async Task<TrustStoreDifference> CompareAsync(ITrustStore store, HashSet<CaCertificateKey>? then, CancellationToken cancellationToken)
    {
        if (then is null)
            return new TrustStoreDifference(store.Name, store.Title, [], [], "It was not in use, or could not be read, when the snapshot was taken.");
        try
        {
            var now = (await store.ReadAsync(cancellationToken)).Certificates;
            var appeared = now.Where(k => !then.Contains(k)).ToHashSet();
            var gone = then.Where(k => !now.Contains(k)).ToHashSet();
            return new TrustStoreDifference(
                store.Name, store.Title, await NamesOfAsync(appeared, store, cancellationToken), await NamesOfAsync(gone, null, cancellationToken));
        }
        catch (TrustStoreException e)
        {
            return new TrustStoreDifference(store.Name, store.Title, [], [], $"{e.Message} {e.Advice}");
        }
    }

    private async Task<IReadOnlyList<NamedCertificate>> NamesOfAsync(HashSet<CaCertificateKey> keys, ITrustStore? present, CancellationToken cancellationToken)
    {
        if (keys.Count == 0)
            return [];

        var hashes = keys.Select(k => k.Sha256).Distinct().ToList();
        var (managed, others) = await database.RunAsync(
            async db =>
                (
                    await db
                        .Blobs.Where(b => hashes.Contains(b.Sha256))
                        .Select(b => new { b.Sha256, b.Facts.Name })
                        .ToDictionaryAsync(b => b.Sha256, b => b.Name, cancellationToken),
                    await db.SnapshotCertificates.Where(c => hashes.Contains(c.Sha256)).ToDictionaryAsync(c => c.Sha256, c => c.Der, cancellationToken)),
            cancellationToken);
        var unknown = keys.Where(k => !managed.ContainsKey(k.Sha256) && !others.ContainsKey(k.Sha256)).ToHashSet();
        if (present is not null && unknown.Count > 0)
        {
            foreach (var found in await present.LoadAsync(unknown, cancellationToken))
                others[found.Key.Sha256] = found.Der.ToArray();
        }

        return
        [
            .. keys.Select(k => new NamedCertificate(
                    k,
                    managed.GetValueOrDefault(k.Sha256) ?? NameOf(others.GetValueOrDefault(k.Sha256)) ?? k.Sha256,
                    managed.ContainsKey(k.Sha256)))
                .OrderBy(c => c.Name, StringComparer.OrdinalIgnoreCase),
        ];
    }

    private static string? NameOf(byte[]? der) => der is null ? null : CertificateFactsReader.Read(der).Facts?.Name;

    private static SnapshotSummary SummaryOf(Snapshot snapshot) => new(
        snapshot.Id,
        snapshot.At,
        snapshot.Revision,
        Enum.Parse<ChangeKind>(snapshot.ChangeKind),
        snapshot.By,
        snapshot.Stores.ToDictionary(s => s.TrustStore, s => PackedKeys.Unpack(s.Content).Count));
}

/// <summary>What a trust store holds.</summary>
/// <param name="Store">The trust store.</param>
/// <param name="Certificates">The identities of all certificates in it, ours and others'.</param>
internal sealed record TrustStoreContent(ITrustStore Store, IReadOnlySet<CaCertificateKey> Certificates);
