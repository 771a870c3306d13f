using CaPortal.Components.Shared;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Nodes;
using CaPortal.Core.Probing;
using Microsoft.AspNetCore.Components;

namespace CaPortal.Components.Changes;

/// <summary>The steps of a change and, once it has ended, what is true now.</summary>
public sealed partial class ChangeReport
{
    private const int MaxDifferences = 10;
    private const int MaxNamed = 3;

    /// <summary>The change.</summary>
    [Parameter, EditorRequired]
    public required ChangeRun Run { get; set; }

    /// <summary>Once all is well, the steps are behind the answer.</summary>
    private bool IsFolded => Run.Outcome is ChangeOutcome.Applied { IsInstalled: true };

    private string StepsText
    {
        get
        {
            var steps = Run.Steps;
            var (running, failed) = (steps.Count(s => s.State == ChangeStepState.Running), steps.Count(s => s.State == ChangeStepState.Failed));
            return Counted.Of(steps.Count, "step") + (failed > 0 ? $", {failed} failed" : running > 0 ? ", still at work" : "");
        }
    }

    private string SuccessText => Run.Kind switch
    {
        ChangeKind.Add => "Installed, and read back from every trust store.",
        ChangeKind.Delete => "Deleted, and gone from every trust store.",
        ChangeKind.Adopt => "Adopted, and read back from every trust store.",
        ChangeKind.RemoveFound => "Removed, and gone from every trust store.",
        ChangeKind.Restore => "Restored, and read back from every trust store.",
        ChangeKind.RestoreSnapshot => "Gone back to the snapshot, and read back from every trust store.",
        ChangeKind.Undo => "Undone, and read back from every trust store.",
        _ => "Moved, and read back from every trust store.",
    };

    private static string? Trusted(ChangeOutcome.Applied applied)
    {
        var names = applied.BackEnds.Where(b => b.Kind == BackEndEffectKind.BecomesTrusted).Select(b => DisplayText.Shorten(b.Name, 60)).ToList();
        return names.Count == 0 ? null
            : $"{Counted.Of(names.Count, "back-end is", "back-ends are")} trusted now: {string.Join(", ", names.Take(MaxNamed))}"
                + (names.Count > MaxNamed ? $" and {names.Count - MaxNamed:N0} more." : ".");
    }
}
