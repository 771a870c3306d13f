using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.Formats;
using CaPortal.Core.Inspection;
using CaPortal.Core.Inventory;
using CaPortal.Core.TrustStores;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Core.Nodes;

/// <summary>
/// What somebody else put into the trust stores of this machine: all that they hold but what is, or was, under management.
/// Certificates are read again only where a trust store reports others than before.
/// </summary>
internal sealed class FoundCertificateQueries(TrustStoreSelection trustStores, PortalDatabase database, PublicRoots publicRoots, Inspector inspector)
{
    private volatile Cached? _cached;

    /// <summary>What is there, by name. A trust store that cannot be read is reported and does not stop the others.</summary>
    /// <exception cref="DatabaseException" />
    public async Task<UnmanagedList> ListAsync(string? search, CancellationToken cancellationToken) =>
        (await ReadAsync(_cached, cancellationToken)).List.Matching(search);

    /// <summary>
    /// Those of <paramref name="keys"/> that are there at this moment, read again, and the revision that they belong to.
    /// </summary>
    /// <exception cref="DatabaseException" />
    public async Task<(long Revision, IReadOnlyList<UnmanagedCertificate> Certificates)> FindAsync(
        IReadOnlyCollection<CaCertificateKey> keys, CancellationToken cancellationToken)
    {
        var wanted = keys.ToHashSet();
        var found = await ReadAsync(null, cancellationToken);
        return (found.Revision, [.. found.List.Certificates.Where(c => wanted.Contains(c.Key))]);
    }

    private async Task<Cached> ReadAsync(Cached? before, CancellationToken cancellationToken)
    {
        var (revision, managed) = await database.RunAsync(db => ManagedAsync(db, cancellationToken), cancellationToken);
        var systems = await OperatingSystemsAsync(cancellationToken);
        var readings = await Task.WhenAll(trustStores.Enabled.Select(t => ReadAsync(t, managed, systems, before, cancellationToken)));
        if (before is not null && before.Revision == revision && readings.SequenceEqual(before.Readings, ReferenceEqualityComparer.Instance))
            return before;
        return _cached = new Cached(revision, readings, await JoinAsync(readings, cancellationToken));
    }

    private static async Task<(long Revision, HashSet<CaCertificateKey> Keys)> ManagedAsync(PortalDb db, CancellationToken cancellationToken)
    {
        // First, so that a change in between makes the plan stale and not wrong.
        var revision = await CertificateList.RevisionAsync(db, cancellationToken);
        var keys = await db.OwnCertificates
            .Select(c => new { c.Store, c.Sha256 }).ToListAsync(cancellationToken);
        return (revision, [.. keys.Select(k => new CaCertificateKey(k.Store, k.Sha256))]);
    }

    private async Task<HashSet<CaCertificateKey>> OperatingSystemsAsync(CancellationToken cancellationToken) =>
        trustStores.Enabled.Any(t => t.ShowsOperatingSystem)
            ? [.. (await publicRoots.GetAsync(cancellationToken)).Select(r => new CaCertificateKey(CaStore.Root, r.Facts.Sha256))]
            : [];

    private static async Task<Reading> ReadAsync(
        ITrustStore store, HashSet<CaCertificateKey> managed, HashSet<CaCertificateKey> systems, Cached? before, CancellationToken cancellationToken)
    {
        var last = before?.Readings.FirstOrDefault(r => r.Store == store);
        try
        {
            if (store.GetState() is { IsAbsent: true } state)
                return Unread(state.Reason!, state.Advice);

            var found = await store.ReadAsync(cancellationToken);
            var others = found.Certificates.Where(k => !managed.Contains(k) && !(store.ShowsOperatingSystem && systems.Contains(k))).ToHashSet();
            List<UnreadTrustStore> hidden =
            [
                .. found.Notes.Where(n => n.HidesCertificates).Select(n => new UnreadTrustStore(store.Name, store.Title, n.Message, n.Advice)),
            ];
            return last is { IsRead: true } && last.Keys.SetEquals(others) && last.Unread.SequenceEqual(hidden)
                ? last
                : new Reading(store, others, others.Count == 0 ? [] : await store.LoadAsync(others, cancellationToken), hidden, IsRead: true);
        }
        catch (TrustStoreException e)
        {
            return Unread(e.Message, e.Advice);
        }

        Reading Unread(string reason, string? advice)
        {
            var problem = new UnreadTrustStore(store.Name, store.Title, reason, advice);
            return last is { IsRead: false } && last.Unread.Contains(problem)
                ? last
                : new Reading(store, new HashSet<CaCertificateKey>(), [], [problem], IsRead: false);
        }
    }

    private async Task<UnmanagedList> JoinAsync(IReadOnlyList<Reading> readings, CancellationToken cancellationToken)
    {
        var all = readings.SelectMany(r => r.Certificates, (r, c) => (r.Store, Certificate: c)).ToLookup(c => c.Certificate.Key);
        var read = await Task.Run(
            () => all.AsParallel().WithCancellation(cancellationToken)
                .Select(places => (Places: places, Reading: CertificateFactsReader.Read(places.First().Certificate.Der)))
                .ToList(),
            cancellationToken);
        var certificates = read.Where(c => c.Reading.Facts is { } facts && facts.Sha256 == c.Places.Key.Sha256)
            .Select(c => new UnmanagedCertificate
            {
                Key = c.Places.Key,
                Facts = c.Reading.Facts!,
                Der = c.Places.First().Certificate.Der,
                Places = [.. c.Places.Select(p => new UnmanagedPlace(p.Store.Name, p.Store.Title, p.Certificate.Place, p.Certificate.Fixed))],
            })
            .OrderBy(c => c.Facts.Name, StringComparer.OrdinalIgnoreCase).ThenBy(c => c.Key.Sha256, StringComparer.Ordinal).ThenBy(c => c.Key.Store)
            .ToList();
        var judged = certificates.Count == 0 ? [] : (await inspector.InspectFoundAsync(certificates, cancellationToken)).Items;
        return new UnmanagedList(
            [.. judged.Select(i => i.Found! with { Findings = [.. i.FindingsFor(i.Found.Key.Store).Where(f => !f.IsPassing)] })],
            [.. readings.SelectMany(r => r.Unread), .. NotReadable(read)]);
    }

    private static IEnumerable<UnreadTrustStore> NotReadable(
        IEnumerable<(IGrouping<CaCertificateKey, (ITrustStore Store, FoundCertificate Certificate)> Places, FactsReading Reading)> read) =>
        read.Where(c => c.Reading.Facts is null).SelectMany(c => c.Places)
            .Select(p => new UnreadTrustStore(
                p.Store.Name,
                p.Store.Title,
                $"A certificate in '{p.Certificate.Place}' is damaged and cannot be shown.",
                "Look at it with the program that put it there, and remove it."));

    /// <summary>What one trust store holds that is nobody's here. A new one is made only where that has changed.</summary>
    private sealed record Reading(
        ITrustStore Store,
        IReadOnlySet<CaCertificateKey> Keys,
        IReadOnlyList<FoundCertificate> Certificates,
        IReadOnlyList<UnreadTrustStore> Unread,
        bool IsRead);

    private sealed record Cached(long Revision, IReadOnlyList<Reading> Readings, UnmanagedList List);
}
