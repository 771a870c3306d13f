using CaPortal.Core.Certificates;

namespace CaPortal.Tests.Certificates;

public sealed class BoundedCacheTests
{
    private const int Size = 10;

    [Fact]
    public void GetOrAdd_MoreThanItKeeps_ForgetsEachValueThatItDoesNotGiveAnyMore()
    {
        var forgotten = new List<string>();
        var cache = new BoundedCache<int, string>(Size, forgotten.Add);

        for (var i = 0; i < 10 * Size; i++)
            cache.GetOrAdd(i, static (key, _) => $"value {key}", 0);

        var kept = Enumerable.Range(0, 10 * Size).Where(i => cache.TryGet(i, out _)).ToList();
        Assert.InRange(kept.Count, Size, 2 * Size);
        Assert.Equivalent(Enumerable.Range(0, 10 * Size).Except(kept).Select(i => $"value {i}"), forgotten, strict: true);
    }

    [Fact]
    public void GetOrAdd_WhatIsAskedForAgainAndAgain_IsNotForgotten()
    {
        var forgotten = new List<string>();
        var cache = new BoundedCache<int, string>(Size, forgotten.Add);

        for (var i = 1; i < 10 * Size; i++)
        {
            cache.GetOrAdd(i, static (key, _) => $"value {key}", 0);
            cache.GetOrAdd(0, static (_, _) => "used", 0);
        }

        Assert.DoesNotContain("used", forgotten);
        Assert.NotEmpty(forgotten);
    }
}
