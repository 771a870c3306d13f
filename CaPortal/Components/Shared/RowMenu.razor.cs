using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using MudBlazor;

namespace CaPortal.Components.Shared;

/// <summary>The only menu of a list, opened at a row. A menu in each row would be most of what is drawn.</summary>
/// <typeparam name="TItem">What a row shows.</typeparam>
public sealed partial class RowMenu<TItem>
    where TItem : class
{
    private MudMenu? _menu;
    private TItem? _item;

    [Inject]
    public required BrowserInterop Browser { get; init; }

    /// <summary>The menu's items for a row.</summary>
    [Parameter, EditorRequired]
    public required RenderFragment<TItem> ChildContent { get; set; }

    /// <summary>Opens it for a row, where its button was pressed.</summary>
    public async Task OpenAsync(TItem item, MouseEventArgs click)
    {
        _item = item;
        StateHasChanged();

        // A click by the keyboard has no position.
        await _menu!.OpenMenuAsync(click.Detail == 0 ? await Browser.PlaceOfFocusAsync() ?? click : click);
        await Browser.EnterMenuAsync(".row-menu");
    }

    /// <summary>Closes it and acts. It would otherwise stay open until a dialog is closed.</summary>
    public async Task CloseAsync(Func<Task> action)
    {
        await _menu!.CloseMenuAsync();

        // Not awaited: when an item's click has been handled the menu is closed once more, and by then it may be open at another row.
        _ = InvokeAsync(() => RunAsync(action));
    }

    private async Task RunAsync(Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (Exception e)
        {
            await DispatchExceptionAsync(e);
        }
    }

    private async Task ChangedAsync(bool isOpen)
    {
        if (!isOpen)
            await Browser.LeaveMenuAsync();
    }
}
