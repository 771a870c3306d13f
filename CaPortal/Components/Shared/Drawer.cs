using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace CaPortal.Components.Shared;

/// <summary>
/// All about one thing, at the side of the page. It is a dialog, so that the keyboard stays in it and Escape closes it. It is in the
/// page's address, so that Back closes it and a link opens it.
/// </summary>
public abstract class Drawer : ComponentBase
{
    private static readonly DialogOptions _options = new()
    {
        Position = DialogPosition.CenterRight,
        NoHeader = false,
        BackdropClick = true,
        FullWidth = false,
        MaxWidth = MaxWidth.False,
    };

    [Inject]
    public required OpenDrawers OpenDrawers { get; init; }

    /// <summary>The frame around it.</summary>
    [CascadingParameter]
    protected IMudDialogInstance Dialog { get; private set; } = null!;

    /// <summary>What it shows, in the page's address.</summary>
    protected abstract string Name { get; }

    protected override Task OnAfterRenderAsync(bool firstRender) => firstRender ? OpenDrawers.EnterAsync(Name, Dialog.Close) : Task.CompletedTask;

    /// <summary>Opens it, until it is closed.</summary>
    protected static async Task ShowAsync<TDrawer>(IDialogService dialogs, string title, DialogParameters<TDrawer> parameters)
        where TDrawer : Drawer
    {
        var dialog = await dialogs.ShowAsync<TDrawer>(title, parameters, _options);
        await dialog.Result;
        if (dialog.Dialog is Drawer drawer)
            await drawer.OpenDrawers.LeaveAsync(drawer.Name);
    }
}
