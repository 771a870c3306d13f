using CaPortal.Core.Data;
using CaPortal.Core.Probing;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Core.Inspection;

/// <summary>A back-end with the chain that it presented last.</summary>
/// <param name="Id">Its identity.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Address">Where it is.</param>
/// <param name="Choice">The clients that it is judged for.</param>
/// <param name="DemandsClientCertificate">At the last contact it went no further without a certificate of the client.</param>
/// <param name="Chain">The chain, its own certificate first; never empty.</param>
internal sealed record StoredBackEnd(
    long Id,
    string Name,
    BackEndAddress Address,
    ClientChoice Choice,
    bool DemandsClientCertificate,
    IReadOnlyList<PresentedCertificate> Chain)
{
    /// <summary>The last contact, as far as it counts for what is made of the chain.</summary>
    public ProbeContact Contact => new()
    {
        Address = Address,
        Chain = Chain,
        Failure = DemandsClientCertificate ? ProbeFailures.ClientCertificateRequired : null,
        Duration = TimeSpan.Zero,
    };
}

/// <summary>The chains that back-ends presented last. What was read of a certificate is kept, by its hash, as long as a back-end has it.</summary>
internal sealed class PresentedChains
{
    private const int MaxAttempts = 3;

    private volatile Dictionary<string, PresentedCertificate> _known = [];

    /// <summary>All back-ends that have presented a chain, by identity.</summary>
    public async Task<IReadOnlyList<StoredBackEnd>> LoadAsync(PortalDb db, CancellationToken cancellationToken)
    {
        var (stored, used) = await LoadAsync(db, db.BackEnds, cancellationToken);
        _known = used;
        return stored;
    }

    /// <summary>Those of some back-ends that have presented a chain, by identity.</summary>
    public async Task<IReadOnlyList<StoredBackEnd>> LoadAsync(PortalDb db, IReadOnlyCollection<long> ids, CancellationToken cancellationToken) =>
        (await LoadAsync(db, db.BackEnds.Where(b => ids.Contains(b.Id)), cancellationToken)).Stored;

    private async Task<(IReadOnlyList<StoredBackEnd> Stored, Dictionary<string, PresentedCertificate> Used)> LoadAsync(
        PortalDb db, IQueryable<BackEnd> backEnds, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            // One statement, so that no chain is half of one test and half of another.
            var links = await (
                from backEnd in backEnds.AsNoTracking()
                join link in db.Set<BackEndChainLink>().AsNoTracking() on backEnd.Id equals link.BackEndId
                orderby backEnd.Id, link.Position
                select new
                {
                    backEnd.Id,
                    backEnd.Name,
                    backEnd.Host,
                    backEnd.Port,
                    backEnd.ServerName,
                    backEnd.Clients,
                    backEnd.ContactFailure,
                    link.Sha256,
                }
            ).ToListAsync(cancellationToken);
            var used = await CertificatesAsync(db, links.Select(l => l.Sha256).ToHashSet(), cancellationToken);
            var whole = links.GroupBy(l => l.Id).Where(g => g.All(l => used.ContainsKey(l.Sha256))).ToList();

            // A certificate that has gone between the two statements belongs to a chain that has been replaced meanwhile.
            if (attempt < MaxAttempts && links.Exists(l => !used.ContainsKey(l.Sha256)))
                continue;
            return (
            [
                .. whole.Select(g => (First: g.First(), Chain: g.Select(l => used[l.Sha256]).ToList())).Select(g => new StoredBackEnd(
                    g.First.Id,
                    g.First.Name,
                    BackEndColumns.Address(g.First.Host, g.First.Port, g.First.ServerName),
                    new ClientChoice(BackEndColumns.ClientsOf(g.First.Clients)),
                    g.First.ContactFailure == TrustVerdict.ClientCertificateRequired,
                    g.Chain)),
            ], used);
        }
    }

    private async Task<Dictionary<string, PresentedCertificate>> CertificatesAsync(PortalDb db, HashSet<string> hashes, CancellationToken cancellationToken)
    {
        var known = _known;
        var found = hashes.Where(known.ContainsKey).ToDictionary(h => h, h => known[h]);
        var missing = hashes.Where(h => !found.ContainsKey(h)).ToList();
        if (missing.Count == 0)
            return found;
        foreach (var blob in await db.PresentedBlobs.AsNoTracking().Where(b => missing.Contains(b.Sha256)).ToListAsync(cancellationToken))
            found[blob.Sha256] = new PresentedCertificate(blob.Sha256, blob.Der, blob.Facts);
        return found;
    }
}
