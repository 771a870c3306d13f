using CaPortal.Core.Access;
using CaPortal.Core.Backups;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace CaPortal.Components.Settings;

/// <summary>Says what restoring a backup does, and has it made ready.</summary>
public sealed partial class RestoreBackupDialog
{
    private readonly string _formId = $"restore-{Guid.NewGuid():N}";
    private string? _passphrase;
    private string? _problem;
    private bool _isWorking;

    [Inject]
    public required BackupService Backups { get; init; }

    /// <summary>The backup.</summary>
    [Parameter, EditorRequired]
    public required BackupFile Backup { get; set; }

    /// <summary>Who acts.</summary>
    [Parameter, EditorRequired]
    public required Actor Actor { get; set; }

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = null!;

    /// <summary>Opens the dialog, until it is closed.</summary>
    public static async Task ShowAsync(IDialogService dialogs, BackupFile backup, Actor actor)
    {
        var dialog = await dialogs.ShowAsync<RestoreBackupDialog>(
            "Restore",
            new DialogParameters<RestoreBackupDialog> { { d => d.Backup, backup }, { d => d.Actor, actor } },
            new DialogOptions { MaxWidth = MaxWidth.Small, FullWidth = true, BackdropClick = false });
        await dialog.Result;
    }

    private async Task PrepareAsync()
    {
        if (_isWorking)
            return;
        (_isWorking, _problem) = (true, null);
        StateHasChanged();
        var outcome = await Backups.PrepareRestoreAsync(Backup.Name, string.IsNullOrEmpty(_passphrase) ? null : _passphrase, Actor, CancellationToken.None);
        (_isWorking, _passphrase, _problem) = (false, null, BackupText.ProblemOf(outcome));
        if (_problem is null)
            Dialog.Close();
    }
}
