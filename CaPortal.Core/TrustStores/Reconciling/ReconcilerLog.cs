using System.Collections.Concurrent;
using CaPortal.Core.Certificates;
using Microsoft.Extensions.Logging;

namespace CaPortal.Core.TrustStores.Reconciling;

/// <summary>What reconciling writes to the log: each matter once while it stays the same.</summary>
internal sealed partial class ReconcilerLog(TimeProvider time, ILogger logger)
{
    private const int MaxRecent = 1_000;
    private static readonly TimeSpan Away = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, string?> _logged = [];
    private readonly ConcurrentDictionary<(string TrustStore, string? Problem), long> _recent = [];

    /// <summary>What was done, and what is wrong.</summary>
    public void Outcome(TrustStoreOutcome outcome)
    {
        foreach (var damage in outcome.Damaged.Where(d => !IsRepeated(outcome.Name, d)))
            LogDamage(outcome.Name, DisplayText.Visible(damage));
        if (IsNew($"{outcome.Name} notes", string.Join('\n', outcome.Notes.Select(n => n.Message))))
            foreach (var note in outcome.Notes)
                LogNote(outcome.Name, DisplayText.Visible($"{note.Message} {note.Advice}"));
        if (outcome.Result == TrustStoreResult.Installed)
            _logged.TryRemove(outcome.Name, out _);
        if (outcome.Result is TrustStoreResult.Unusable or TrustStoreResult.Absent && IsNew(outcome.Name, outcome.Error))
            LogUnusable(outcome.Name, $"{outcome.Error} {outcome.Advice}");
        else if (outcome.Result == TrustStoreResult.Failed && outcome.ObservedHash is not null && IsNew(outcome.Name, outcome.Error))
            LogDifference(outcome.Name, outcome.Error);
        else if (outcome.Added.Count + outcome.Removed.Count > 0)
            LogChanged(outcome.Name, outcome.Added.Count, outcome.Removed.Count, outcome.Duration.TotalMilliseconds);
    }

    /// <summary>Somebody else changed it.</summary>
    public void Drift(string trustStore, string? difference)
    {
        if (!IsRepeated(trustStore, difference))
            LogDrift(trustStore, difference);
    }

    /// <summary>It could not be read or written.</summary>
    public void Failure(string trustStore, TrustStoreException exception)
    {
        if (IsNew(trustStore, exception.Message))
            LogFailure(trustStore, DisplayText.Visible($"{exception.Message} {exception.Advice}"), exception);
    }

    /// <summary>What stays as it is would otherwise be logged every minute.</summary>
    private bool IsNew(string trustStore, string? problem)
    {
        var isNew = !_logged.TryGetValue(trustStore, out var last) || last != problem;
        _logged[trustStore] = problem;
        return isNew;
    }

    /// <summary>What is put right and comes again, as in a fight with another program, is logged once until it has stayed away for an hour.</summary>
    private bool IsRepeated(string trustStore, string? problem)
    {
        var now = time.GetTimestamp();
        if (_recent.Count >= MaxRecent)
            _recent.Clear();
        var isRepeated = _recent.TryGetValue((trustStore, problem), out var last) && time.GetElapsedTime(last, now) < Away;
        _recent[(trustStore, problem)] = now;
        return isRepeated;
    }

    [LoggerMessage(
        3001,
        LogLevel.Information,
        "Trust store {TrustStore}: {Added} certificates added, {Removed} removed, read back and found right, in {Milliseconds:F0} ms")]
    private partial void LogChanged(string trustStore, int added, int removed, double milliseconds);

    [LoggerMessage(3002, LogLevel.Warning, "Trust store {TrustStore}: damage found. {Damage}")]
    private partial void LogDamage(string trustStore, string damage);

    [LoggerMessage(3011, LogLevel.Warning, "Trust store {TrustStore}: a file that somebody else put there needs a look. {Note}")]
    private partial void LogNote(string trustStore, string note);

    [LoggerMessage(3003, LogLevel.Warning, "Trust store {TrustStore} cannot be used. {Reason}")]
    private partial void LogUnusable(string trustStore, string? reason);

    [LoggerMessage(3004, LogLevel.Error, "Trust store {TrustStore} is not as it should be. {Difference}")]
    private partial void LogDifference(string trustStore, string? difference);

    [LoggerMessage(3006, LogLevel.Warning, "Trust store {TrustStore} was changed by somebody else. {Difference}")]
    private partial void LogDrift(string trustStore, string? difference);

    [LoggerMessage(3005, LogLevel.Error, "Trust store {TrustStore} could not be read or written. {Reason}")]
    private partial void LogFailure(string trustStore, string reason, Exception exception);
}
