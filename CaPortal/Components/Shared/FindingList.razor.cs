using CaPortal.Core.Certificates;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace CaPortal.Components.Shared;

/// <summary>Findings in plain words, the most serious first, each of which can be accepted where that is allowed.</summary>
public sealed partial class FindingList
{
    /// <summary>The findings.</summary>
    [Parameter, EditorRequired]
    public required IEnumerable<Finding> Findings { get; set; }

    /// <summary>The Errors that are accepted.</summary>
    [Parameter]
    public IReadOnlySet<FindingCode> Accepted { get; set; } = new HashSet<FindingCode>();

    /// <summary>Accepts an Error or takes that back; null where nothing can be accepted.</summary>
    [Parameter]
    public Func<FindingCode, bool, Task>? Accept { get; set; }

    private static string IconOf(FindingSeverity severity) => severity switch
    {
        FindingSeverity.Error => Icons.Material.Filled.Error,
        FindingSeverity.Warning => Icons.Material.Filled.Warning,
        _ => Icons.Material.Outlined.Info,
    };
}
