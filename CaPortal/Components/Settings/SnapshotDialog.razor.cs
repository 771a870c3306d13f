using CaPortal.Components.Changes;
using CaPortal.Components.Shared;
using CaPortal.Core.Access;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace CaPortal.Components.Settings;

/// <summary>What is different in the trust stores since a snapshot was taken.</summary>
public sealed partial class SnapshotDialog : IDisposable
{
    private readonly CancellationTokenSource _closed = new();
    private SnapshotDifference? _difference;
    private string? _problem;

    [Inject]
    public required CertificateChanges Changes { get; init; }

    [Inject]
    public required IDialogService Dialogs { get; init; }

    /// <summary>The snapshot.</summary>
    [Parameter, EditorRequired]
    public required SnapshotSummary Snapshot { get; set; }

    /// <summary>Who acts.</summary>
    [Parameter, EditorRequired]
    public required Actor Actor { get; set; }

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = null!;

    /// <summary>Opens the dialog, until it is closed.</summary>
    public static async Task ShowAsync(IDialogService dialogs, SnapshotSummary snapshot, Actor actor)
    {
        var parameters = new DialogParameters<SnapshotDialog> { { d => d.Snapshot, snapshot }, { d => d.Actor, actor } };
        var dialog = await dialogs.ShowAsync<SnapshotDialog>(
            "Snapshot", parameters, new DialogOptions { MaxWidth = MaxWidth.Small, FullWidth = true });
        await dialog.Result;
    }

    protected override async Task OnInitializedAsync()
    {
        try
        {
            _difference = await Changes.CompareSnapshotAsync(Snapshot.Id, _closed.Token);
            if (_difference is null)
                _problem = "This snapshot is not kept any more: only the newest are. Choose another one.";
        }
        catch (DatabaseException e)
        {
            _problem = ProblemText.Of(e);
        }

        Dialog.StateHasChanged();
    }

    public void Dispose()
    {
        _closed.Cancel();
        _closed.Dispose();
    }

    private async Task RestoreAsync()
    {
        Dialog.Close();
        await ChangeDialog.ShowAsync(Dialogs, Snapshot.Id, Actor);
    }
}
