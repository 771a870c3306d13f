using CaPortal.Core.Activity;
using CaPortal.Core.Data;

namespace CaPortal.Tests.Activity;

public sealed class ActivityChainTests
{
    private static readonly DateTime At = new(2026, 11, 24, 10, 0, 0, DateTimeKind.Utc);

    private static readonly byte[] Key = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(9)]
    public void IsGenuine_TimeThatLostItsLastDigit_IsTrue(int lost)
    {
        var entry = Entry(At.AddTicks(1_234_560 + lost));

        entry.At = At.AddTicks(1_234_560);

        Assert.True(ActivityChain.IsGenuine(entry, Key));
        Assert.False(ActivityChain.IsOfEarlierVersion(entry, Key));
    }

    [Theory]
    [InlineData(1_234_560, 1_234_550)]
    [InlineData(1_234_560, 1_234_570)]
    [InlineData(1_234_569, 1_234_570)]
    [InlineData(1_234_563, 1_234_562)]
    [InlineData(1_234_560, 1_234_561)]
    public void IsGenuine_OtherTime_IsFalse(int written, int found)
    {
        var entry = Entry(At.AddTicks(written));

        entry.At = At.AddTicks(found);

        Assert.False(ActivityChain.IsGenuine(entry, Key));
    }

    [Fact]
    public void IsGenuine_OtherText_IsFalse()
    {
        var entry = Entry(At);

        entry.Actor = "bert";

        Assert.False(ActivityChain.IsGenuine(entry, Key));
    }

    private static ActivityEntry Entry(DateTime at)
    {
        var entry = new ActivityEntry
        {
            Sequence = 1,
            At = at,
            Actor = "anna",
            Role = "Administrator",
            Source = "127.0.0.1",
            Action = "Add",
            Details = "[]",
            PreviousHash = "",
            Hash = "",
        };
        entry.Hash = ActivityChain.HashOf(entry, Key);
        return entry;
    }
}
