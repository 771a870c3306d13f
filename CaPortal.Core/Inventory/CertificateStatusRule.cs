using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.TrustStores;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Core.Inventory;

/// <summary>
/// The status of a certificate. This is the one place that decides it, for the list in the database's words and for one trust
/// store in C#.
/// </summary>
internal static class CertificateStatusRule
{
    /// <summary>The certificates of the list, or of the recycle bin, each with its status.</summary>
    public static async Task<IQueryable<CertificateRow>> RowsAsync(
        PortalDb db, TrustStoreSelection trustStores, bool deleted, CancellationToken cancellationToken)
    {
        var statuses = await db.OwnStatuses.AsNoTracking().ToDictionaryAsync(s => s.TrustStore, cancellationToken);
        var (root, intermediate) = (StateOf(CaStore.Root, trustStores, statuses), StateOf(CaStore.CertificateAuthority, trustStores, statuses));
        var missing = db.OwnMissing;
        var certificates = db.OwnCertificates.AsNoTracking().Where(c => (c.RemovedRevision != null) == deleted);

        // What was moved is in its other store, and not in the recycle bin.
        if (deleted)
        {
            certificates = certificates.Where(c => !db.Certificates.Any(o =>
                o.InstanceId == c.InstanceId && o.Sha256 == c.Sha256 && o.Store != c.Store && o.AddedRevision == c.RemovedRevision));
        }

        return certificates.Select(c => new CertificateRow
        {
            Certificate = c,
            Facts = c.Blob.Facts,
            Status = (c.Store == CaStore.Root ? root.IsUnreadable : intermediate.IsUnreadable)
                    || missing.Any(m => m.Store == c.Store && m.Sha256 == c.Sha256
                        && (m.Reason == MissingReason.NotInstalled || m.Reason == MissingReason.TakenBack)) ? CaCertificateStatus.Failed
                : missing.Any(m => m.Store == c.Store && m.Sha256 == c.Sha256 && m.Reason == MissingReason.Drifted) ? CaCertificateStatus.Drifted
                : c.RemovedRevision == null && c.AddedRevision > (c.Store == CaStore.Root ? root.Revision : intermediate.Revision) ? CaCertificateStatus.Pending
                : c.RemovedRevision > (c.Store == CaStore.Root ? root.VerifiedRevision : intermediate.VerifiedRevision) ? CaCertificateStatus.Pending
                : missing.Count(m => m.Store == c.Store && m.Sha256 == c.Sha256 && m.Reason == MissingReason.LeftOut)
                    >= (c.Store == CaStore.Root ? root.TrustStores : intermediate.TrustStores) ? CaCertificateStatus.Failed
                : CaCertificateStatus.Installed,
        });
    }

    /// <summary>The status of a certificate in one trust store.</summary>
    /// <param name="status">What is recorded of the trust store; null if nothing is.</param>
    /// <param name="missing">Why the certificate is recorded as missing there; null if it is not.</param>
    /// <param name="overall">Its status in the list.</param>
    public static CertificatePresence PresenceIn(NodeStatus? status, MissingReason? missing, CaCertificateStatus overall) => (status, missing) switch
    {
        (null, _) => CertificatePresence.Pending,
        ({ Result: TrustStoreResult.Absent }, _) => CertificatePresence.Absent,
        (_, MissingReason.LeftOut) => CertificatePresence.LeftOut,
        (_, not null) => CertificatePresence.Missing,
        ({ ObservedHash: null }, _) => CertificatePresence.Unknown,
        _ when overall == CaCertificateStatus.Pending => CertificatePresence.Pending,
        _ => CertificatePresence.Present,
    };

    private static StoreState StateOf(CaStore store, TrustStoreSelection trustStores, Dictionary<string, NodeStatus> statuses)
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

    /// <summary>How far the trust stores in use that hold a store's certificates are.</summary>
    /// <param name="TrustStores">How many there are.</param>
    /// <param name="Revision">For which revision all of them were read back; -1 where there is none.</param>
    /// <param name="VerifiedRevision">The newest that all of them were found to hold; -1 where there is none.</param>
    /// <param name="IsUnreadable">One of them could not be read, or is said to be in order without the hash of what was re-read.</param>
    private sealed record StoreState(int TrustStores, long Revision, long VerifiedRevision, bool IsUnreadable);
}

/// <summary>A certificate of the list as the database has it.</summary>
internal sealed class CertificateRow
{
    public required ManagedCertificate Certificate { get; init; }

    public required CertificateFacts Facts { get; init; }

    public required CaCertificateStatus Status { get; init; }
}
