using CaPortal.Components.Changes;
using CaPortal.Components.Shared;
using CaPortal.Core.Access;
using CaPortal.Core.Approvals;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace CaPortal.Components.Approvals;

/// <summary>A proposed change: exactly what it will do, and what the person who looks at it may do.</summary>
public sealed partial class ProposalDialog
{
    private readonly StoppingConsent _consent = new();
    private LiveView _live = null!;
    private ProposalView? _view;
    private ChangeRun? _run;
    private string? _refusal;
    private string _reason = "";

    [Inject]
    public required LiveUpdates Updates { get; init; }

    [Inject]
    public required ProposalService Proposals { get; init; }

    [Inject]
    public required TimeProvider Time { get; init; }

    /// <summary>The proposal.</summary>
    [Parameter, EditorRequired]
    public long Id { get; set; }

    /// <summary>Who looks at it.</summary>
    [Parameter, EditorRequired]
    public required Actor Actor { get; set; }

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = null!;

    /// <summary>Not before it is known which back-ends it affects.</summary>
    private bool CanApprove => _view is { CanBeMade: true } && _consent is { IsKnown: true, IsGiven: true };

    private string Title => _view is null ? "Proposed change" : ProposalText.What(_view.Proposal);

    /// <summary>Opens the dialog, until it is closed.</summary>
    public static async Task ShowAsync(IDialogService dialogs, long id, Actor actor)
    {
        var parameters = new DialogParameters<ProposalDialog> { { d => d.Id, id }, { d => d.Actor, actor } };
        var dialog = await dialogs.ShowAsync<ProposalDialog>(
            "Proposed change", parameters, new DialogOptions { MaxWidth = MaxWidth.Small, FullWidth = true, BackdropClick = false });
        await dialog.Result;
    }

    protected override Task OnInitializedAsync()
    {
        _live = Updates.For(LoadAsync, StateHasChanged, InvokeAsync, DispatchExceptionAsync);
        return _live.ReloadAsync();
    }

    public void Dispose() => _live.Dispose();

    /// <summary>What is approved is what was looked at: the plan on the screen stays until somebody looks again.</summary>
    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        if (_run is not null)
            return;
        var view = await Proposals.ViewAsync(Id, cancellationToken);
        if (view is null)
            _live.Problem = "There is no such proposal any more. Decided ones are kept for 30 days; the activity log knows them all.";
        else if (_view?.Plan is null || view.Plan is null)
            _view = view;

        // The title is drawn by the dialog's frame.
        Dialog.StateHasChanged();
    }

    private async Task LookAgainAsync()
    {
        (_run, _view, _refusal, _live.Problem) = (null, null, null, null);
        _consent.Reset();
        await _live.ReloadAsync();
    }

    private async Task ApproveAsync()
    {
        _run = new ChangeRun(_view!.Proposal.Kind, () => InvokeAsync(StateHasChanged));
        var revision = _view.Plan!.Revision;
        await _run.RunAsync(progress => Proposals.ApproveAsync(Id, revision, Actor, _reason, _consent.IsForced, progress, CancellationToken.None));
    }

    private async Task EndAsync(Func<Task<ChangeOutcome>> end)
    {
        switch (await end())
        {
            case ChangeOutcome.Refused refused:
                _refusal = $"{refused.Message} {refused.Advice}";
                break;
            case ChangeOutcome.Unavailable unavailable:
                _refusal = $"{unavailable.Message} {unavailable.Advice}";
                break;
            default:
                Dialog.Close();
                break;
        }
    }

    private static string Ending(ProposalSummary proposal)
    {
        var by = DisplayText.Shorten(proposal.DecidedBy ?? "", 80);
        var why = proposal.DecisionReason is { } reason ? $" Reason: {DisplayText.Visible(reason)}" : "";
        return proposal.State switch
        {
            ProposalState.Approved => $"Approved by {by}, and made as revision {proposal.Revision}.{why}",
            ProposalState.Rejected => $"Rejected by {by}. Nothing was changed.{why}",
            ProposalState.Withdrawn => $"Withdrawn by {by}. Nothing was changed.",
            _ => "Nobody decided in time. Nothing was changed.",
        };
    }
}
