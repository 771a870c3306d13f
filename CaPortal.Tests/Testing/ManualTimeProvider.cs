namespace CaPortal.Tests.Testing;

/// <summary>A clock that stands still until a test moves it.</summary>
public sealed class ManualTimeProvider(DateTimeOffset start) : TimeProvider
{
    private DateTimeOffset _now = start;

    /// <summary>Starts at the real time, which cookies and certificates are compared with.</summary>
    public ManualTimeProvider() : this(System.GetUtcNow())
    {
    }

    public override DateTimeOffset GetUtcNow() => _now;

    public void Advance(TimeSpan by) => _now += by;
}
