namespace CaPortal.Core.Data;

/// <summary>
/// Marks what runs because this portal leads. What it writes is refused once another portal leads: a portal that stood still for a
/// while goes on with old work, and does not know yet.
/// </summary>
internal static class Lead
{
    private static readonly AsyncLocal<long?> Current = new();

    /// <summary>The number of the lead under which this runs; null if it may run at any portal.</summary>
    public static long? Epoch => Current.Value;

    /// <summary>Works under a lead.</summary>
    public static async Task RunAsync(long epoch, Func<Task> work)
    {
        Current.Value = epoch;
        await work();
    }
}
