using Microsoft.EntityFrameworkCore;

namespace CaPortal.Core.Data;

/// <summary>Certificates that share a name, regardless of case.</summary>
internal static class Namesakes
{
    /// <summary>Those of these certificates, by SHA-256, whose name another certificate of the list has too. One query for all of them.</summary>
    public static async Task<HashSet<string>> InListAsync(
        PortalDb db,
        IReadOnlyCollection<(string Sha256, string Name)> certificates,
        CancellationToken cancellationToken)
    {
        if (certificates.Count == 0)
            return [];
        var names = certificates.Select(c => c.Name.ToUpperInvariant()).Distinct().ToList();
        var called = (await db.OwnCertificates.Where(c => c.RemovedRevision == null && names.Contains(c.Blob.NameOrder))
            .Select(c => new { c.Blob.NameOrder, c.Sha256 }).Distinct().ToListAsync(cancellationToken)).ToLookup(c => c.NameOrder, c => c.Sha256);
        return [.. certificates.Where(c => called[c.Name.ToUpperInvariant()].Any(s => s != c.Sha256)).Select(c => c.Sha256)];
    }
}
