using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using CaPortal.Core.Access;
using CaPortal.Core.Data;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Core.Activity;

/// <summary>Who did what, when and why: the activity log to look at, and the proof that nobody has changed it.</summary>
public sealed partial class ActivityService
{
    private const int MaxTop = 1_000;
    private const int MaxNames = 20;

    /// <summary>Characters of details that are in memory for one answer; a single entry of an earlier version may have more.</summary>
    internal const int MaxLength = 2 * 1024 * 1024;

    private const int ExportedAtOnce = 500;

    private readonly PortalDatabase _database;
    private readonly ActivityLog _log;
    private readonly DatabaseWriter _writer;
    private readonly ActivityRecorder _recorder;

    internal ActivityService(PortalDatabase database, ActivityLog log, DatabaseWriter writer, ActivityRecorder recorder, PeerChanges peers)
    {
        peers.On(() => Changed?.Invoke(), typeof(ActivityEntry));
        (_database, _log, _writer, _recorder) = (database, log, writer, recorder);
        log.Recorded += () => Changed?.Invoke();
    }

    /// <summary>Raised after an entry was written. Handlers return at once and never throw.</summary>
    public event Action? Changed;

    /// <summary>Keeps outside the database where the log ends, after another portal has written to it.</summary>
    /// <exception cref="DatabaseException" />
    public Task FollowAsync(CancellationToken cancellationToken) => _writer.CatchUpAsync(cancellationToken);

    /// <summary>A part of the log, newest first. It has fewer entries than were asked for where their details are long.</summary>
    /// <exception cref="DatabaseException" />
    public Task<ActivityPage> ListAsync(ActivityQuery query, CancellationToken cancellationToken) =>
        _database.RunAsync(
            async db =>
            {
                var entries = Filter(db, query);
                if (query.OnlyNoteworthy)
                    entries = NoteworthyEntries.Of(entries, db);
                var count = await entries.CountAsync(cancellationToken);
                var page = await BoundedAsync(
                    entries.OrderByDescending(a => a.Sequence).Skip(Math.Max(0, query.Skip)),
                    Math.Clamp(query.Top, 0, MaxTop),
                    cancellationToken);
                return new ActivityPage(await ActivityNamesakes.MarkAsync(db, await RecordsAsync(db, page, cancellationToken), cancellationToken), count);
            },
            cancellationToken);

    /// <summary>One entry; null if there is none of that number.</summary>
    /// <exception cref="DatabaseException" />
    public Task<ActivityRecord?> FindAsync(long sequence, CancellationToken cancellationToken) => _database.RunAsync(
        async db =>
        {
            var entries = await db.Activity.AsNoTracking().Where(a => a.Sequence == sequence).ToListAsync(cancellationToken);
            return (await ActivityNamesakes.MarkAsync(db, await RecordsAsync(db, entries, cancellationToken), cancellationToken)).SingleOrDefault();
        },
        cancellationToken);

    /// <summary>Everybody who has an entry, by name.</summary>
    /// <exception cref="DatabaseException" />
    public Task<IReadOnlyList<string>> ActorsAsync(CancellationToken cancellationToken) => _database.RunAsync(
        async db => (IReadOnlyList<string>)await db.Activity.Select(a => a.Actor).Distinct().OrderBy(a => a).ToListAsync(cancellationToken),
        cancellationToken);

    /// <summary>
    /// Recomputes the whole chain and compares its end with the one kept outside the database. That this end is lost is
    /// recorded first, so that it can be acknowledged.
    /// </summary>
    /// <returns>What was found.</returns>
    /// <exception cref="DatabaseException" />
    public async Task<ActivityVerification> VerifyAsync(CancellationToken cancellationToken)
    {
        await _writer.CatchUpAsync(cancellationToken);
        return await _database.RunAsync(db => _log.VerifyAsync(db, cancellationToken), cancellationToken);
    }

    /// <summary>
    /// A lost end of the log that nobody has acknowledged, or the lost key; null if there is neither. Costs little: the chain is
    /// not computed.
    /// </summary>
    /// <exception cref="DatabaseException" />
    public Task<ActivityDamage?> FindOpenLossAsync(CancellationToken cancellationToken) =>
        _database.RunAsync(db => _log.FindOpenLossAsync(db, cancellationToken), cancellationToken);

    /// <summary>
    /// Acknowledges that the end of the log was lost. From then on the log counts as intact since the entry that records the
    /// loss.
    /// </summary>
    /// <param name="sequence">The entry that records the loss, as <see cref="VerifyAsync"/> returns it.</param>
    /// <param name="actor">Who acknowledges it; must be an administrator.</param>
    /// <param name="reason">Why; not empty.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="DatabaseException" />
    public async Task<AcknowledgeOutcome> AcknowledgeAsync(long sequence, Actor actor, string? reason, CancellationToken cancellationToken)
    {
        if (actor.Role != Role.Administrator)
        {
            await _recorder.ForbiddenAsync(actor, ActivityActions.Acknowledge, sequence);
            return AcknowledgeOutcome.Forbidden.Instance;
        }

        if (string.IsNullOrWhiteSpace(reason))
            return new AcknowledgeOutcome.Refused("Say why: the reason is what the activity log keeps of it.");
        var found = await VerifyAsync(cancellationToken);
        if (found.Damage is not { } damage)
            return new AcknowledgeOutcome.Refused("Nothing is left to acknowledge: the log is intact.");
        if (!damage.CanBeAcknowledged)
            return new AcknowledgeOutcome.Refused($"{damage.Message} That cannot be acknowledged.");
        if (damage.Sequence != sequence)
            return new AcknowledgeOutcome.Refused($"What is to be acknowledged is entry {damage.Sequence}. {damage.Message}");

        await _writer.RecordAsync(
            new ActivityDraft(
                actor.Name,
                actor.Role.ToString(),
                actor.Source,
                ActivityActions.ActivityAcknowledged,
                reason,
                null,
                null,
                new { damage.Sequence, damage.Message }));
        return new AcknowledgeOutcome.Done(await VerifyAsync(cancellationToken));
    }

    /// <summary>
    /// Every entry that the query matches, regardless of its <see cref="ActivityQuery.Skip"/> and
    /// <see cref="ActivityQuery.Top"/>, newest first. Entries that are written meanwhile are not included.
    /// </summary>
    /// <exception cref="DatabaseException" />
    public async IAsyncEnumerable<ActivityRecord> ExportAsync(ActivityQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // By parts, so that the database is not held as long as somebody takes to receive them.
        for (long? before = null; ;)
        {
            var end = before;
            var part = await _database.RunAsync(
                async db => await RecordsAsync(
                    db,
                    await BoundedAsync(
                        Filter(db, query).Where(a => end == null || a.Sequence < end).OrderByDescending(a => a.Sequence), ExportedAtOnce, cancellationToken),
                    cancellationToken),
                cancellationToken);
            foreach (var record in part)
                yield return record;
            if (part.Count == 0)
                yield break;
            before = part[^1].Sequence;
        }
    }

    /// <summary>As many of the first entries as their details are not too many bytes together, and one at least.</summary>
    private static async Task<List<ActivityEntry>> BoundedAsync(IQueryable<ActivityEntry> entries, int most, CancellationToken cancellationToken)
    {
        var lengths = await entries.Take(most).Select(a => a.Details.Length).ToListAsync(cancellationToken);
        var (count, sum) = (0, 0L);
        while (count < lengths.Count && (count == 0 || sum + lengths[count] <= MaxLength))
            sum += lengths[count++];
        return count == 0 ? [] : await entries.Take(count).ToListAsync(cancellationToken);
    }

    private static IQueryable<ActivityEntry> Filter(PortalDb db, ActivityQuery query)
    {
        var entries = db.Activity.AsNoTracking();
        if (query.Actor is { } actor)
            entries = entries.Where(a => a.Actor == actor);
        if (query.Sha256 is { } sha256)
        {
            // What an entry of many certificates does not name, its revision does.
            var revisions = db.OwnRevisionChanges.Where(c => c.Sha256 == sha256).Select(c => c.Revision);
            entries = entries.Where(a => a.Details.Contains(sha256)
                || (a.RevisionAfter != null && revisions.Contains(a.RevisionAfter.Value) && a.Details.Contains(BoundedDetails.Mark)));
        }

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
            records.Add(ActivityRecords.RecordOf(entry, entry.RevisionAfter is { } revision ? outcomes.GetValueOrDefault(revision) : null) with
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
            if (await all.Where(a => a.Sequence > change.Sequence && a.RevisionAfter > revision)
                    .OrderBy(a => a.Sequence)
                    .FirstOrDefaultAsync(cancellationToken) is
                { } later)
                outcomes[revision] = later;
        }

        return outcomes;
    }

    private static bool NamesOnly(ActivityEntry entry) => entry.Action is ActivityActions.Outcome or ActivityActions.EmptyRecycleBin;

    private static async Task<Dictionary<string, string>> NamesAsync(PortalDb db, List<ActivityEntry> entries, CancellationToken cancellationToken)
    {
        var hashes = entries
            .Where(NamesOnly)
            .SelectMany(e => Sha256InDetails().Matches(e.Details).Take(MaxNames).Select(m => m.Groups[1].Value))
            .Distinct()
            .ToList();
        return hashes.Count == 0
            ? []
            : await db
                .RevisionChanges.AsNoTracking()
                .Where(c => hashes.Contains(c.Sha256))
                .GroupBy(c => c.Sha256)
                .Select(g => new { g.Key, Name = g.Max(c => c.Name) })
                .ToDictionaryAsync(c => c.Key, c => c.Name!, cancellationToken);
    }

    private static async Task<bool> IsHealingAsync(PortalDb db, ActivityEntry entry, CancellationToken cancellationToken) =>
        entry.Action == ActivityActions.Outcome && entry.Marks.HasFlag(ActivityMarks.Written)
        && await db.Activity.AsNoTracking().Where(a => a.Action == ActivityActions.Outcome && a.Sequence < entry.Sequence)
            .OrderByDescending(a => a.Sequence).FirstOrDefaultAsync(cancellationToken) is { } before
        && before.Marks.HasFlag(ActivityMarks.Drifted);

    [GeneratedRegex("\"sha256\":\"([0-9a-f]{64})\"")]
    private static partial Regex Sha256InDetails();
}

/// <summary>What came of acknowledging a loss.</summary>
public abstract record AcknowledgeOutcome
{
    private AcknowledgeOutcome()
    {
    }

    /// <summary>It is acknowledged.</summary>
    /// <param name="Verification">What checking the log finds now.</param>
    public sealed record Done(ActivityVerification Verification) : AcknowledgeOutcome;

    /// <summary>There is nothing to acknowledge, or something else than was meant. Nothing was recorded.</summary>
    /// <param name="Message">Why, and what to do.</param>
    public sealed record Refused(string Message) : AcknowledgeOutcome;

    /// <summary>The actor may not.</summary>
    public sealed record Forbidden : AcknowledgeOutcome
    {
        /// <summary>The only value.</summary>
        public static readonly Forbidden Instance = new();
    }
}
