namespace CaPortal.Core.Nodes;

/// <summary>How far a step is.</summary>
public enum ChangeStepState
{
    /// <summary>It has begun.</summary>
    Running,

    /// <summary>It is done.</summary>
    Done,

    /// <summary>It failed; the detail says why.</summary>
    Failed,

    /// <summary>It did not apply; the detail says why.</summary>
    Skipped,
}

/// <summary>One step of a change, as it happens. A step is reported when it begins and when it ends.</summary>
/// <param name="Id">Identifies the step.</param>
/// <param name="Title">What it is.</param>
/// <param name="State">How far it is.</param>
/// <param name="Detail">What came of it.</param>
/// <param name="Duration">How long it took, once it has ended.</param>
public sealed record ChangeStep(string Id, string Title, ChangeStepState State, string? Detail = null, TimeSpan? Duration = null);
