using System.Collections.Concurrent;

namespace CaPortal.Core.TrustStores;

/// <summary>
/// How long a trust store that could not be written rests before the portal tries again by itself. Trying is not harmless. A
/// tool of the system that fails may leave the file that all programs read empty until the former file is back. And a file
/// that is written and put back wakes those who watch it, the portal too.
/// </summary>
internal sealed class WritePauses(TimeProvider time)
{
    /// <summary>After the first failure.</summary>
    internal static readonly TimeSpan Shortest = TimeSpan.FromMinutes(1);

    /// <summary>After many failures in a row; each pause before is twice the last.</summary>
    internal static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <summary>What advice says of it.</summary>
    internal const string Promise =
        "The portal tries again by itself after a minute, then after twice as long each time, an hour at most; Repair in Settings tries at once.";

    private readonly ConcurrentDictionary<string, Failure> _failures = [];

    /// <summary>Why it rests; null if it may be written.</summary>
    /// <param name="trustStore">The trust store's name.</param>
    /// <param name="revision">The revision to be brought there: another one than failed is tried at once.</param>
    /// <param name="isRight">It holds what it should: where it did not after the failure, somebody has put it right.</param>
    public TrustStoreException? Of(string trustStore, long revision, bool isRight) =>
        _failures.TryGetValue(trustStore, out var last) && last.Revision == revision && (last.IsRight || !isRight) && time.GetElapsedTime(last.At) < last.Pause
            ? last.Cause
            : null;

    /// <summary>Notes that it could not be written.</summary>
    /// <param name="trustStore">The trust store's name.</param>
    /// <param name="revision">The revision to be brought there.</param>
    /// <param name="cause">Why not.</param>
    /// <param name="isRight">It holds what it should all the same.</param>
    public void Failed(string trustStore, long revision, TrustStoreException cause, bool isRight) => _failures.AddOrUpdate(
        trustStore,
        _ => new Failure(revision, time.GetTimestamp(), Shortest, cause, isRight),
        (_, last) => new Failure(revision, time.GetTimestamp(), last.Revision == revision ? Longer(last.Pause) : Shortest, cause, isRight));

    /// <summary>Notes that it has been written.</summary>
    public void Succeeded(string trustStore) => _failures.TryRemove(trustStore, out _);

    private static TimeSpan Longer(TimeSpan pause) => pause * 2 < Longest ? pause * 2 : Longest;

    private sealed record Failure(long Revision, long At, TimeSpan Pause, TrustStoreException Cause, bool IsRight);
}
