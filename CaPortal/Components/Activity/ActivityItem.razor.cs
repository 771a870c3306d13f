using CaPortal.Components.Shared;
using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.TrustStores;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace CaPortal.Components.Activity;

/// <summary>One entry of the timeline.</summary>
public sealed partial class ActivityItem
{
    [Inject]
    public required IDialogService Dialogs { get; init; }

    [Inject]
    public required TrustStoreSelection TrustStores { get; init; }

    /// <summary>The entry.</summary>
    [Parameter, EditorRequired]
    public required ActivityRecord Entry { get; set; }

    /// <summary>What it says.</summary>
    [Parameter, EditorRequired]
    public required ActivityText Text { get; set; }

    /// <summary>Its details are shown.</summary>
    [Parameter]
    public bool IsOpen { get; set; }

    /// <summary>Shows the details or hides them.</summary>
    [Parameter, EditorRequired]
    public EventCallback Toggle { get; set; }

    /// <summary>Who looks at it.</summary>
    [Parameter, EditorRequired]
    public required Actor Actor { get; set; }

    private bool IsPortal => Entry.Actor == CaPortal.Core.Access.Actor.Portal.Name && Entry.Source == CaPortal.Core.Access.Actor.Portal.Source;

    private int Accepted => Entry.Certificates.Sum(c => c.Accepted.Count);

    private string TitleOf(ActivityOutcome outcome) => TrustStores.Enabled.FirstOrDefault(s => s.Name == outcome.TrustStore)?.Title ?? outcome.TrustStore;
}
