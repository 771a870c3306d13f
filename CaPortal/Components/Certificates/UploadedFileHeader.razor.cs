using CaPortal.Components.Shared;
using CaPortal.Core.Formats;
using CaPortal.Core.Inspection;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace CaPortal.Components.Certificates;

/// <summary>One uploaded file: what it is, and its password where it needs one.</summary>
public sealed partial class UploadedFileHeader
{
    private MudTextField<string>? _field;
    private bool _showPassword;
    private bool _isRevealed;
    private bool _focusPassword;
    private string _password = "";

    /// <summary>What was found in the file.</summary>
    [Parameter, EditorRequired]
    public required InspectedFile File { get; set; }

    /// <summary>The file's size in bytes.</summary>
    [Parameter, EditorRequired]
    public int Length { get; set; }

    /// <summary>Tries a password.</summary>
    [Parameter, EditorRequired]
    public EventCallback<string> OnPassword { get; set; }

    /// <summary>Takes the file out of the upload.</summary>
    [Parameter, EditorRequired]
    public EventCallback OnRemove { get; set; }

    private string SizeText => FileSizes.Text(Length);

    protected override void OnParametersSet()
    {
        var needsPassword = File.Password != PasswordState.NotNeeded;
        _focusPassword |= needsPassword && !_showPassword;
        _showPassword = needsPassword;
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!_focusPassword || _field is null)
            return;
        _focusPassword = false;
        await _field.FocusAsync();
    }

    private Task OpenAsync() => OnPassword.InvokeAsync(_password);
}
