using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.Inventory;
using CaPortal.Core.Nodes;
using CaPortal.Core.Probing;
using CaPortal.Core.TrustStores;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Core.Monitoring;

/// <summary>Reads what monitoring wants to know: what was recorded, and of the trust stores what could not be recorded since.</summary>
public sealed class PortalFigures
{
    private readonly PortalDatabase _database;
    private readonly DatabaseWriter _writer;
    private readonly TrustStoreSelection _trustStores;
    private readonly TrustStoreSync _sync;
    private readonly ActivityLog _activity;

    internal PortalFigures(PortalDatabase database, DatabaseWriter writer, TrustStoreSelection trustStores, TrustStoreSync sync, ActivityLog activity) =>
        (_database, _writer, _trustStores, _sync, _activity) = (database, writer, trustStores, sync, activity);

    /// <summary>Why nothing can be recorded now, and what to do; null where it can.</summary>
    public (string Message, string Advice)? Unrecorded => _sync.Unrecorded is { } now ? (now.Message, now.Advice) : null;

    /// <summary>The figures as they are now.</summary>
    /// <exception cref="DatabaseException" />
    public Task<Figures> LoadAsync(CancellationToken cancellationToken) => _database.RunAsync(
        async db => new Figures
        {
            Certificates = await db.OwnCertificates.Where(c => c.RemovedRevision == null)
                .Select(c => new CertificateFigure(c.Sha256, c.Store, c.Blob.Facts.Name, c.Blob.Facts.NotAfter)).ToListAsync(cancellationToken),
            BackEnds = (await db.BackEnds
                .Select(b => new { b.Name, b.Host, b.Port, b.ServerName, b.Verdict, b.ExpiresAt, b.CheckedAt }).ToListAsync(cancellationToken))
                .ConvertAll(b => new BackEndFigure(b.Name, BackEndColumns.Address(b.Host, b.Port, b.ServerName), b.Verdict, b.ExpiresAt, b.CheckedAt)),
            TrustStores = await TrustStoresAsync(db, cancellationToken),
            IsActivityProved = await _activity.FindOpenLossAsync(db, cancellationToken) is null,
            OpenAlerts = await db.Alerts.CountAsync(a => a.EndedAt == null, cancellationToken),
        },
        cancellationToken);

    /// <summary>As <see cref="Figures.TrustStores"/>.</summary>
    /// <exception cref="DatabaseException" />
    public Task<IReadOnlyDictionary<string, bool>> TrustStoresAsync(CancellationToken cancellationToken) =>
        _database.RunAsync(db => TrustStoresAsync(db, cancellationToken), cancellationToken);

    /// <summary>Why no change can be recorded now, though the database can be read; null where one can.</summary>
    /// <exception cref="DatabaseException">The database cannot be written now.</exception>
    public Task<string?> FindObstacleAsync(CancellationToken cancellationToken) => _writer.WriteAsync(

        // It begins with the lock for writing, which a database that can only be read does not give, and writes nothing.
        async db => new Written<string?>(await _activity.FindOpenLossAsync(db, cancellationToken) is { CanBeAcknowledged: false } lost ? lost.Message : null),
        cancellationToken);

    /// <summary>As <see cref="Figures.TrustStores"/>.</summary>
    internal async Task<IReadOnlyDictionary<string, bool>> TrustStoresAsync(PortalDb db, CancellationToken cancellationToken)
    {
        var revision = await CertificateList.RevisionAsync(db, cancellationToken);
        var statuses = await db.OwnStatuses.AsNoTracking().ToDictionaryAsync(s => s.TrustStore, cancellationToken);
        if (_sync.Unrecorded is { } now)
        {
            return now.TrustStores.Where(t => t.Result != TrustStoreResult.Absent)
                .ToDictionary(t => t.Name, t => t.Result == TrustStoreResult.Installed && t.ObservedHash == t.ExpectedHash && now.Revision == revision);
        }

        return _trustStores.Enabled.Where(t => statuses.GetValueOrDefault(t.Name)?.Result != TrustStoreResult.Absent).ToDictionary(
            t => t.Name,
            t => statuses.GetValueOrDefault(t.Name) is { Result: TrustStoreResult.Installed, ObservedHash: { } observed } status
                && observed == status.ExpectedHash && status.VerifiedRevision == revision);
    }
}

/// <summary>What monitoring wants to know.</summary>
public sealed record Figures
{
    /// <summary>The certificates under management.</summary>
    public required IReadOnlyList<CertificateFigure> Certificates { get; init; }

    /// <summary>The back-ends.</summary>
    public required IReadOnlyList<BackEndFigure> BackEnds { get; init; }

    /// <summary>The trust stores in use that this machine has, and whether each was found to hold the newest revision when it was read back last.</summary>
    public required IReadOnlyDictionary<string, bool> TrustStores { get; init; }

    /// <summary>Neither the key nor the end of the activity log is lost, unless somebody acknowledged it.</summary>
    public required bool IsActivityProved { get; init; }

    /// <summary>How many alerts are open.</summary>
    public required int OpenAlerts { get; init; }
}

/// <summary>A certificate under management.</summary>
/// <param name="Sha256">Its SHA-256.</param>
/// <param name="Store">Its store.</param>
/// <param name="Name">Its name. Untrusted text.</param>
/// <param name="NotAfter">When it ends, UTC.</param>
public sealed record CertificateFigure(string Sha256, CaStore Store, string Name, DateTime NotAfter);

/// <summary>A back-end.</summary>
/// <param name="Name">Its name. Untrusted text.</param>
/// <param name="Address">Where it is.</param>
/// <param name="Verdict">The verdict; null where it was never tested.</param>
/// <param name="ExpiresAt">The earliest end of validity in its chain, UTC.</param>
/// <param name="CheckedAt">When it was tested last, UTC.</param>
public sealed record BackEndFigure(string Name, BackEndAddress Address, TrustVerdict? Verdict, DateTime? ExpiresAt, DateTime? CheckedAt)
{
    /// <summary>Every client that counts trusts it.</summary>
    public bool IsTrusted => Verdict?.IsTrusted ?? false;
}
