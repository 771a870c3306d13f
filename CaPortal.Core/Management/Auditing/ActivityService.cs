using System.Runtime.CompilerServices;
using CaPortal.Core.Activity;
using CaPortal.Core.Data;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Core.Management.Auditing;

/// <summary>Who did what, when and why: the activity log to look at, and the proof that nobody has changed it.</summary>
public sealed class ActivityService
{
    private const int MaxTop = 1_000;
    private const int ExportedAtOnce = 500;

    private readonly PortalDatabase _database;
    private readonly ActivityLog _log;

    internal ActivityService(PortalDatabase database, ActivityLog log)
    {
        (_database, _log) = (database, log);
        log.Recorded += () => Changed?.Invoke();
    }

    /// <summary>Raised after an entry was written by this process. Handlers return at once and never throw.</summary>
    public event Action? Changed;

    /// <summary>A part of the log, newest first.</summary>
    /// <exception cref="DatabaseException">The database cannot be used now.</exception>
    public Task<ActivityPage> ListAsync(ActivityQuery query, CancellationToken cancellationToken) => _database.RunAsync(
        async db =>
        {
            var entries = Filter(db.Activity.AsNoTracking(), query);
            var count = await entries.CountAsync(cancellationToken);
            var page = await entries.OrderByDescending(a => a.Sequence).Skip(Math.Max(0, query.Skip)).Take(Math.Clamp(query.Top, 0, MaxTop)).ToListAsync(cancellationToken);
            return new ActivityPage(await RecordsAsync(db, page, cancellationToken), count);
        },
        cancellationToken);

    /// <summary>One entry; null where there is none of that number.</summary>
    /// <exception cref="DatabaseException">The database cannot be used now.</exception>
    public Task<ActivityRecord?> FindAsync(long sequence, CancellationToken cancellationToken) => _database.RunAsync(
        async db =>
        {
            if (await db.Activity.AsNoTracking().SingleOrDefaultAsync(a => a.Sequence == sequence, cancellationToken) is not { } entry)
                return null;
            return (await RecordsAsync(db, [entry], cancellationToken))[0];
        },
        cancellationToken);

    /// <summary>Everybody who has an entry, by name.</summary>
    /// <exception cref="DatabaseException">The database cannot be used now.</exception>
    public Task<IReadOnlyList<string>> ActorsAsync(CancellationToken cancellationToken) => _database.RunAsync(
        async db => (IReadOnlyList<string>)await db.Activity.Select(a => a.Actor).Distinct().OrderBy(a => a).ToListAsync(cancellationToken),
        cancellationToken);

    /// <summary>Recomputes the whole chain and compares its end with the one kept outside the database.</summary>
    /// <returns>What was found.</returns>
    /// <exception cref="DatabaseException">The database cannot be used now.</exception>
    public Task<ActivityVerification> VerifyAsync(CancellationToken cancellationToken) => _database.RunAsync(
        async db =>
        {
            var (entries, damage) = await _log.VerifyAsync(db, cancellationToken);
            return new ActivityVerification(entries, damage);
        },
        cancellationToken);

    /// <summary>Every entry that the query has, whatever its <see cref="ActivityQuery.Skip"/> and <see cref="ActivityQuery.Top"/>, newest first. Those that are written meanwhile are not among them.</summary>
    /// <exception cref="DatabaseException">The database cannot be used now.</exception>
    public async IAsyncEnumerable<ActivityRecord> ExportAsync(ActivityQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // By parts, so that the database is not held as long as somebody takes to receive them.
        for (long? before = null; ;)
        {
            var end = before;
            var part = await _database.RunAsync(
                async db => await RecordsAsync(
                    db,
                    await Filter(db.Activity.AsNoTracking(), query).Where(a => end == null || a.Sequence < end)
                        .OrderByDescending(a => a.Sequence).Take(ExportedAtOnce).ToListAsync(cancellationToken),
                    cancellationToken),
                cancellationToken);
            foreach (var record in part)
                yield return record;
            if (part.Count < ExportedAtOnce)
                yield break;
            before = part[^1].Sequence;
        }
    }

    private static IQueryable<ActivityEntry> Filter(IQueryable<ActivityEntry> entries, ActivityQuery query)
    {
        if (query.Actor is { } actor)
            entries = entries.Where(a => a.Actor == actor);
        if (query.Sha256 is { } sha256)
            entries = entries.Where(a => a.Details.Contains(sha256));
        if (query.From is { } from)
            entries = entries.Where(a => a.At >= from);
        if (query.Until is { } until)
            entries = entries.Where(a => a.At < until);
        if (query.Categories.Count == 0)
            return entries;

        var wanted = ActivityActions.Of(query.Categories).ToList();
        var known = ActivityActions.Known.ToList();
        return query.Categories.Contains(ActivityCategory.Other)
            ? entries.Where(a => wanted.Contains(a.Action) || !known.Contains(a.Action))
            : entries.Where(a => wanted.Contains(a.Action));
    }

    private static async Task<IReadOnlyList<ActivityRecord>> RecordsAsync(PortalDb db, IReadOnlyList<ActivityEntry> entries, CancellationToken cancellationToken)
    {
        var outcomes = await OutcomesAsync(db, entries, cancellationToken);
        return [.. entries.Select(e => ActivityReader.RecordOf(e, e.RevisionAfter is { } r ? outcomes.GetValueOrDefault(r) : null))];
    }

    /// <summary>The newest outcome of each revision that a change among the entries made.</summary>
    private static async Task<Dictionary<long, ActivityEntry>> OutcomesAsync(PortalDb db, IReadOnlyList<ActivityEntry> entries, CancellationToken cancellationToken)
    {
        var revisions = entries.Where(e => ActivityActions.CategoryOf(e.Action) == ActivityCategory.Change && e.RevisionAfter is not null).Select(e => e.RevisionAfter!.Value).ToList();
        if (revisions.Count == 0)
            return [];
        var found = await db.Activity.AsNoTracking()
            .Where(a => a.Action == ActivityActions.Outcome && a.RevisionAfter != null && revisions.Contains(a.RevisionAfter.Value))
            .OrderBy(a => a.Sequence).ToListAsync(cancellationToken);
        return found.GroupBy(a => a.RevisionAfter!.Value).ToDictionary(g => g.Key, g => g.Last());
    }
}

/// <summary>What checking the activity log found.</summary>
/// <param name="Entries">How many entries there are.</param>
/// <param name="Damage">The first broken place; null where the log is intact.</param>
public sealed record ActivityVerification(int Entries, ActivityDamage? Damage);
