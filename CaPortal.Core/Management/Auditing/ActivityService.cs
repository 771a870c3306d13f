using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using CaPortal.Core.Activity;
using CaPortal.Core.Data;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Core.Management.Auditing;

/// <summary>Who did what, when and why: the activity log to look at, and the proof that nobody has changed it.</summary>
public sealed partial class ActivityService
{
    private const int MaxTop = 1_000;
    private const int MaxNames = 20;
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
            if (query.OnlyNews)
                entries = ActivityNews.Of(entries, db);
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
            var entries = await db.Activity.AsNoTracking().Where(a => a.Sequence == sequence).ToListAsync(cancellationToken);
            return (await RecordsAsync(db, entries, cancellationToken)).SingleOrDefault();
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
        if (query.Before is { } before)
            entries = entries.Where(a => a.Sequence < before);
        if (query.After is { } after)
            entries = entries.Where(a => a.Sequence > after);
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

    private static async Task<List<ActivityRecord>> RecordsAsync(PortalDb db, List<ActivityEntry> entries, CancellationToken cancellationToken)
    {
        var outcomes = await OutcomesAsync(db, entries, cancellationToken);
        var names = await NamesAsync(db, entries, cancellationToken);
        var records = new List<ActivityRecord>(entries.Count);
        foreach (var entry in entries)
        {
            records.Add(ActivityReader.RecordOf(entry, entry.RevisionAfter is { } revision ? outcomes.GetValueOrDefault(revision) : null) with
            {
                Names = NamesOnly(entry) ? names : new Dictionary<string, string>(),
                IsHealing = await IsHealingAsync(db, entry, cancellationToken),
            });
        }

        return records;
    }

    /// <summary>The newest outcome of each revision that a change among the entries made.</summary>
    private static async Task<Dictionary<long, ActivityEntry>> OutcomesAsync(PortalDb db, List<ActivityEntry> entries, CancellationToken cancellationToken)
    {
        var changes = entries.Where(e => ActivityActions.CategoryOf(e.Action) == ActivityCategory.Change && e.RevisionAfter is not null)
            .GroupBy(e => e.RevisionAfter!.Value).ToDictionary(g => g.Key, g => g.First());
        if (changes.Count == 0)
            return [];
        var all = db.Activity.AsNoTracking().Where(a => a.Action == ActivityActions.Outcome && a.RevisionAfter != null);
        var found = await all.Where(a => changes.Keys.Contains(a.RevisionAfter!.Value)).OrderBy(a => a.Sequence).ToListAsync(cancellationToken);
        var outcomes = found.GroupBy(a => a.RevisionAfter!.Value).ToDictionary(g => g.Key, g => g.Last());

        // A change that another one overtook was settled together with that.
        foreach (var (revision, change) in changes.Where(c => !outcomes.ContainsKey(c.Key)))
        {
            if (await all.Where(a => a.Sequence > change.Sequence && a.RevisionAfter > revision).OrderBy(a => a.Sequence).FirstOrDefaultAsync(cancellationToken) is { } later)
                outcomes[revision] = later;
        }

        return outcomes;
    }

    private static bool NamesOnly(ActivityEntry entry) => entry.Action is ActivityActions.Outcome or ActivityActions.EmptyRecycleBin;

    private static async Task<Dictionary<string, string>> NamesAsync(PortalDb db, List<ActivityEntry> entries, CancellationToken cancellationToken)
    {
        var hashes = entries.Where(NamesOnly).SelectMany(e => Sha256InDetails().Matches(e.Details).Take(MaxNames).Select(m => m.Groups[1].Value)).Distinct().ToList();
        return hashes.Count == 0 ? [] : await db.RevisionChanges.AsNoTracking()
            .Where(c => c.InstanceId == PortalDb.DefaultInstanceId && hashes.Contains(c.Sha256))
            .GroupBy(c => c.Sha256).Select(g => new { g.Key, Name = g.Max(c => c.Name) })
            .ToDictionaryAsync(c => c.Key, c => c.Name!, cancellationToken);
    }

    private static async Task<bool> IsHealingAsync(PortalDb db, ActivityEntry entry, CancellationToken cancellationToken) =>
        entry.Action == ActivityActions.Outcome && ActivityNews.TellsWriting(entry)
        && await db.Activity.AsNoTracking().Where(a => a.Action == ActivityActions.Outcome && a.Sequence < entry.Sequence)
            .OrderByDescending(a => a.Sequence).FirstOrDefaultAsync(cancellationToken) is { } before
        && ActivityNews.TellsDrift(before);

    [GeneratedRegex("\"sha256\":\"([0-9a-f]{64})\"")]
    private static partial Regex Sha256InDetails();
}

/// <summary>What checking the activity log found.</summary>
/// <param name="Entries">How many entries there are.</param>
/// <param name="Damage">The first broken place; null where the log is intact.</param>
public sealed record ActivityVerification(int Entries, ActivityDamage? Damage);
