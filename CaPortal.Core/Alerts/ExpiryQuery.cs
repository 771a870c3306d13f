using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.Probing;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Core.Alerts;

/// <summary>Finds what ends: certificates under management, and those that back-ends presented last.</summary>
internal static class ExpiryQuery
{
    /// <summary>All that ends before a time or has ended, the earliest first.</summary>
    public static async Task<IReadOnlyList<ExpiringCertificate>> LoadAsync(PortalDb db, DateTime before, CancellationToken cancellationToken)
    {
        var found = await ManagedAsync(db, before, cancellationToken);
        found.AddRange(await PresentedAsync(db, before, cancellationToken));
        if (found.Count == 0)
            return [];

        var backEnds = await BackEndsAsync(db, before, [.. found.Where(f => f.Store is not null).Select(f => f.Sha256)], cancellationToken);
        var successors = await SuccessorsAsync(db, found, cancellationToken);
        return
        [
            .. found.GroupBy(f => f.Sha256).Select(copies =>
            {
                var first = copies.First();
                return new ExpiringCertificate
                {
                    Sha256 = first.Sha256,
                    Name = first.Name,
                    Subject = first.Subject,
                    NotAfter = first.NotAfter,
                    IsCa = first.IsCa,
                    Stores = [.. copies.Select(c => c.Store).OfType<CaStore>().Order()],
                    BackEnds = [.. backEnds[first.Sha256].DistinctBy(b => b.Id).OrderBy(b => b.Name, StringComparer.OrdinalIgnoreCase).ThenBy(b => b.Id)],
                    Successor = SuccessorOf(first, successors),
                };
            }).OrderBy(c => c.NotAfter).ThenBy(c => c.Name, StringComparer.OrdinalIgnoreCase).ThenBy(c => c.Sha256, StringComparer.Ordinal),
        ];
    }

    private static async Task<List<Found>> ManagedAsync(PortalDb db, DateTime before, CancellationToken cancellationToken)
    {
        var rows = await Managed(db).Where(c => c.Blob.Facts.NotAfter < before)
            .Select(c => new { c.Store, c.Sha256, c.Blob.Facts })
            .ToListAsync(cancellationToken);
        return rows.ConvertAll(r => FoundOf(r.Store, r.Facts));
    }

    private static async Task<IEnumerable<Found>> PresentedAsync(PortalDb db, DateTime before, CancellationToken cancellationToken)
    {
        var links = db.Set<BackEndChainLink>();
        var rows = await db.PresentedBlobs.Where(b => b.NotAfter < before && links.Any(l => l.Sha256 == b.Sha256))
            .Select(b => b.Facts)
            .ToListAsync(cancellationToken);
        return rows.OfType<CertificateFacts>().Select(f => FoundOf(null, f));
    }

    private static async Task<ILookup<string, DependentBackEnd>> BackEndsAsync(
        PortalDb db, DateTime before, HashSet<string> managed, CancellationToken cancellationToken)
    {
        var presenting = await (
            from link in db.Set<BackEndChainLink>()
            where link.Blob.NotAfter < before
            join backEnd in db.BackEnds on link.BackEndId equals backEnd.Id
            select new { link.Sha256, backEnd.Id, backEnd.Name, backEnd.Host, backEnd.Port }).ToListAsync(cancellationToken);
        var anchored = await db.BackEnds.Where(b => b.AnchorSha256 != null && managed.Contains(b.AnchorSha256))
            .Select(b => new { Sha256 = b.AnchorSha256!, b.Id, b.Name, b.Host, b.Port }).ToListAsync(cancellationToken);

        // Those that present it come first: one that does both is taken for that.
        return presenting.Select(b => (b.Sha256, BackEnd: new DependentBackEnd(b.Id, b.Name, AddressOf(b.Host, b.Port), Presents: true)))
            .Concat(anchored.Select(b => (b.Sha256, BackEnd: new DependentBackEnd(b.Id, b.Name, AddressOf(b.Host, b.Port), Presents: false))))
            .ToLookup(b => b.Sha256, b => b.BackEnd);

        static string AddressOf(string host, int port) => new BackEndAddress(host, port, null).ToString();
    }

    private static async Task<ILookup<string, Found>> SuccessorsAsync(PortalDb db, IEnumerable<Found> ending, CancellationToken cancellationToken)
    {
        var subjects = ending.Where(f => f.IsCa || f.Store is not null).Select(f => f.SubjectKey).ToHashSet();
        var rows = await Managed(db).Where(c => subjects.Contains(c.Blob.Facts.SubjectKey))
            .Select(c => new { c.Store, c.Blob.Facts })
            .ToListAsync(cancellationToken);
        return rows.Select(r => FoundOf(r.Store, r.Facts)).ToLookup(f => f.SubjectKey);
    }

    /// <summary>One of the same store, or of any where it is in none; one with the same key before others.</summary>
    private static ExpirySuccessor? SuccessorOf(Found ending, ILookup<string, Found> successors) =>
        successors[ending.SubjectKey]
            .Where(s => s.NotAfter > ending.NotAfter && (ending.Store is null || s.Store == ending.Store))
            .OrderByDescending(s => s.PublicKeySha256 == ending.PublicKeySha256)
            .ThenByDescending(s => s.NotAfter)
            .Select(s => new ExpirySuccessor(new CaCertificateKey(s.Store!.Value, s.Sha256), s.NotAfter, s.PublicKeySha256 == ending.PublicKeySha256))
            .FirstOrDefault();

    private static IQueryable<ManagedCertificate> Managed(PortalDb db) =>
        db.OwnCertificates.AsNoTracking().Where(c => c.RemovedRevision == null);

    private static Found FoundOf(CaStore? store, CertificateFacts facts) =>
        new(store, facts.Sha256, facts.Name, facts.Subject, facts.SubjectKey, facts.PublicKeySha256, facts.NotAfter, facts.IsCa);

    private sealed record Found(
        CaStore? Store, string Sha256, string Name, string Subject, string SubjectKey, string PublicKeySha256, DateTime NotAfter, bool IsCa);
}
