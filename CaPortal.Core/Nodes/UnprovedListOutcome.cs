namespace CaPortal.Core.Nodes;

/// <summary>What came of restoring or accepting a list.</summary>
public abstract record UnprovedListOutcome
{
    private UnprovedListOutcome()
    {
    }

    /// <summary>It is done; the next look at the trust stores writes them.</summary>
    public sealed record Done : UnprovedListOutcome
    {
        /// <summary>The only value.</summary>
        public static readonly Done Instance = new();
    }

    /// <summary>It is not done.</summary>
    /// <param name="Message">Why, and what to do.</param>
    public sealed record Refused(string Message) : UnprovedListOutcome;

    /// <summary>The actor may not.</summary>
    public sealed record Forbidden : UnprovedListOutcome
    {
        /// <summary>The only value.</summary>
        public static readonly Forbidden Instance = new();
    }
}
