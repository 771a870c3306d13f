using System.Text.Json;
using System.Text.Json.Nodes;
using CaPortal.Core.Access;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using Microsoft.Extensions.Logging;

namespace CaPortal.Core.Activity;

/// <summary>
/// Records what changes nothing in the database, such as signing in, in the activity log. What is refused again and again
/// is counted and does not fill the disk.
/// </summary>
public sealed partial class ActivityRecorder : IDisposable
{
    /// <summary>Within it, what is refused again is counted.</summary>
    internal static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    /// <summary>How many different things of one actor, source and action get their own entries in that time.</summary>
    internal const int MaxDifferent = 20;

    private const int LongestDetails = 1_000;

    private readonly DatabaseWriter _writer;
    private readonly TimeProvider _time;
    private readonly ILogger<ActivityRecorder> _logger;
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Actor, string Source, string Action), Refusals> _refusals = [];
    private ITimer? _timer;

    /// <summary>Creates it.</summary>
    public ActivityRecorder(DatabaseWriter writer, TimeProvider time, ILogger<ActivityRecorder> logger) =>
        (_writer, _time, _logger) = (writer, time, logger);

    /// <summary>Records it. If the database cannot be used, the log says so. This never stops the recorded action.</summary>
    /// <param name="actor">Who.</param>
    /// <param name="action">What: one word, such as <c>SignIn</c>.</param>
    /// <param name="details">Becomes JSON; holds no secret.</param>
    public Task RecordAsync(Actor actor, string action, object details) => RecordAsync(actor, action, null, details);

    internal async Task RecordAsync(Actor actor, string action, string? reason, object details)
    {
        var draft = new ActivityDraft(
            actor.Name, actor.Role.ToString(), actor.Source, action, reason, null, null, JsonElement.Parse(BoundedDetails.Of(details)));
        foreach (var entry in ActivityActions.IsRefusal(action) ? Count(draft) : [draft])
            await WriteAsync(entry);
    }

    /// <summary>Records what is counted still. Called when the portal ends.</summary>
    public Task EndAsync() => FlushAsync(DateTimeOffset.MaxValue);

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
            _timer?.Dispose();
    }

    /// <summary>What must be written now: what was counted until its time was over, and this entry if it is new.</summary>
    private List<ActivityDraft> Count(ActivityDraft draft)
    {
        var what = ((JsonElement)draft.Details).GetRawText();
        lock (_gate)
        {
            var now = _time.GetUtcNow();
            var entries = TakeEnded(now);
            var who = (draft.Actor, draft.Source, draft.Action);
            if (!_refusals.TryGetValue(who, out var refusals))
                _refusals[who] = refusals = new Refusals(now + Window);
            if (refusals.IsNew(what, draft))
            {
                entries.Add(draft);
                return entries;
            }

            refusals.Repeat(what, draft, now);
            _timer ??= NewTimer();
            return entries;
        }
    }

    // What it writes later has nothing to do with what runs now.
    private ITimer NewTimer()
    {
        using (ExecutionContext.IsFlowSuppressed() ? default(AsyncFlowControl?) : ExecutionContext.SuppressFlow())
            return _time.CreateTimer(_ => _ = FlushAsync(_time.GetUtcNow()), null, Window, Timeout.InfiniteTimeSpan);
    }

    private async Task FlushAsync(DateTimeOffset until)
    {
        List<ActivityDraft> counted;
        lock (_gate)
        {
            counted = TakeEnded(until);
            _timer?.Dispose();
            _timer = _refusals.Values.Any(r => r.HasRepeats) ? NewTimer() : null;
        }

        foreach (var entry in counted)
            await WriteAsync(entry);
    }

    private List<ActivityDraft> TakeEnded(DateTimeOffset until)
    {
        var ended = _refusals.Where(r => r.Value.End <= until).ToList();
        foreach (var (who, _) in ended)
            _refusals.Remove(who);
        return [.. ended.SelectMany(r => r.Value.Summaries())];
    }

    private async Task WriteAsync(ActivityDraft draft)
    {
        // Refused sign-ins have a line of their own.
        if (ActivityActions.CategoryOf(draft.Action) == ActivityCategory.Refusal)
            LogRefused(
                _logger,
                DisplayText.Shorten(draft.Actor),
                draft.Source,
                DisplayText.Shorten(JsonSerializer.Serialize(draft.Details, ActivityLog.Json), LongestDetails));
        try
        {
            await _writer.RecordAsync(draft);
        }
        catch (DatabaseException e)
        {
            LogNotRecorded(_logger, draft.Action, e.Message, e.Advice);
        }
        catch (ObjectDisposedException)
        {
            // The process ends without notice to the portal. The count of repeats is lost; the first entry stays.
        }
    }

    [LoggerMessage(131, LogLevel.Warning, "{Actor} from {Source} was refused what they tried: {Details}")]
    private static partial void LogRefused(ILogger logger, string actor, string source, string details);

    [LoggerMessage(130, LogLevel.Error, "{Action} could not be recorded in the activity log: {Reason} {Advice}")]
    private static partial void LogNotRecorded(ILogger logger, string action, string reason, string advice);

    /// <summary>What was refused to somebody since an entry first reported it.</summary>
    private sealed class Refusals(DateTimeOffset end)
    {
        private const string Others = "";

        private readonly Dictionary<string, (ActivityDraft First, int Times, DateTimeOffset Last)> _counted = [];

        public DateTimeOffset End => end;

        public bool HasRepeats => _counted.Values.Any(c => c.Times > 0);

        public bool IsNew(string what, ActivityDraft draft) => _counted.Count < MaxDifferent && _counted.TryAdd(what, (draft, 0, default));

        public void Repeat(string what, ActivityDraft draft, DateTimeOffset now)
        {
            if (!_counted.ContainsKey(what))
                (what, draft) = (
                    Others,
                    draft with
                    {
                        Reason = null,
                        Details = JsonSerializer.SerializeToElement(new { Attempted = "Others" }, ActivityLog.Json),
                    });
            var (first, times, _) = _counted.GetValueOrDefault(what, (draft, 0, default));
            _counted[what] = (first, times + 1, now);
        }

        public IEnumerable<ActivityDraft> Summaries() =>
            _counted.Values.Where(c => c.Times > 0).Select(c => c.First with { Details = Counted(c.First, c.Times, c.Last) });

        private static JsonObject Counted(ActivityDraft first, int times, DateTimeOffset last)
        {
            var details = JsonObject.Create((JsonElement)first.Details) ?? [];
            details["timesAgain"] = times;
            details["lastAt"] = last.UtcDateTime;
            return details;
        }
    }
}
