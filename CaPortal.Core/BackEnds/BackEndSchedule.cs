using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace CaPortal.Core.BackEnds;

/// <summary>When each back-end is tested by itself.</summary>
internal sealed class BackEndSchedule(PortalDatabase database, DatabaseWriter writer, BackEndTester tester, TimeProvider time, IOptions<CoreOptions> options)
{
    /// <summary>Tests the back-ends that are due.</summary>
    /// <returns>When the next one's comes; null if none is tested by itself.</returns>
    public async Task<DateTimeOffset?> TestDueAsync(CancellationToken cancellationToken)
    {
        var settings = options.Value.BackEnds;
        if (settings.TestEvery <= TimeSpan.Zero)
            return null;

        var due = await DueAsync(settings.TestEvery * (1 + settings.Jitter), cancellationToken);
        if (due.Count > 0)
            await tester.RunAsync(due, new TestRecord(Actor.Portal, TestLogging.Changes), null, cancellationToken);
        var next = await database.RunAsync(db => db.BackEnds.MinAsync(b => (DateTime?)b.NextCheckAt, cancellationToken), cancellationToken);
        return next is { } at ? new DateTimeOffset(at, TimeSpan.Zero) : null;
    }

    private async Task<List<long>> DueAsync(TimeSpan longest, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;

        // Where the period has been made shorter, or the clock was wrong, nobody waits for the time that was reckoned before.
        var latest = now + longest;
        if (await database.RunAsync(db => TooLate(db).AnyAsync(cancellationToken), cancellationToken))
            await writer.NoteAsync(db => TooLate(db).ExecuteUpdateAsync(b => b.SetProperty(x => x.NextCheckAt, latest), cancellationToken), cancellationToken);
        return await database.RunAsync(
            db => db.BackEnds.Where(b => b.NextCheckAt <= now).OrderBy(b => b.NextCheckAt).Select(b => b.Id).ToListAsync(cancellationToken), cancellationToken);

        IQueryable<BackEnd> TooLate(PortalDb db) => db.BackEnds.Where(b => b.NextCheckAt > latest);
    }
}
