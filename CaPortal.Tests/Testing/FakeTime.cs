using Microsoft.Extensions.Time.Testing;

namespace CaPortal.Tests.Testing;

/// <summary>Clocks that a test moves, and their timers with them.</summary>
public static class FakeTime
{
    /// <summary>The real time, which cookies and certificates are compared with, in the microseconds that every database keeps.</summary>
    public static DateTimeOffset Start
    {
        get
        {
            var now = TimeProvider.System.GetUtcNow();
            return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
        }
    }

    /// <summary>Starts at the real time.</summary>
    public static FakeTimeProvider FromNow() => new(Start);
}
