using CaPortal.Core.Activity;
using CaPortal.Core.Alerts;
using CaPortal.Core.Approvals;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.Inventory;
using CaPortal.Core.Nodes;
using CaPortal.Core.TrustStores;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Core.Monitoring;

/// <summary>What an administrator looks at first: what needs somebody now, and how much there is. Everything is read from what was recorded.</summary>
public sealed class PortalOverview
{
    /// <summary>How many subjects a matter names.</summary>
    private const int MaxSubjects = 3;

    private readonly PortalDatabase _database;
    private readonly PortalFigures _figures;
    private readonly TrustStoreSelection _trustStores;
    private readonly TrustStoreSync _sync;
    private readonly ActivityLog _activity;
    private readonly BackEndQueries _backEnds;
    private readonly ProposalQueries _proposals;
    private readonly ExpiryRadar _radar;

    internal PortalOverview(
        PortalDatabase database,
        PortalFigures figures,
        TrustStoreSelection trustStores,
        TrustStoreSync sync,
        ActivityLog activity,
        BackEndQueries backEnds,
        ProposalQueries proposals,
        ExpiryRadar radar)
    {
        (_database, _figures, _trustStores, _sync) = (database, figures, trustStores, sync);
        (_activity, _backEnds, _proposals, _radar) = (activity, backEnds, proposals, radar);
    }

    /// <summary>Reads it.</summary>
    /// <exception cref="DatabaseException" />
    public async Task<Overview> LoadAsync(CancellationToken cancellationToken)
    {
        var radar = await _radar.LoadAsync(cancellationToken);
        var ending = radar.Certificates.Where(c => !c.IsReplaced).ToList();
        var (notTrusted, unreachable, notTested) = (
            await BackEndsAsync(BackEndFilter.NotTrusted, cancellationToken),
            await BackEndsAsync(BackEndFilter.Unreachable, cancellationToken),
            await BackEndsAsync(BackEndFilter.NotTested, cancellationToken));
        var trusted = (await _backEnds.ListAsync(new BackEndQuery { Filter = BackEndFilter.Trusted, Top = 0 }, cancellationToken)).Count;
        var proposals = (await _proposals.CountAsync(cancellationToken)).Waiting;
        return await _database.RunAsync(
            async db =>
            {
                var statuses = await StatusesAsync(db, cancellationToken);
                Matter[] matters =
                [
                    ActivityLogOf(await _activity.FindOpenLossAsync(db, cancellationToken)),
                    TrustStoresOf(MatterKind.TrustStoreFailed, statuses, TrustStoreResult.Failed, TrustStoreResult.Unusable),
                    CertificatesOf(MatterKind.Expired, ending.Where(c => c.NotAfter < radar.At)),
                    BackEndsOf(MatterKind.BackEndNotTrusted, notTrusted),
                    TrustStoresOf(MatterKind.TrustStoreDrifted, statuses, TrustStoreResult.Drifted),
                    CertificatesOf(
                        MatterKind.ExpiresSoon,
                        ending.Where(c => c.NotAfter >= radar.At && c.NotAfter < radar.At.AddDays(CertificateFacts.ExpiresSoonDays))),
                    BackEndsOf(MatterKind.BackEndUnreachable, unreachable),
                    BackEndsOf(MatterKind.BackEndNotTested, notTested),
                    new(MatterKind.WaitsForApproval, proposals, []),
                ];
                var stores = await db.OwnCertificates.Where(c => c.RemovedRevision == null).GroupBy(c => c.Store)
                    .Select(g => new { Store = g.Key, Count = g.Count() }).ToDictionaryAsync(g => g.Store, g => g.Count, cancellationToken);
                var inOrder = await _figures.TrustStoresAsync(db, cancellationToken);
                return new Overview
                {
                    Matters = [.. matters.Where(m => m.Count > 0)],
                    Roots = stores.GetValueOrDefault(CaStore.Root),
                    Intermediates = stores.GetValueOrDefault(CaStore.CertificateAuthority),
                    Revision = await CertificateList.RevisionAsync(db, cancellationToken),
                    BackEnds = trusted + notTrusted.Count + unreachable.Count + notTested.Count,
                    TrustedBackEnds = trusted,
                    TrustStores = inOrder.Count,
                    TrustStoresInOrder = inOrder.Values.Count(isRight => isRight),
                    VerifiedAt = statuses.All(s => s.VerifiedAt is not null) ? statuses.Min(s => s.VerifiedAt) : null,
                    NextExpiry = ending.FirstOrDefault(c => c.NotAfter >= radar.At),
                };
            },
            cancellationToken);
    }

    private Task<BackEndPage> BackEndsAsync(BackEndFilter filter, CancellationToken cancellationToken) =>
        _backEnds.ListAsync(new BackEndQuery { Filter = filter, Top = MaxSubjects }, cancellationToken);

    /// <summary>Of each trust store in use that this machine has, what was found last, whether that could be recorded or not.</summary>
    private async Task<IReadOnlyList<Found>> StatusesAsync(PortalDb db, CancellationToken cancellationToken)
    {
        var recorded = await db.OwnStatuses.AsNoTracking().ToDictionaryAsync(s => s.TrustStore, cancellationToken);
        var now = _sync.Unrecorded?.TrustStores.ToDictionary(t => t.Name);
        return
        [
            .. _trustStores.Enabled.Select(t => (Store: t, Now: now?.GetValueOrDefault(t.Name), Recorded: recorded.GetValueOrDefault(t.Name)))
                .Where(t => t.Now is not null || t.Recorded is not null)
                .Select(t => t.Now is { } found
                    ? new Found(t.Store.Title, found.Result, found.Error, t.Recorded?.VerifiedAt)
                    : new Found(t.Store.Title, t.Recorded!.Result, t.Recorded.Error, t.Recorded.VerifiedAt))
                .Where(f => f.Result != TrustStoreResult.Absent),
        ];
    }

    private static Matter ActivityLogOf(ActivityDamage? damage) =>
        new(MatterKind.ActivityLog, damage is null ? 0 : 1, damage is null ? [] : [new MatterSubject(damage.Message)]);

    private static Matter TrustStoresOf(MatterKind kind, IEnumerable<Found> statuses, params TrustStoreResult[] results)
    {
        var found = statuses.Where(s => results.Contains(s.Result)).ToList();
        return new(kind, found.Count, [.. found.Take(MaxSubjects).Select(s => new MatterSubject(s.Title) { Detail = s.Error })]);
    }

    private static Matter CertificatesOf(MatterKind kind, IEnumerable<ExpiringCertificate> certificates)
    {
        var found = certificates.ToList();
        return new(kind, found.Count, [.. found.Take(MaxSubjects).Select(SubjectOf)]);

        // What only a back-end presents is seen there.
        static MatterSubject SubjectOf(ExpiringCertificate certificate) => new(certificate.Name)
        {
            Certificate = certificate.Stores is [var store, ..] ? new CaCertificateKey(store, certificate.Sha256) : null,
            BackEndId = certificate is { Stores: [], BackEnds: [var backEnd, ..] } ? backEnd.Id : null,
        };
    }

    private static Matter BackEndsOf(MatterKind kind, BackEndPage page)
    {
        return new(kind, page.Count, [.. page.BackEnds.Select(SubjectOf)]);

        // Several may be on one host.
        static MatterSubject SubjectOf(BackEndSummary backEnd) =>
            new(backEnd.Name == backEnd.Address.Host ? backEnd.Address.ToString() : backEnd.Name) { BackEndId = backEnd.Id, Detail = backEnd.Message };
    }

    private sealed record Found(string Title, TrustStoreResult Result, string? Error, DateTime? VerifiedAt);
}
