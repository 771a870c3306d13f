using Microsoft.Extensions.Time.Testing;

namespace CaPortal.Tests.Testing;

/// <summary>Clocks that a test moves, and their timers with them.</summary>
public static class FakeTime
{
    /// <summary>Starts at the real time, which cookies and certificates are compared with.</summary>
    public static FakeTimeProvider FromNow() => new(TimeProvider.System.GetUtcNow());
}
