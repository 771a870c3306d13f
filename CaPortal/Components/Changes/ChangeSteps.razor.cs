using System.Globalization;
using CaPortal.Core.Nodes;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace CaPortal.Components.Changes;

/// <summary>The steps of a change, as they happen.</summary>
public sealed partial class ChangeSteps
{
    /// <summary>The steps so far, each in its last state.</summary>
    [Parameter, EditorRequired]
    public required IReadOnlyCollection<ChangeStep> Steps { get; set; }

    private static string IconOf(ChangeStepState state) => state switch
    {
        ChangeStepState.Done => Icons.Material.Filled.CheckCircle,
        ChangeStepState.Failed => Icons.Material.Filled.Error,
        _ => Icons.Material.Outlined.RemoveCircleOutline,
    };

    private static string LabelOf(ChangeStepState state) => state switch
    {
        ChangeStepState.Done => "Done",
        ChangeStepState.Failed => "Failed",
        _ => "Not used",
    };

    private static string DurationOf(TimeSpan duration) => duration.TotalMilliseconds < 1000
        ? string.Create(CultureInfo.CurrentCulture, $"{Math.Max(1, duration.TotalMilliseconds):0} ms")
        : string.Create(CultureInfo.CurrentCulture, $"{duration.TotalSeconds:0.0} s");
}
