using System.Globalization;
using CaPortal.Components.Shared;
using CaPortal.Core.Access;
using CaPortal.Core.Data;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using MudBlazor;

namespace CaPortal.Components.Palette;

/// <summary>Finds pages, certificates, back-ends and what can be done, by a few letters of their names and by the keyboard alone.</summary>
public sealed partial class CommandPalette
{
    private readonly CancellationTokenSource _closed = new();
    private ElementReference _input;
    private IReadOnlyList<PaletteItem> _items = [];
    private string _text = "";
    private string? _found;
    private string? _problem;
    private int _active;

    [Inject]
    public required PaletteItems Items { get; init; }

    /// <summary>Who looks for something.</summary>
    [Parameter, EditorRequired]
    public required Actor Actor { get; set; }

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = null!;

    /// <summary>Opens it, and does or leads to what is chosen.</summary>
    /// <param name="dialogs">Opens dialogs.</param>
    /// <param name="navigation">Leads to pages.</param>
    /// <param name="actor">Who looks for something.</param>
    /// <param name="closed">Called when it is closed, before anything is done.</param>
    public static async Task ShowAsync(IDialogService dialogs, NavigationManager navigation, Actor actor, Action closed)
    {
        var dialog = await dialogs.ShowAsync<CommandPalette>(
            "Find or do",
            new DialogParameters<CommandPalette> { { d => d.Actor, actor } },
            new DialogOptions { Position = DialogPosition.TopCenter, MaxWidth = MaxWidth.Small, FullWidth = true, BackdropClick = true });
        var result = await dialog.Result;
        closed();
        switch (result)
        {
            case { Data: PaletteItem.Place place }:
                navigation.NavigateTo(place.Address);
                break;
            case { Data: PaletteItem.Deed deed }:
                await deed.Run(dialogs, actor);
                break;
        }
    }

    public void Dispose()
    {
        _closed.Cancel();
        _closed.Dispose();
    }

    protected override Task OnInitializedAsync() => FindAsync("");

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
            await _input.FocusAsync();
    }

    private static string IdOf(int index) => string.Create(CultureInfo.InvariantCulture, $"palette-item-{index}");

    private async Task FindAsync(string text)
    {
        _text = text;
        try
        {
            var found = await Items.FindAsync(text, Actor, _closed.Token);

            // What was typed meanwhile may have been found faster.
            if (_text == text)
                (_items, _found, _active, _problem) = (found, text, 0, null);
        }
        catch (DatabaseException e)
        {
            (_items, _found, _problem) = ([], null, ProblemText.Of(e));
        }
        catch (OperationCanceledException) when (_closed.IsCancellationRequested)
        {
            // It is closed.
            return;
        }

        DrawInput();
    }

    /// <summary>The field says which item is the active one, and is drawn by the dialog's frame.</summary>
    private void DrawInput() => Dialog.StateHasChanged();

    private async Task PressAsync(KeyboardEventArgs e)
    {
        switch (e.Key)
        {
            case "ArrowDown" when _items.Count > 0:
                _active = (_active + 1) % _items.Count;
                DrawInput();
                break;
            case "ArrowUp" when _items.Count > 0:
                _active = (_active + _items.Count - 1) % _items.Count;
                DrawInput();
                break;
            case "Enter" when !e.IsComposing:
                // Who types fast presses it before what fits is here.
                if (_found != _text)
                    await FindAsync(_text);
                if (_found == _text && _active < _items.Count)
                    Choose(_items[_active]);
                break;
        }
    }

    private void Choose(PaletteItem item) => Dialog.Close(DialogResult.Ok(item));
}
