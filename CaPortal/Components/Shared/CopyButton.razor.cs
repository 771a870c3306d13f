using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace CaPortal.Components.Shared;

/// <summary>Copies a text to the clipboard, and says whether that worked.</summary>
public sealed partial class CopyButton
{
    [Inject]
    public required BrowserInterop Browser { get; init; }

    [Inject]
    public required ISnackbar Snackbar { get; init; }

    /// <summary>The text.</summary>
    [Parameter, EditorRequired]
    public required string Text { get; set; }

    /// <summary>What it is, in the middle of a sentence.</summary>
    [Parameter, EditorRequired]
    public required string What { get; set; }

    private async Task CopyAsync()
    {
        if (await Browser.CopyAsync(Text))
            Snackbar.Add("Copied to the clipboard", Severity.Success);
        else
            Snackbar.Add("The browser did not allow copying. Select the text and copy it there.", Severity.Warning);
    }
}
