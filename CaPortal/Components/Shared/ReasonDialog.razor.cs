using CaPortal.Core.Data;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace CaPortal.Components.Shared;

/// <summary>Asks why something is done that must not be done without a reason, and does it.</summary>
public sealed partial class ReasonDialog
{
    private string _reason = "";
    private string? _problem;
    private bool _isBusy;

    /// <summary>What is done.</summary>
    [Parameter, EditorRequired]
    public required string Title { get; set; }

    /// <summary>What it means.</summary>
    [Parameter, EditorRequired]
    public required string Text { get; set; }

    /// <summary>The button's text.</summary>
    [Parameter, EditorRequired]
    public required string Button { get; set; }

    /// <summary>Does it for the reason given; returns why it was not done, null where it was.</summary>
    [Parameter, EditorRequired]
    public required Func<string, Task<string?>> Act { get; set; }

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = null!;

    /// <summary>Opens the dialog, until it is closed.</summary>
    public static async Task ShowAsync(IDialogService dialogs, string title, string text, string button, Func<string, Task<string?>> act)
    {
        var parameters = new DialogParameters<ReasonDialog> { { d => d.Title, title }, { d => d.Text, text }, { d => d.Button, button }, { d => d.Act, act } };
        var dialog = await dialogs.ShowAsync<ReasonDialog>(
            title, parameters, new DialogOptions { MaxWidth = MaxWidth.Small, FullWidth = true, BackdropClick = false });
        await dialog.Result;
    }

    private async Task ActAsync()
    {
        if (_isBusy)
            return;
        (_isBusy, _problem) = (true, null);
        try
        {
            _problem = await Act(_reason);
        }
        catch (DatabaseException e)
        {
            _problem = ProblemText.Of(e);
        }

        _isBusy = false;
        if (_problem is null)
            Dialog.Close();
    }
}
