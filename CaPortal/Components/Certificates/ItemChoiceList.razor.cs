using CaPortal.Core.Certificates;
using Microsoft.AspNetCore.Components;

namespace CaPortal.Components.Certificates;

/// <summary>Everything that was found in one file. A large file is shown in parts.</summary>
public sealed partial class ItemChoiceList
{
    private const int FirstPart = 20;
    private const int NextPart = 50;

    private int _shownCount = FirstPart;
    private bool _onlyAttention;

    /// <summary>The items.</summary>
    [Parameter, EditorRequired]
    public required IReadOnlyList<ItemChoice> Choices { get; set; }

    /// <summary>Called after a choice was changed.</summary>
    [Parameter, EditorRequired]
    public EventCallback OnChange { get; set; }

    /// <summary>What the items have in common.</summary>
    [Parameter]
    public string Label { get; set; } = "Found in this file";

    /// <summary>Each has to be compared with something, since it came over the network.</summary>
    [Parameter]
    public bool ShowFingerprints { get; set; }

    private IEnumerable<ItemChoice> Shown => _onlyAttention ? Choices.Where(c => c.NeedsAttention) : Choices;

    private Task SetAllAsync(CaStore? store)
    {
        foreach (var choice in Choices.Where(c => c.IsCertificate))
            choice.Store = store ?? choice.Item.Facts!.SuggestedStore;
        return OnChange.InvokeAsync();
    }
}
