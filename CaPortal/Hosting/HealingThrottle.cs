namespace CaPortal.Hosting;

/// <summary>
/// Notices when healing has become a fight with another program that always undoes it. Each round costs writing to disk and
/// entries in the activity log, so that it must not go on as fast as it can.
/// </summary>
internal sealed class HealingThrottle(TimeProvider time)
{
    /// <summary>Rounds that are healed at once.</summary>
    public const int Most = 10;

    /// <summary>The time within which they are counted.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(20);

    private readonly Queue<long> _rounds = new();

    /// <summary>To be called after each round that healed something.</summary>
    /// <returns>Whether there were too many of them recently.</returns>
    public bool IsTooOften()
    {
        _rounds.Enqueue(time.GetTimestamp());
        if (_rounds.Count <= Most)
            return false;
        return time.GetElapsedTime(_rounds.Dequeue()) < Window;
    }
}
