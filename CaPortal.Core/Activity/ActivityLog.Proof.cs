using System.Text.Json;
using CaPortal.Core.Data;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Core.Activity;

/// <summary>What is proved of the log, and what is not.</summary>
public sealed partial class ActivityLog
{
    /// <summary>Entries that may have been committed, and whose end is not kept yet, when a crash came: those of requests at the same time.</summary>
    internal const int MaxBehindEnd = 5;

    private OpenLoss _looked = new(null, null);

    /// <summary>Recomputes the whole chain and compares its head with the one kept outside the database.</summary>
    internal async Task<ActivityVerification> VerifyAsync(PortalDb db, CancellationToken cancellationToken)
    {
        if (!await db.HasActivityTableAsync(cancellationToken))
            return new ActivityVerification(0, new ActivityDamage(1, "The table of the activity log is gone from the database."));
        var count = await db.Activity.CountAsync(cancellationToken);
        if (TryKey(count > 0, out var lost) is not { } key)
        {
            return new ActivityVerification(count, count > 0 ? new ActivityDamage(1, lost!)
                : await FindLossAsync(db, null, [], cancellationToken) is { } all ? new ActivityDamage(1, all.Message)
                : null);
        }

        var guards = await db.FindGuardDamageAsync(cancellationToken);
        if (guards.IsColumnChanged)
            return new ActivityVerification(count, DamageOf(guards, count, "The entries cannot be read as they are"));
        var (damage, last, losses) = await WalkAsync(db, key, cancellationToken);
        damage ??= losses.Find(l => l.By is null) is { } open ? DamageOf(open)
            : await FindLossAsync(db, last, key, cancellationToken) is { } unrecorded ? new ActivityDamage((last?.Sequence ?? 0) + 1, unrecorded.Message)
            : guards.IsNone ? null : DamageOf(guards, count, "The entries are intact");
        return new ActivityVerification(count, damage)
        {
            IntactSince = losses.FindLast(l => l.By is not null)?.Sequence,
            Acknowledged = losses.FindAll(l => l.By is not null),
        };
    }

    /// <summary>
    /// What an entry says of a lost end of the log and nobody has acknowledged; or that the key is lost. Only entries are
    /// looked at that are new since the last time.
    /// </summary>
    internal async Task<ActivityDamage?> FindOpenLossAsync(PortalDb db, CancellationToken cancellationToken)
    {
        var last = await LastAsync(db, cancellationToken);
        if (TryKey(last is not null, out var lost) is not { } key)
            return last is null ? null : new ActivityDamage(1, lost!);
        var looked = _looked;
        if (looked.Through is { } known && !await db.Activity.AnyAsync(a => a.Sequence == known.Sequence && a.Hash == known.Hash, cancellationToken))
            looked = new OpenLoss(null, null);
        var since = looked.Through?.Sequence ?? 0;
        var news = await db
            .Activity.AsNoTracking()
            .Where(a => a.Sequence > since && (a.Action == ActivityActions.ActivityAnchorLost || a.Action == ActivityActions.ActivityAcknowledged))
            .OrderBy(a => a.Sequence)
            .ToListAsync(cancellationToken);
        var losses = new List<AcknowledgedLoss>();
        if (looked.Loss is { } open)
            losses.Add(open);
        foreach (var entry in news.Where(e => ActivityChain.IsGenuine(e, key)))
            Note(losses, entry);
        looked = _looked = new OpenLoss(last, losses.Find(l => l.By is null));
        return looked.Loss is { } first ? DamageOf(first) : null;
    }

    /// <summary>
    /// The end of the log as it is kept outside the database, if nothing speaks against it; number 0 if the log is empty;
    /// else null.
    /// </summary>
    internal async Task<ActivityEnd?> ProvedEndAsync(PortalDb db, CancellationToken cancellationToken)
    {
        if (!await db.HasActivityTableAsync(cancellationToken))
            return null;
        var last = await LastAsync(db, cancellationToken);
        var key = TryKey(isExpected: false, out _);
        if (last is null)
            return File.Exists(EndPath) || await db.Instances.AnyAsync(i => i.Revision > 0, cancellationToken) ? null : new ActivityEnd(0, "");
        return key is not null && await FindLossAsync(db, last, key, cancellationToken) is null ? ActivityEndFile.Read(EndPath, key).End ?? last : null;
    }

    /// <summary>
    /// The activity end file for a copy of the database that has gone on from a proved end; null if the copy has not gone on.
    /// </summary>
    internal async Task<byte[]?> EndOfCopyAsync(PortalDb copy, ActivityEnd end, CancellationToken cancellationToken) =>
        TryKey(isExpected: false, out _) is { } key && await LastAsync(copy, cancellationToken) is { } last
        && (end.Sequence == 0 || await copy.Activity.AnyAsync(a => a.Sequence == end.Sequence && a.Hash == end.Hash, cancellationToken))
            ? ActivityEndFile.Encode(last, key) : null;

    /// <summary>Whether an earlier version wrote the entry; null if the portal did not write it.</summary>
    /// <exception cref="DatabaseException">The key is lost.</exception>
    internal bool? IsGenuine(ActivityEntry entry)
    {
        var key = Key(mayCreate: false);
        return ActivityChain.IsGenuine(entry, key) ? ActivityChain.IsOfEarlierVersion(entry, key) : null;
    }

    private static async Task<(ActivityDamage? Damage, ActivityEnd? Last, List<AcknowledgedLoss> Losses)> WalkAsync(
        PortalDb db, byte[] key, CancellationToken cancellationToken)
    {
        var (sequence, hash) = (0L, "");
        var losses = new List<AcknowledgedLoss>();
        await using var entries = db.Activity.AsNoTracking().OrderBy(a => a.Sequence).AsAsyncEnumerable().GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            try
            {
                if (!await entries.MoveNextAsync())
                    return (null, sequence == 0 ? null : new ActivityEnd(sequence, hash), losses);
            }
            catch (Exception e) when (DatabaseException.IsUnreadable(e))
            {
                // Somebody put a text where the portal writes a time or a number.
                return Broken(sequence + 1, $"Entry {sequence + 1} was changed: it cannot even be read.");
            }

            var entry = entries.Current;
            if (entry.Sequence != sequence + 1)
                return Broken(sequence + 1, $"Entry {sequence + 1} is missing.");
            if (entry.PreviousHash != hash || !ActivityChain.IsGenuine(entry, key))
                return Broken(entry.Sequence, $"Entry {entry.Sequence} was changed, or written with another key.");
            (sequence, hash) = (entry.Sequence, entry.Hash);
            Note(losses, entry);
        }

        (ActivityDamage?, ActivityEnd?, List<AcknowledgedLoss>) Broken(long at, string message) => (new ActivityDamage(at, message), null, losses);
    }

    // Nothing was found to be changed; but somebody may have seen to it that it could be, or is not shown.
    private static ActivityDamage DamageOf(ActivityGuardDamage guards, int entries, string found) => new(
        entries + 1, $"{found}, but the database does not guard the log as it should: {guards.Text} "
            + (guards.NeedsOwner ? "Run \"database migrate\" as the owner of the tables." : "The next start of the portal puts that right."));

    /// <summary>Whether, and how, the end of the log is lost at this moment.</summary>
    private async Task<EndLoss?> FindLossAsync(PortalDb db, ActivityEnd? last, byte[] key, CancellationToken cancellationToken)
    {
        // Before the file: another writer may put a newer end into it meanwhile, and that is no loss.
        var known = _written;
        var found = ActivityEndFile.Read(EndPath, key);
        if (found.End is null && known is { } written && last is not null
            && !await db.Activity.AnyAsync(a => a.Sequence == written.Sequence && a.Hash == written.Hash, cancellationToken))
        {
            // The file is gone; but this process knows what it said.
            return new EndLoss(EndLossKind.Cut, written.Sequence, written.Hash, last.Sequence, EndPath);
        }

        EndLoss Loss(EndLossKind how) => new(how, found.End?.Sequence, found.End?.Hash, last?.Sequence ?? 0, EndPath);
        if (found.IsDamaged
            || (found is { End: not null, IsSigned: false } && last is not null && !await IsOfEarlierVersionAsync(db, last, key, cancellationToken)))
            return Loss(EndLossKind.Damaged);
        if (found.End is not { } kept)
        {
            // One entry may be without it: a crash came before it was written for the first time.
            return last is { Sequence: > 1 } ? Loss(EndLossKind.Missing)
                : last is null && await db.Instances.AnyAsync(i => i.Revision > 0, cancellationToken) ? Loss(EndLossKind.Cut)
                : null;
        }

        if (!await db.Activity.AnyAsync(a => a.Sequence == kept.Sequence && a.Hash == kept.Hash, cancellationToken))
            return Loss(EndLossKind.Cut);

        // Other portals go on with the log while this one does not run.
        var oldest = known?.Sequence ?? (peers.MayExist ? kept.Sequence : last!.Sequence - MaxBehindEnd);
        return kept.Sequence < oldest ? Loss(EndLossKind.Older) : null;
    }

    /// <summary>Whether one more entry, and a crash before the head is written, would look as if an older head had been put back.</summary>
    private bool IsHeadFarBehind(ActivityEnd? last, byte[] key) =>
        last is not null && ActivityEndFile.Read(EndPath, key).End is { } head && last.Sequence - head.Sequence >= MaxBehindEnd;

    private static async Task<bool> IsOfEarlierVersionAsync(PortalDb db, ActivityEnd last, byte[] key, CancellationToken cancellationToken) =>
        await db.Activity.AsNoTracking().SingleAsync(a => a.Sequence == last.Sequence, cancellationToken) is var entry
        && ActivityChain.IsOfEarlierVersion(entry, key);

    /// <summary>
    /// Whether the log says it already, at its very end and acknowledged by nobody: a crash came before the head was written,
    /// or it cannot be written.
    /// </summary>
    private async Task<bool> IsRecordedAsync(PortalDb db, ActivityEnd? last, byte[] key, CancellationToken cancellationToken)
    {
        if (_isLossUnwritten)
            return true;
        var since = (last?.Sequence ?? 0) - MaxBehindEnd;
        var newest = await db
            .Activity.AsNoTracking()
            .Where(a => a.Sequence > since && (a.Action == ActivityActions.ActivityAnchorLost || a.Action == ActivityActions.ActivityAcknowledged))
            .OrderByDescending(a => a.Sequence)
            .FirstOrDefaultAsync(cancellationToken);
        return newest?.Action == ActivityActions.ActivityAnchorLost && ActivityChain.IsGenuine(newest, key);
    }

    private ActivityDraft DraftOf(EndLoss loss)
    {
        LogLoss(logger, loss.Message);
        return new ActivityDraft("CaPortal", "Administrator", "portal", ActivityActions.ActivityAnchorLost, null, null, null, loss);
    }

    private static void Note(List<AcknowledgedLoss> losses, ActivityEntry entry)
    {
        if (entry.Action == ActivityActions.ActivityAnchorLost && JsonSerializer.Deserialize<EndLoss>(entry.Details, Json) is { } loss)
            losses.Add(new AcknowledgedLoss(entry.Sequence, loss.Message) { IsCut = loss.How == EndLossKind.Cut });
        if (entry.Action != ActivityActions.ActivityAcknowledged)
            return;
        for (var i = 0; i < losses.Count; i++)
            losses[i] = losses[i].By is null ? losses[i] with { By = entry.Actor, At = entry.At, Reason = entry.Reason } : losses[i];
    }

    private static ActivityDamage DamageOf(AcknowledgedLoss loss) => new(loss.Sequence, loss.Message) { CanBeAcknowledged = true, IsCut = loss.IsCut };

    private sealed record OpenLoss(ActivityEnd? Through, AcknowledgedLoss? Loss);
}

/// <summary>What checking the activity log found.</summary>
/// <param name="Entries">How many entries there are.</param>
/// <param name="Damage">The first place that is broken or not proved; null if the log is intact.</param>
public sealed record ActivityVerification(int Entries, ActivityDamage? Damage)
{
    /// <summary>
    /// The entry since which the log is intact, if its end was lost before and that was acknowledged; null if it never was
    /// lost.
    /// </summary>
    public long? IntactSince { get; init; }

    /// <summary>What was lost before and acknowledged, in order.</summary>
    public IReadOnlyList<AcknowledgedLoss> Acknowledged { get; init; } = [];
}

/// <summary>A loss of the end of the log, and who acknowledged it.</summary>
/// <param name="Sequence">The entry that records the loss.</param>
/// <param name="Message">One sentence: what was lost.</param>
public sealed record AcknowledgedLoss(long Sequence, string Message)
{
    /// <summary>Entries are known to be missing.</summary>
    public bool IsCut { get; init; }

    /// <summary>Who acknowledged it; null if nobody has.</summary>
    public string? By { get; init; }

    /// <summary>When, UTC.</summary>
    public DateTime? At { get; init; }

    /// <summary>Why. Untrusted text.</summary>
    public string? Reason { get; init; }
}
