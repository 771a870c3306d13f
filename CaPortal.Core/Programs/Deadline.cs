namespace CaPortal.Core.Programs;

/// <summary>When something that takes its time has to come to an end.</summary>
/// <param name="time">The clock.</param>
/// <param name="limit">How long it may take from now on.</param>
internal sealed class Deadline(TimeProvider time, TimeSpan limit)
{
    private readonly long _start = time.GetTimestamp();

    /// <summary>The time is over.</summary>
    public bool IsOver => time.GetElapsedTime(_start) >= limit;
}
