using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace CaPortal.Core.Certificates;

/// <summary>Keeps what was computed last, within bounds. What is asked for twice at once may be computed twice.</summary>
/// <param name="size">How many values are kept for certain; at most twice as many are.</param>
/// <param name="forget">Called with a value that is not kept any more. Who has just got it may still use it, and another may keep it a while longer.</param>
internal sealed class BoundedCache<TKey, TValue>(int size, Action<TValue>? forget = null)
    where TKey : notnull
{
    private Generation _generation = new(new(), new());
    private int _count;

    /// <summary>The value of the key.</summary>
    public TValue GetOrAdd<TArgument>(TKey key, Func<TKey, TArgument, TValue> compute, TArgument argument)
    {
        var generation = Volatile.Read(ref _generation);
        if (generation.Young.TryGetValue(key, out var value))
            return value;
        if (!generation.Old.TryGetValue(key, out value))
            value = compute(key, argument);
        if (generation.Young.TryAdd(key, value) && Interlocked.Increment(ref _count) >= size)
            Age(generation);
        return value;
    }

    /// <summary>The value of the key, where it is kept.</summary>
    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        var generation = Volatile.Read(ref _generation);
        return generation.Young.TryGetValue(key, out value) || generation.Old.TryGetValue(key, out value);
    }

    private void Age(Generation generation)
    {
        if (Interlocked.CompareExchange(ref _generation, new Generation(new(), generation.Young), generation) != generation)
            return;
        Volatile.Write(ref _count, 0);
        if (forget is null)
            return;
        foreach (var (_, value) in generation.Old.Where(o => !generation.Young.ContainsKey(o.Key)))
            forget(value);
    }

    private sealed record Generation(ConcurrentDictionary<TKey, TValue> Young, ConcurrentDictionary<TKey, TValue> Old);
}
