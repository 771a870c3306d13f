using CaPortal.Components.Changes;
using CaPortal.Components.Shared;
using CaPortal.Core;
using CaPortal.Core.Access;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using CaPortal.Core.Inspection;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Options;
using MudBlazor;

namespace CaPortal.Components.Certificates;

/// <summary>Choose files, see at once what is in them, choose the stores, save. Nothing is changed before Save.</summary>
public sealed partial class AddCertificateDialog : IDisposable
{
    private readonly CancellationTokenSource _closed = new();
    private readonly UploadSet _upload = new();
    private readonly StoppingConsent _consent = new();
    private CertificateSource? _source;
    private ChangePlan? _plan;
    private int _inspections;
    private bool _isReading;
    private bool _isLeaving;
    private string? _problem;
    private string _reason = "";
    private ChangeRun? _run;

    [Inject]
    public required CertificateChanges Changes { get; init; }

    [Inject]
    public required IDialogService Dialogs { get; init; }

    [Inject]
    public required IOptions<CoreOptions> Options { get; init; }

    /// <summary>Who acts.</summary>
    [Parameter, EditorRequired]
    public required Actor Actor { get; set; }

    /// <summary>A file that came over the network; the dialog starts with it.</summary>
    [Parameter]
    public UploadedFile? Served { get; set; }

    /// <summary>The store to which what is in <see cref="Served"/> goes, unless another is chosen; null: the one that fits.</summary>
    [Parameter]
    public CaStore? ServedStore { get; set; }

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = null!;

    private bool CanSave => !_isReading && _consent.IsGiven && _upload.Selections.Count > 0 && (!_upload.NeedsReason || !string.IsNullOrWhiteSpace(_reason));

    /// <summary>Why certificates of the files are not among those that are added; blank where all are.</summary>
    private string Summary
    {
        get
        {
            var left = _upload.Items.Where(i => i is { IsCertificate: true, WillBeAdded: false }).ToList();
            if (left.Count == 0)
                return "";
            var (there, wrong) = (left.Count(i => i.IsDuplicate), left.Count(i => i is { IsDuplicate: false, IsRefused: true }));
            string[] reasons =
            [
                .. there > 0 ? [Counted.Of(there, "duplicate")] : (string[])[],
                .. wrong > 0 ? [$"{wrong:N0} with an error"] : (string[])[],
                .. left.Count - there - wrong is > 0 and var unchosen ? [$"{unchosen:N0} not chosen"] : (string[])[],
            ];
            return $"Not added: {string.Join(", ", reasons)}";
        }
    }

    /// <summary>Opens the dialog.</summary>
    /// <returns>The outcome of the change; null where nothing was changed.</returns>
    public static Task<ChangeOutcome?> ShowAsync(IDialogService dialogs, Actor actor) =>
        ShowAsync(dialogs, new DialogParameters<AddCertificateDialog> { { d => d.Actor, actor } });

    /// <summary>Opens the dialog with certificates that came over the network.</summary>
    /// <returns>The outcome of the change; null where nothing was changed.</returns>
    public static Task<ChangeOutcome?> ShowAsync(IDialogService dialogs, Actor actor, UploadedFile served, CaStore? store) =>
        ShowAsync(dialogs, new DialogParameters<AddCertificateDialog> { { d => d.Actor, actor }, { d => d.Served, served }, { d => d.ServedStore, store } });

    private static async Task<ChangeOutcome?> ShowAsync(IDialogService dialogs, DialogParameters<AddCertificateDialog> parameters)
    {
        var dialog = await dialogs.ShowAsync<AddCertificateDialog>(
            "Add CA certificates",
            parameters,
            new DialogOptions { MaxWidth = MaxWidth.Medium, FullWidth = true, BackdropClick = false });
        return (await dialog.Result)?.Data as ChangeOutcome;
    }

    public void Dispose()
    {
        _closed.Cancel();
        _closed.Dispose();
    }

    protected override async Task OnInitializedAsync()
    {
        if (Served is not { } served)
            return;
        await AddServedAsync(served);
        foreach (var item in _upload.Items)
            item.Store = ServedStore ?? item.Store;
        Replan();
    }

    private IReadOnlyList<ItemChoice> ChoicesOf(InspectedFile file)
    {
        var start = _upload.Inspected.TakeWhile(i => !ReferenceEquals(i.Found, file)).Sum(i => i.Found.Items.Count);
        return [.. _upload.Items.Skip(start).Take(file.Items.Count)];
    }

    private async Task AddFilesAsync(IReadOnlyList<UploadedFile> files)
    {
        foreach (var file in files)
            _upload.Add(file);
        await InspectAsync();
    }

    private async Task AddServedAsync(UploadedFile file)
    {
        _upload.AddServed(file);
        await InspectAsync();
    }

    /// <summary>What is chosen has changed.</summary>
    private void Replan()
    {
        _plan = _upload is { Inspection: { } inspection, Selections: { Count: > 0 } selections } ? Changes.PlanAdd(inspection, selections) : null;
        if (_plan is null)
            _consent.Reset();
    }

    private async Task RemoveAsync(UploadedFile file)
    {
        _upload.Remove(file);
        await InspectAsync();
    }

    private async Task SetPasswordAsync(UploadedFile file, string password)
    {
        _upload.SetPassword(file, password);
        await InspectAsync();
    }

    private async Task InspectAsync()
    {
        (_isReading, _problem) = (true, null);
        StateHasChanged();
        var number = ++_inspections;
        UploadedFile[] files = [.. _upload.Files];
        try
        {
            var inspection = await Changes.InspectAsync(files, _closed.Token);
            if (number != _inspections)
                return; // The files have changed, and a newer inspection is under way.
            _upload.Take(inspection, files);
            Replan();
        }
        catch (DatabaseException e)
        {
            _problem = ProblemText.Of(e);
        }
        catch (OperationCanceledException) when (_closed.IsCancellationRequested)
        {
            return; // The dialog is closed; nobody waits for the answer.
        }

        _isReading = false;
    }

    private async Task SaveAsync()
    {
        var plan = _consent.Force(Changes.PlanAdd(_upload.Inspection!, _upload.Selections));
        _run = new ChangeRun(plan.Kind, () => InvokeAsync(StateHasChanged));
        await _run.RunAsync(Changes, plan, Actor, _reason);
    }

    private async Task LookAgainAsync()
    {
        _run = null;
        await InspectAsync();
    }

    /// <summary>Shows first what stops being trusted with it.</summary>
    private async Task UndoAsync(long revision)
    {
        Close();
        await ChangeDialog.ShowUndoAsync(Dialogs, revision, Actor);
    }

    /// <summary>What somebody has chosen is not lost by one key.</summary>
    private void Leave()
    {
        if (_upload.Files.Count == 0 && string.IsNullOrWhiteSpace(_reason))
            Dialog.Cancel();
        else
            _isLeaving = true;
    }

    private void Close() => Dialog.Close(DialogResult.Ok(_run?.Outcome));
}
