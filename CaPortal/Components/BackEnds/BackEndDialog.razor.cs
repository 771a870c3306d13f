using CaPortal.Components.Shared;
using CaPortal.Core.Access;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.Probing;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace CaPortal.Components.BackEnds;

/// <summary>Adds one back-end or many that are pasted, or edits one.</summary>
public sealed partial class BackEndDialog
{
    private readonly string _formId = $"back-end-{Guid.NewGuid():N}";
    private MudTextField<string>? _addressField;
    private PastedBackEnds? _pasted;
    private IReadOnlyList<BackEndLine> _lines = [];
    private string _address = "";
    private string _serverName = "";
    private string _name = "";
    private IReadOnlyList<string>? _clients;
    private string? _addressProblem;
    private string? _serverNameProblem;
    private string? _problem;
    private bool _isMany;
    private bool _isSaving;
    private bool _hasFocused;

    [Inject]
    public required BackEndService BackEnds { get; init; }

    [Inject]
    public required ISnackbar Snackbar { get; init; }

    /// <summary>The back-end to edit; null where some are to be added.</summary>
    [Parameter]
    public BackEndSummary? BackEnd { get; set; }

    /// <summary>Who acts.</summary>
    [Parameter, EditorRequired]
    public required Actor Actor { get; set; }

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = null!;

    private List<BackEndDraft> Drafts => [.. _lines.Select(l => l.Draft).OfType<BackEndDraft>()];

    /// <summary>Opens the dialog.</summary>
    /// <returns>The back-ends that were added or changed; null where none was.</returns>
    public static async Task<IReadOnlyList<long>?> ShowAsync(IDialogService dialogs, BackEndSummary? backEnd, Actor actor)
    {
        var dialog = await dialogs.ShowAsync<BackEndDialog>(
            "Back-end",
            new DialogParameters<BackEndDialog> { { d => d.BackEnd, backEnd }, { d => d.Actor, actor } },
            new DialogOptions { MaxWidth = MaxWidth.Small, FullWidth = true, BackdropClick = false });
        return (await dialog.Result)?.Data as IReadOnlyList<long>;
    }

    protected override void OnInitialized()
    {
        if (BackEnd is { } backEnd)
            (_address, _serverName, _name, _clients) = (backEnd.Address.ToString(), backEnd.Address.ServerName ?? "", backEnd.Name, backEnd.Clients);
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (_hasFocused || _addressField is null)
            return;
        _hasFocused = true;
        await _addressField.FocusAsync();
    }

    private void Switch(bool isMany) => (_isMany, _lines, _problem) = (isMany, [], null);

    private void Take(IReadOnlyList<BackEndLine> lines) => (_lines, _problem) = (lines, null);

    private Task SaveOneAsync()
    {
        (_addressProblem, _serverNameProblem, _problem) = (null, null, null);
        if (!BackEndAddress.TryParse(_address, null, out _, out _addressProblem)
            || !BackEndAddress.TryParse(_address, _serverName, out var address, out _serverNameProblem))
            return Task.CompletedTask;
        if (_clients is { Count: 0 })
        {
            _problem = "Choose at least one client that counts for the verdict.";
            return Task.CompletedTask;
        }

        var draft = new BackEndDraft(address, _name) { Clients = _clients };
        return SaveAsync(() => BackEnd is null
            ? BackEnds.AddAsync([draft], Actor, CancellationToken.None)
            : BackEnds.EditAsync(BackEnd.Id, draft, Actor, CancellationToken.None));
    }

    private async Task SaveManyAsync()
    {
        // What was typed last may not have been read yet.
        await _pasted!.ReadAsync();
        if (Drafts is { Count: > 0 } drafts)
            await SaveAsync(() => BackEnds.AddAsync(drafts, Actor, CancellationToken.None));
    }

    private async Task SaveAsync(Func<Task<BackEndOutcome>> save)
    {
        if (_isSaving)
            return;
        _isSaving = true;
        StateHasChanged();
        try
        {
            // Away from the page: there may be thousands.
            Conclude(await Task.Run(save));
        }
        catch (DatabaseException e)
        {
            _problem = ProblemText.Of(e);
        }

        _isSaving = false;
    }

    /// <summary>Why some were skipped: they were in the list already, or in the text more than once.</summary>
    private string Skipped(int count)
    {
        var drafts = Drafts;
        var twice = drafts.Count - drafts.DistinctBy(d => d.Address).Count();
        var known = count - twice;
        string[] parts =
        [
            known switch { 0 => "", 1 => "1 was in the list already.", _ => $"{known:N0} were in the list already." },
            twice == 0 ? "" : $"{twice:N0} stood twice in what was pasted.",
        ];
        return string.Join(' ', parts.Where(p => p.Length > 0));
    }

    private void Conclude(BackEndOutcome outcome)
    {
        switch (outcome)
        {
            case BackEndOutcome.Done { Ids.Count: 0, Duplicates: [var only] }:
                _problem = $"{DisplayText.Shorten(only.ToString())} is in the list already.";
                break;
            case BackEndOutcome.Done { Ids.Count: 0 }:
                _problem = "They are all in the list already.";
                break;
            case BackEndOutcome.Done done:
                if (Skipped(done.Duplicates.Count) is { Length: > 0 } skipped)
                    Snackbar.Add(skipped, Severity.Info);
                Dialog.Close(DialogResult.Ok(done.Ids));
                break;
            case BackEndOutcome.Refused refused:
                _problem = $"{refused.Message} {refused.Advice}";
                break;
            case BackEndOutcome.Forbidden:
                _problem = "Your role may look, but not change. Ask an administrator. Nothing was changed.";
                break;
        }
    }
}
