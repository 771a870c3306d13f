using CaPortal.Core.Access;
using CaPortal.Core.Data;
using CaPortal.Core.TrustStores;
using Microsoft.Extensions.Logging;

namespace CaPortal.Core.Nodes;

/// <summary>
/// Records outcomes, and keeps those that cannot be recorded now until they can. A full disk of the database must not stop
/// the healing of trust stores, and what happened to them belongs in the activity log. One thread at a time uses it.
/// </summary>
internal sealed partial class OutcomeKeeper(OutcomeRecorder recorder, ILogger<OutcomeKeeper> logger)
{
    private const int MaxWaiting = 20;

    private readonly Queue<Kept> _waiting = new();
    private UnrecordedOutcomes? _now;

    /// <summary>What was found last, if it could not be recorded; else null.</summary>
    public UnrecordedOutcomes? Now => Volatile.Read(ref _now);

    /// <summary>Records them, after those that wait.</summary>
    /// <returns>False if the list has changed meanwhile: nothing is recorded then.</returns>
    /// <exception cref="DatabaseException">They cannot be recorded now. They wait until they can.</exception>
    public async Task<bool> RecordAsync(DesiredState desired, IReadOnlyList<TrustStoreOutcome> outcomes, Actor actor)
    {
        try
        {
            return await TryRecordAsync(desired, outcomes, actor);
        }
        catch (DatabaseException e) when (!e.IsLoss)
        {
            Keep(desired, outcomes, actor);
            throw;
        }
    }

    /// <summary>As <see cref="RecordAsync"/>, but what cannot be recorded now counts as recorded.</summary>
    public async Task<bool> RecordOrKeepAsync(DesiredState desired, IReadOnlyList<TrustStoreOutcome> outcomes, Actor actor)
    {
        try
        {
            return await TryRecordAsync(desired, outcomes, actor);
        }
        catch (DatabaseException e) when (!e.IsLoss)
        {
            Keep(desired, outcomes, actor);
            if (_now is null)
                LogUnrecorded(logger, e.Message);
            Volatile.Write(ref _now, new UnrecordedOutcomes(e.Message, e.Advice, desired.Revision, outcomes));
            return true;
        }
    }

    private async Task<bool> TryRecordAsync(DesiredState desired, IReadOnlyList<TrustStoreOutcome> outcomes, Actor actor)
    {
        while (_waiting.TryPeek(out var earlier))
        {
            await recorder.RecordAsync(earlier.Desired, earlier.Outcomes, earlier.Actor);
            _waiting.Dequeue();
        }

        if (!await recorder.RecordAsync(desired, outcomes, actor))
            return false;
        Volatile.Write(ref _now, null);
        return true;
    }

    // A round that changed and found nothing adds nothing to the log.
    private void Keep(DesiredState desired, IReadOnlyList<TrustStoreOutcome> outcomes, Actor actor)
    {
        if (_waiting.Count < MaxWaiting && outcomes.Any(IsNews))
            _waiting.Enqueue(new Kept(desired, outcomes, actor));
    }

    private static bool IsNews(TrustStoreOutcome o) =>
        o.Added.Count + o.Removed.Count + o.RemovedFiles.Count > 0 || o.Result == TrustStoreResult.Drifted;

    [LoggerMessage(
        133,
        LogLevel.Error,
        "What the trust stores hold cannot be recorded: {Reason} They are looked after all the same; the list shows what was recorded last")]
    private static partial void LogUnrecorded(ILogger logger, string reason);

    private sealed record Kept(DesiredState Desired, IReadOnlyList<TrustStoreOutcome> Outcomes, Actor Actor);
}

/// <summary>What was found in the trust stores and could not be recorded.</summary>
/// <param name="Message">One sentence: why not.</param>
/// <param name="Advice">One sentence: what to do.</param>
/// <param name="Revision">The revision that they were brought to, or compared with.</param>
/// <param name="TrustStores">One outcome for each trust store.</param>
public sealed record UnrecordedOutcomes(string Message, string Advice, long Revision, IReadOnlyList<TrustStoreOutcome> TrustStores);
