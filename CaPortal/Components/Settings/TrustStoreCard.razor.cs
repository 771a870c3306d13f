using System.Globalization;
using CaPortal.Components.Changes;
using CaPortal.Components.Shared;
using CaPortal.Core.Access;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Nodes;
using CaPortal.Core.TrustStores;
using Microsoft.AspNetCore.Components;

namespace CaPortal.Components.Settings;

/// <summary>One trust store in use: where it is, what is in it, and what can be done with it.</summary>
public sealed partial class TrustStoreCard
{
    private const int MaxNotes = 5;

    private readonly string _titleId = $"store-{Guid.NewGuid():N}";
    private string? _running;
    private ChangeRun? _repair;
    private ActionResult? _result;

    [Inject]
    public required MachineTrust Machine { get; init; }

    /// <summary>The trust store.</summary>
    [Parameter, EditorRequired]
    public required TrustStoreView Store { get; set; }

    /// <summary>Who acts.</summary>
    [Parameter, EditorRequired]
    public required Actor Actor { get; set; }

    private bool IsRunning => _running is not null;

    /// <summary>All trust stores are repaired together; each card shows its own result.</summary>
    private List<ChangeStep> RepairSteps => [.. _repair!.Steps.Where(s => s.Id == $"store:{Store.Title}" || s.Id == $"follow-up:{Store.Name}")];

    private Task VerifyAsync() => RunAsync(
        "Verifying", _ => Machine.VerifyAsync(Actor, CancellationToken.None), _ => "It holds everything that it should, and nothing that was deleted.");

    private Task RepairAsync() => RunAsync(
        "Repairing", progress => Machine.RepairAsync(Actor, progress, CancellationToken.None), RepairedText);

    private async Task RunAsync(string action, Func<IProgress<ChangeStep>, Task<ChangeOutcome>> work, Func<TrustStoreOutcome, string> goodText)
    {
        var run = new ChangeRun(null, () => InvokeAsync(StateHasChanged));
        (_running, _repair, _result) = (action, run, null);
        await run.RunAsync(work);
        (_running, _result) = (null, ResultOf(run.Outcome!, goodText));
    }

    private ActionResult ResultOf(ChangeOutcome outcome, Func<TrustStoreOutcome, string> goodText) => outcome switch
    {
        ChangeOutcome.Applied applied when applied.TrustStores.FirstOrDefault(t => t.Name == Store.Name) is { } own =>
            own.Result == TrustStoreResult.Installed ? new(true, goodText(own)) : new(false, $"{own.Error} {own.Advice}"),
        ChangeOutcome.Unavailable unavailable => new(false, $"{unavailable.Message} {unavailable.Advice}"),
        _ => new(false, "Your role may look, but not change. Ask an administrator."),
    };

    private static string RepairedText(TrustStoreOutcome outcome)
    {
        string?[] parts =
        [
            outcome.Added.Count > 0 ? $"{Counted.Of(outcome.Added.Count, "certificate")} put back" : null,
            outcome.Removed.Count > 0 ? $"{Counted.Of(outcome.Removed.Count, "certificate")} removed" : null,
            outcome.Damaged.Count > 0 ? "what was damaged cleared away" : null,
        ];
        var text = string.Join(", ", parts.Where(p => p is not null));
        var repaired = text.Length > 0
            ? $"Repaired: {text}. It now holds everything that it should."
            : "There was nothing to repair: it holds everything that it should.";
        return outcome.Notes.Count switch
        {
            0 => repaired,
            1 => $"{repaired} A file that somebody else put there is left as it is; see below.",
            var count => $"{repaired} {count:N0} files that somebody else put there are left as they are; see below.",
        };
    }

    private void Dismiss() => (_repair, _result) = (null, null);

    private static string PlaceLabel(TrustStorePlace place) => place.Store == CaStore.Root ? "Trusted roots" : "Intermediates";

    private static string CountsText(TrustStoreCounts counts)
    {
        string?[] parts =
        [
            counts.Wanted == 0 ? "None from the list"
                : counts.Installed == counts.Wanted ? $"{counts.Wanted:N0} from the list, all there"
                : $"{counts.Installed:N0} of {counts.Wanted:N0} from the list",
            counts.LeftOut > 0 ? $"{counts.LeftOut:N0} left out, because programs could not read it any more" : null,
            counts.Withdrawn > 0 ? $"{counts.Withdrawn:N0} deleted and still there" : null,
            $"{(counts.Others == 0 ? "none" : counts.Others.ToString("N0", CultureInfo.CurrentCulture))} from others",
        ];
        return string.Join(" · ", parts.Where(p => p is not null));
    }

    private sealed record ActionResult(bool IsGood, string Text);
}
