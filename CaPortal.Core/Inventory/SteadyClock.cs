using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace CaPortal.Core.Inventory;

/// <summary>
/// The time by which things grow old and are forgotten for good. It goes on as the monotonic clock does and is never set back. What the
/// clock of the machine is ahead of it, because it was set or the portal did not run, is believed after the portal has run for a day.
/// </summary>
internal sealed partial class SteadyClock(DatabaseWriter writer, TimeProvider time, ILogger<SteadyClock> logger)
{
    /// <summary>By how much the clock may differ from the monotonic one between two looks, and how long a stop is none.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(2);

    /// <summary>How long the portal runs before what the clock is ahead is believed.</summary>
    private static readonly TimeSpan Confirmation = TimeSpan.FromHours(24);

    // A shorter stop of the portal is not worth reporting.
    private static readonly TimeSpan LongStop = TimeSpan.FromDays(1);

    private volatile Look? _last;

    /// <summary>Compares the clocks. To be called about once a minute.</summary>
    /// <exception cref="DatabaseException" />
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        var (look, ahead, back) = await writer.WriteAsync(db => LookAsync(db, cancellationToken), cancellationToken);
        _last = look;
        if (ahead > TimeSpan.Zero)
            LogAhead(ahead, Confirmation.TotalHours);
        if (back > TimeSpan.Zero)
            LogBack(back);
    }

    /// <summary>What time it is by this clock, UTC.</summary>
    public async Task<DateTime> NowAsync(PortalDb db, CancellationToken cancellationToken) => _last is { } last
        ? last.Steady + time.GetElapsedTime(last.Timestamp)
        : await SeenAsync(db, cancellationToken);

    /// <summary>What time it was by this clock when it was last looked at, UTC.</summary>
    public async Task<DateTime> SeenAsync(PortalDb db, CancellationToken cancellationToken) =>
        await db.OwnNode.Select(n => n.ClockSteadyAt).SingleOrDefaultAsync(cancellationToken) ?? time.GetUtcNow().UtcDateTime;

    /// <summary>The earlier of both clocks, UTC: what is over by it is over for certain, where it was begun by the clock of the machine.</summary>
    public async Task<DateTime> CertainAsync(PortalDb db, CancellationToken cancellationToken)
    {
        var (steady, wall) = (await SeenAsync(db, cancellationToken), time.GetUtcNow().UtcDateTime);
        return steady < wall ? steady : wall;
    }

    private async Task<Written<(Look Look, TimeSpan Ahead, TimeSpan Back)>> LookAsync(PortalDb db, CancellationToken cancellationToken)
    {
        var node = await db.OwnNode.SingleAsync(cancellationToken);
        var (wall, timestamp) = (time.GetUtcNow().UtcDateTime, time.GetTimestamp());
        var (seen, steady) = (node.ClockSeenAt ?? wall, node.ClockSteadyAt ?? wall);

        // Where this process was not the last to look, only the clock says how long ago that was.
        var isOwn = _last is { } last && last.Wall == seen;
        var ran = isOwn ? time.GetElapsedTime(_last!.Timestamp, timestamp) : new TimeSpan(Math.Clamp((wall - seen).Ticks, 0, Tolerance.Ticks));
        var before = seen - steady;
        steady += ran;
        var ahead = wall - steady;
        var jump = ahead - before;
        var isAhead = jump > Tolerance && ahead > Tolerance;
        node.ClockDoubtedFor = isAhead ? 0 : Math.Min(node.ClockDoubtedFor + ran.Ticks, Confirmation.Ticks);
        if (ahead > TimeSpan.Zero && (ahead <= Tolerance || node.ClockDoubtedFor >= Confirmation.Ticks))
            steady = wall;
        (node.ClockSeenAt, node.ClockSteadyAt) = (wall, steady);

        var (toldAhead, toldBack) = (isAhead && (isOwn || ahead > LongStop) ? ahead : TimeSpan.Zero, jump < -Tolerance ? -jump : TimeSpan.Zero);
        var entry = toldAhead + toldBack > TimeSpan.Zero ? DraftOf(wall, toldAhead, toldBack) : null;
        return new((new Look(wall, timestamp, steady), toldAhead, toldBack), entry) { NeedsNoEntry = true };
    }

    private static ActivityDraft DraftOf(DateTime wall, TimeSpan ahead, TimeSpan back) => new(
        Actor.Portal.Name,
        Actor.Portal.Role.ToString(),
        Actor.Portal.Source,
        ActivityActions.ClockSet,
        null,
        null,
        null,
        new { Clock = wall, IsAhead = ahead > TimeSpan.Zero, Minutes = (long)(ahead + back).TotalMinutes });

    [LoggerMessage(4111, LogLevel.Warning, "The clock is {Ahead} ahead of the time that this portal has seen pass: it was set, or the machine stood still. "
        + "Nothing is forgotten for good on its account until the portal has run for {Hours:F0} hours; correct the clock before if it is wrong")]
    private partial void LogAhead(TimeSpan ahead, double hours);

    [LoggerMessage(4112, LogLevel.Warning, "The clock was set back by {Back}; what grows old goes by the time that has passed")]
    private partial void LogBack(TimeSpan back);

    /// <summary>What the clocks said.</summary>
    /// <param name="Wall">The clock of the machine, UTC.</param>
    /// <param name="Timestamp">The monotonic one.</param>
    /// <param name="Steady">This one, UTC.</param>
    private sealed record Look(DateTime Wall, long Timestamp, DateTime Steady);
}
