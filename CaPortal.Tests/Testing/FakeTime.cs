using Microsoft.Extensions.Time.Testing;

namespace CaPortal.Tests.Testing;

/// <summary>Clocks that stand still, with their timers, until a test moves them.</summary>
public static class FakeTime
{
    /// <summary>Starts at the real time, which cookies and certificates are compared with.</summary>
    public static FakeTimeProvider FromNow() => new(TimeProvider.System.GetUtcNow());
}
