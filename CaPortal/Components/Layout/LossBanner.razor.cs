using CaPortal.Components.Shared;
using CaPortal.Core.Access;
using CaPortal.Core.Inventory;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace CaPortal.Components.Layout;

/// <summary>
/// Replaces every page when the list is lost, as no page could show anything. It says so, and offers to begin a new one from what the trust stores hold.
/// </summary>
public sealed partial class LossBanner
{
    private LiveView _live = null!;
    private bool _isBeginning;

    [Inject]
    public required LiveUpdates Updates { get; init; }

    [Inject]
    public required DatabaseRecovery Recovery { get; init; }

    [Inject]
    public required IDialogService Dialogs { get; init; }

    [Inject]
    public required ISnackbar Snackbar { get; init; }

    [Inject]
    public required NavigationManager Navigation { get; init; }

    /// <summary>The page.</summary>
    [Parameter]
    public RenderFragment? ChildContent { get; set; }

    [CascadingParameter]
    public required Actor Actor { get; set; }

    protected override void OnInitialized() =>
        _live = Updates.For(static _ => Task.CompletedTask, StateHasChanged, InvokeAsync, DispatchExceptionAsync);

    public void Dispose() => _live.Dispose();

    private async Task BeginAnewAsync()
    {
        if (_isBeginning)
            return;
        var isConfirmed = await Dialogs.ShowMessageBoxAsync(
            "Begin a new list",
            "What is left of the lost database in the data directory is set aside there, so that you can look into it. "
                + "The new list is empty: reasons, administrators, history and activity log of the old one are not in it. "
                + "The trust stores stay as they are, and you choose next which of their certificates the new list adopts.",
            yesText: "Begin a new list",
            cancelText: "Cancel",
            options: new DialogOptions { MaxWidth = MaxWidth.Small, FullWidth = true });
        if (isConfirmed != true)
            return;

        // The button stays enabled: a disabled one would lose the focus.
        _isBeginning = true;
        StateHasChanged();
        var outcome = await Recovery.BeginAnewAsync(Actor, CancellationToken.None);
        _isBeginning = false;
        switch (outcome)
        {
            case RecoveryOutcome.Begun begun:
                Snackbar.Add($"The new list has begun. What was left of the old one is in {begun.SetAside}.", Severity.Success);
                Navigation.NavigateTo("ca-certificates?show=found");
                break;
            case RecoveryOutcome.Unavailable unavailable:
                Snackbar.Add($"{unavailable.Message} {unavailable.Advice}", Severity.Error);
                break;
            case RecoveryOutcome.Forbidden:
                Snackbar.Add("Your role may look, but not change. Ask an administrator.", Severity.Error);
                break;
        }
    }
}
