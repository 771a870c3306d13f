using CaPortal.Components.Shared;
using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace CaPortal.Components.Changes;

/// <summary>
/// Deletes, moves or restores certificates, goes back to a snapshot, or takes an earlier change back. It says what will happen, asks,
/// and shows the steps and what is true then.
/// </summary>
public sealed partial class ChangeDialog : IDisposable
{
    private const int MaxShown = 8;

    private readonly CancellationTokenSource _closed = new();
    private readonly string _formId = $"change-{Guid.NewGuid():N}";
    private readonly StoppingConsent _consent = new();
    private readonly Dictionary<CaCertificateKey, HashSet<FindingCode>> _accepted = [];
    private ChangePlan? _plan;
    private ChangeRun? _run;
    private string? _problem;
    private ChangeKind? _takenBack;
    private string _reason = "";

    [Inject]
    public required CertificateChanges Changes { get; init; }

    /// <summary>What kind of change it is.</summary>
    [Parameter, EditorRequired]
    public ChangeKind Kind { get; set; }

    /// <summary>The certificates; none where it is about a snapshot.</summary>
    [Parameter]
    public IReadOnlyCollection<CaCertificateKey> Keys { get; set; } = [];

    /// <summary>The snapshot to go back to, where it is about one.</summary>
    [Parameter]
    public long SnapshotId { get; set; }

    /// <summary>The revision whose change is to be taken back, where it is about one.</summary>
    [Parameter]
    public long Revision { get; set; }

    /// <summary>Who acts.</summary>
    [Parameter, EditorRequired]
    public required Actor Actor { get; set; }

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = null!;

    /// <summary>What the dialog is about to do: what it was opened for, or to bring back what it has deleted.</summary>
    private ChangeKind Current => _takenBack ?? Kind;

    private string Verb => Current switch
    {
        ChangeKind.Delete => "Delete",
        ChangeKind.Move => "Move",
        ChangeKind.RemoveFound => "Remove",
        ChangeKind.Undo => "Undo",
        _ => "Restore",
    };

    private bool IsRemoval =>
        Current is ChangeKind.Delete or ChangeKind.RemoveFound
        || (Current is ChangeKind.RestoreSnapshot or ChangeKind.Undo && _plan is { Removals.Count: > 0 });

    /// <summary>Not before it is known which back-ends it affects.</summary>
    private bool CanApply =>
        _plan is { IsEmpty: false, IsRefused: false } plan
        && _consent is { IsKnown: true, IsGiven: true }
        && (!plan.NeedsReason || !string.IsNullOrWhiteSpace(_reason));

    private string Title => Kind switch
    {
        ChangeKind.RestoreSnapshot => "Restore snapshot",
        ChangeKind.Undo => $"Undo revision {Revision}",
        _ => $"{Verb} {(Keys.Count == 1 ? "CA certificate" : $"{Keys.Count:N0} CA certificates")}",
    };

    private string NothingToDo => Kind switch
    {
        ChangeKind.RestoreSnapshot => "The list of CA certificates is as it was then. Where a trust store differs from it, Repair brings it back.",
        ChangeKind.Undo =>
            "There is nothing left to undo: what that change added is gone already, and what it removed is back or not in the recycle bin any more.",
        _ => "There is nothing left to do: somebody else has done it meanwhile.",
    };

    /// <summary>Opens the dialog.</summary>
    /// <returns>The outcome of the change; null where nothing was changed.</returns>
    public static Task<ChangeOutcome?> ShowAsync(IDialogService dialogs, ChangeKind kind, IReadOnlyCollection<CaCertificateKey> keys, Actor actor) =>
        ShowAsync(dialogs, new DialogParameters<ChangeDialog> { { d => d.Kind, kind }, { d => d.Keys, keys }, { d => d.Actor, actor } });

    /// <summary>Opens the dialog to go back to a snapshot.</summary>
    /// <returns>The outcome of the change; null where nothing was changed.</returns>
    public static Task<ChangeOutcome?> ShowAsync(IDialogService dialogs, long snapshotId, Actor actor) =>
        ShowAsync(
            dialogs,
            new DialogParameters<ChangeDialog>
            {
                { d => d.Kind, ChangeKind.RestoreSnapshot },
                { d => d.SnapshotId, snapshotId },
                { d => d.Actor, actor },
            });

    /// <summary>Opens the dialog to take back the change that made a revision.</summary>
    /// <returns>The outcome of the change; null where nothing was changed.</returns>
    public static Task<ChangeOutcome?> ShowUndoAsync(IDialogService dialogs, long revision, Actor actor) =>
        ShowAsync(dialogs, new DialogParameters<ChangeDialog> { { d => d.Kind, ChangeKind.Undo }, { d => d.Revision, revision }, { d => d.Actor, actor } });

    private static async Task<ChangeOutcome?> ShowAsync(IDialogService dialogs, DialogParameters<ChangeDialog> parameters)
    {
        var dialog = await dialogs.ShowAsync<ChangeDialog>(
            "Change", parameters, new DialogOptions { MaxWidth = MaxWidth.Small, FullWidth = true, BackdropClick = false });
        return (await dialog.Result)?.Data as ChangeOutcome;
    }

    protected override Task OnInitializedAsync() => PlanAsync();

    public void Dispose()
    {
        _closed.Cancel();
        _closed.Dispose();
    }

    private async Task PlanAsync()
    {
        (_run, _problem, _plan) = (null, null, null);
        _consent.Reset();
        try
        {
            var plan = Current switch
            {
                ChangeKind.Delete => await Changes.PlanDeleteAsync(Keys, _closed.Token),
                ChangeKind.RemoveFound => await Changes.PlanRemoveFoundAsync(Keys, _closed.Token),
                ChangeKind.Move => await Changes.PlanMoveAsync(Keys, _closed.Token),
                ChangeKind.RestoreSnapshot => await Changes.PlanRestoreSnapshotAsync(SnapshotId, _closed.Token),
                ChangeKind.Undo => await Changes.PlanUndoAsync(Revision, _closed.Token),
                _ => await Changes.PlanRestoreAsync(Keys, _closed.Token),
            };
            _plan = plan is null ? null : Accepting(plan);
            if (_plan is null)
            {
                _problem = Kind == ChangeKind.Undo
                    ? $"No change that could be undone made revision {Revision}."
                    : "This snapshot is not kept any more: only the newest are. Choose another one.";
            }
        }
        catch (DatabaseException e)
        {
            _problem = ProblemText.Of(e);
        }
    }

    private ChangePlan Accepting(ChangePlan plan) => Changes.Accept(plan, key => _accepted.GetValueOrDefault(key) ?? []);

    private void Accept(CaCertificateKey key, FindingCode code, bool isAccepted)
    {
        var codes = _accepted.TryGetValue(key, out var known) ? known : _accepted[key] = [];
        if (isAccepted)
            codes.Add(code);
        else
            codes.Remove(code);
        _plan = Accepting(_plan!);
        StateHasChanged();
    }

    private Task ApplyAsync() => CanApply ? RunAsync(_consent.Force(_plan!), _reason) : Task.CompletedTask;

    private async Task UndoAsync()
    {
        try
        {
            _takenBack = ChangeKind.Restore;

            // It is part of the change, which goes on when the dialog is closed.
            var plan = await Changes.PlanRestoreAsync(Keys, CancellationToken.None);
            if (plan.IsRefused)
                await PlanAsync(); // Somebody has to accept an error first.
            else
                await RunAsync(plan, "Undo");
        }
        catch (DatabaseException e)
        {
            (_run, _problem) = (null, ProblemText.Of(e));
        }
    }

    private async Task RunAsync(ChangePlan plan, string reason)
    {
        _run = new ChangeRun(plan.Kind, () => InvokeAsync(Redraw));
        await _run.RunAsync(Changes, plan, Actor, reason);
    }

    private void Redraw()
    {
        StateHasChanged();

        // The title is drawn by the dialog's frame.
        Dialog.StateHasChanged();
    }
}
