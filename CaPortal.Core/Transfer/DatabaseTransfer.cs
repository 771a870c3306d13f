using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.TrustStores;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace CaPortal.Core.Transfer;

/// <summary>
/// Copies the whole list, with everything that belongs to it, from the file of a portal to an empty database on a server. The
/// copy is compared with the file before it is kept. The data directory with its keys goes on being used.
/// </summary>
public sealed class DatabaseTransfer
{
    private readonly ITransferSource _source;
    private readonly Func<string, ITransferTarget?> _findTarget;
    private readonly ActivityLog _activity;
    private readonly CoreOptions _options;
    private readonly TimeProvider _time;

    internal DatabaseTransfer(
        ITransferSource source, Func<string, ITransferTarget?> findTarget, ActivityLog activity, IOptions<CoreOptions> options, TimeProvider time) =>
        (_source, _findTarget, _activity, _options, _time) = (source, findTarget, activity, options.Value, time);

    /// <summary>Whether a text is a connection string of the engine that lists can be moved to.</summary>
    public bool IsConnectionString(string text) => _findTarget(text) is not null;

    /// <summary>Copies the list. To be called while no portal runs on the data directory.</summary>
    /// <param name="connectionString">The empty database; it never gets into a message.</param>
    /// <param name="cancellationToken">Cancels; nothing is copied then.</param>
    /// <exception cref="ArgumentException">It is no connection string.</exception>
    /// <exception cref="DatabaseException">The list cannot be copied. Both databases are as they were.</exception>
    public async Task<TransferResult> CopyAsync(string connectionString, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        var target = _findTarget(connectionString) ?? throw new ArgumentException("It is no connection string.", nameof(connectionString));
        if (_options.Database.Provider != DatabaseProvider.Sqlite)
        {
            throw new DatabaseException(
                "CaPortal:Database:Provider names PostgreSQL already, so there is no file to copy from.",
                "Use the settings that the portal has had until now, and change them when the list is copied.");
        }

        _source.RequireThere();

        // Before the file is read, which takes longer.
        await OnTargetAsync(target, null, cancellationToken);
        return await _source.WithCopyAsync(
            async copy =>
            {
                await RequireProvedAsync(copy, cancellationToken);
                await RequireProvableAsync(copy, target, cancellationToken);
                var content = await ContentAsync(copy, cancellationToken);
                var lastKeys = await _source.LastKeysAsync(copy, cancellationToken);
                await OnTargetAsync(target, FillAsync, cancellationToken);
                return new TransferResult(
                    _source.Location, target.Location, content.Instances.Max(i => i.Revision), content.Rows, _time.GetElapsedTime(started));

                async Task FillAsync(PortalDb db)
                {
                    await target.MakeTablesAsync(db, cancellationToken);
                    foreach (var table in ModelTables.InOrder(db.Model).Where(t => copy.Model.FindEntityType(t.Name) is not null))
                        await target.WriteAsync(db, table, _source.ReadAsync(copy, table, cancellationToken), cancellationToken);
                    await target.GoOnBehindAsync(db, lastKeys, cancellationToken);
                    await RequireSameAsync(content, db, cancellationToken);
                }
            },
            cancellationToken);
    }

    // What fails takes back all that was done in the target before it.
    private static Task<bool> OnTargetAsync(ITransferTarget target, Func<PortalDb, Task>? fill, CancellationToken cancellationToken) =>
        target.ExclusivelyAsync(
            async () =>
            {
                await using var db = target.Open();
                await using var transaction = await db.BeginWriteAsync(cancellationToken);
                await target.RequireEmptyAsync(db, cancellationToken);
                if (fill is null)
                    return false;
                await fill(db);
                await transaction.CommitAsync(CancellationToken.None);
                return true;
            },
            cancellationToken);

    private static async Task<Content> ContentAsync(PortalDb db, CancellationToken cancellationToken)
    {
        var instances = await db.Instances.AsNoTracking().OrderBy(i => i.Id)
            .Select(i => new Instance(i.Id, i.Revision, i.DesiredHash)).ToListAsync(cancellationToken);
        var desired = await db.OwnCertificates.AsNoTracking().Where(c => c.RemovedRevision == null)
            .Select(c => new { c.Store, c.Sha256 }).ToListAsync(cancellationToken);
        return new Content(
            await ModelTables.CountAsync(db, cancellationToken), instances, SetHash.Of(desired.Select(c => new CaCertificateKey(c.Store, c.Sha256))));
    }

    private async Task RequireProvedAsync(PortalDb copy, CancellationToken cancellationToken)
    {
        if ((await _activity.VerifyAsync(copy, cancellationToken)).Damage is not { } damage)
            return;
        throw new DatabaseException(
            $"The activity log is not intact, so the list stays where it is. {damage.Message}",
            damage.CanBeAcknowledged
                ? "Start the portal with the settings that it has had, acknowledge that on the page Activity, then stop it and try again."
                : "Start the portal with the settings that it has had, and look into it on the page Activity; or restore a backup.");
    }

    /// <summary>The hash of an entry is over its texts, which must be the same in the target. Elsewhere a replacement does no harm.</summary>
    private static async Task RequireProvableAsync(PortalDb copy, ITransferTarget target, CancellationToken cancellationToken)
    {
        await foreach (var entry in copy.Activity.AsNoTracking().OrderBy(a => a.Sequence).AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            string?[] texts = [entry.Actor, entry.Source, entry.Reason, entry.Details];
            if (texts.All(t => t is null || target.Keeps(t)))
                continue;
            throw new DatabaseException(
                $"Entry {entry.Sequence} of the activity log has a character that {target.Location} cannot store, U+0000. "
                    + "Without it nothing would prove the entry.",
                "An earlier version wrote it. The list stays in its file.");
        }
    }

    private async Task RequireSameAsync(Content source, PortalDb db, CancellationToken cancellationToken)
    {
        var target = await ContentAsync(db, cancellationToken);
        var proof = await _activity.VerifyAsync(db, cancellationToken);
        var difference = source.Rows.FirstOrDefault(r => target.Rows[r.Key] != r.Value) is { Key: { } table }
                ? $"its table {table} has {target.Rows[table]} rows in place of {source.Rows[table]}"
            : !source.Instances.SequenceEqual(target.Instances) ? "it has another revision"
            : source.ListHash != target.ListHash ? "it has other CA certificates"
            : proof.Damage?.Message;
        if (difference is not null)
        {
            throw new DatabaseException(
                $"The copy is not the same as the file: {difference.TrimEnd('.')}. Nothing of it was kept.",
                "Try again. If it stays so, go on with the file, and report it.");
        }
    }

    private sealed record Content(IReadOnlyDictionary<string, long> Rows, IReadOnlyList<Instance> Instances, string ListHash);

    private sealed record Instance(int Id, long Revision, string DesiredHash);
}

/// <summary>A list that was copied.</summary>
/// <param name="From">The file that it was copied from.</param>
/// <param name="To">The database that it was copied to, for people; without what protects it.</param>
/// <param name="Revision">The revision of the list.</param>
/// <param name="Rows">How many rows each table has, by its name.</param>
/// <param name="Took">How long it took.</param>
public sealed record TransferResult(string From, string To, long Revision, IReadOnlyDictionary<string, long> Rows, TimeSpan Took);
