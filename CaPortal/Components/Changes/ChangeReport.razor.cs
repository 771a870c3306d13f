using CaPortal.Core.Activity;
using Microsoft.AspNetCore.Components;

namespace CaPortal.Components.Changes;

/// <summary>The steps of a change and, once it has ended, what is true now.</summary>
public sealed partial class ChangeReport
{
    private const int MaxDifferences = 10;

    /// <summary>The change.</summary>
    [Parameter, EditorRequired]
    public required ChangeRun Run { get; set; }

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
}
