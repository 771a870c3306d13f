using Microsoft.Extensions.Time.Testing;

namespace CaPortal.Tests.Testing;

/// <summary>A clock that starts at the real time and can be set, which a machine's stopwatches and timers do not notice. Those of its base do.</summary>
public sealed class SettableTime() : FakeTimeProvider(FakeTime.Start)
{
    private TimeSpan _set;

    public override long GetTimestamp() => base.GetTimestamp() - _set.Ticks;

    /// <summary>Sets the wall clock forward or back, while no time passes.</summary>
    public void Set(TimeSpan by)
    {
        AdjustTime(GetUtcNow() + by);
        _set += by;
    }
}
