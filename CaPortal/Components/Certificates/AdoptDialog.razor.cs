using CaPortal.Components.Changes;
using CaPortal.Components.Shared;
using CaPortal.Core.Access;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using CaPortal.Core.Inspection;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace CaPortal.Components.Certificates;

/// <summary>Takes found certificates under management: what there is to say about each, its store, the reason.</summary>
public sealed partial class AdoptDialog : IDisposable
{
    private readonly CancellationTokenSource _closed = new();
    private readonly StoppingConsent _consent = new();
    private InspectionResult? _inspection;
    private List<ItemChoice>? _choices;
    private ChangePlan? _plan;
    private ChangeRun? _run;
    private string? _problem;
    private string _reason = "";

    [Inject]
    public required CertificateChanges Changes { get; init; }

    /// <summary>The certificates.</summary>
    [Parameter, EditorRequired]
    public required IReadOnlyCollection<CaCertificateKey> Keys { get; set; }

    /// <summary>Who acts.</summary>
    [Parameter, EditorRequired]
    public required Actor Actor { get; set; }

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = null!;

    private List<AddSelection> Selections =>
        [.. (_choices ?? []).Where(c => c.WillBeAdded).Select(c => new AddSelection(c.Item, c.Store, c.Accepted))];

    private bool NeedsReason => Selections.Any(s => s.Accepted.Count > 0);

    private bool CanAdopt => _consent.IsGiven && Selections.Count > 0 && (!NeedsReason || !string.IsNullOrWhiteSpace(_reason));

    /// <summary>Opens the dialog.</summary>
    /// <returns>The outcome of the change; null where nothing was changed.</returns>
    public static async Task<ChangeOutcome?> ShowAsync(IDialogService dialogs, IReadOnlyCollection<CaCertificateKey> keys, Actor actor)
    {
        var dialog = await dialogs.ShowAsync<AdoptDialog>(
            "Adopt",
            new DialogParameters<AdoptDialog> { { d => d.Keys, keys }, { d => d.Actor, actor } },
            new DialogOptions { MaxWidth = MaxWidth.Medium, FullWidth = true, BackdropClick = false });
        return (await dialog.Result)?.Data as ChangeOutcome;
    }

    protected override Task OnInitializedAsync() => LookAsync();

    public void Dispose()
    {
        _closed.Cancel();
        _closed.Dispose();
    }

    private async Task LookAsync()
    {
        var before = (_choices ?? []).ToDictionary(c => c.Item.Found!.Key);
        (_run, _problem) = (null, null);
        try
        {
            _inspection = await Changes.InspectFoundAsync(Keys, _closed.Token);
            _choices =
            [
                .. _inspection.Items.Select(item => before.TryGetValue(item.Found!.Key, out var choice)
                    ? choice.For(item)
                    : new ItemChoice(item) { Store = item.Found!.Key.Store }),
            ];
            Replan();
        }
        catch (DatabaseException e)
        {
            _problem = ProblemText.Of(e);
        }
    }

    /// <summary>What is chosen has changed.</summary>
    private void Replan()
    {
        _plan = Selections is { Count: > 0 } selections ? Changes.PlanAdopt(_inspection!, selections) : null;
        if (_plan is null)
            _consent.Reset();
    }

    private async Task AdoptAsync()
    {
        var plan = _consent.Force(Changes.PlanAdopt(_inspection!, Selections));
        _run = new ChangeRun(plan.Kind, () => InvokeAsync(StateHasChanged));
        await _run.RunAsync(Changes, plan, Actor, _reason);
    }
}
