namespace CaPortal.Tests.Testing;

/// <summary>A clock that goes on when the test says so.</summary>
public sealed class ManualTime : TimeProvider
{
    private DateTimeOffset _now = System.GetUtcNow();

    public void Advance(TimeSpan by) => _now += by;

    public override DateTimeOffset GetUtcNow() => _now;
}
