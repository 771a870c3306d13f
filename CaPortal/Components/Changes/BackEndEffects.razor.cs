using CaPortal.Core.BackEnds;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using CaPortal.Core.Probing;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace CaPortal.Components.Changes;

/// <summary>What a plan does to the back-ends. It is worked out again for each new plan, and the dialog around it can be used during that time.</summary>
public sealed partial class BackEndEffects : IDisposable
{
    private const int MaxOpen = 3;
    private const int MaxShown = 100;

    private CancellationTokenSource? _cancel;
    private ChangePlan? _plan;
    private IReadOnlyList<BackEndEffect>? _effects;
    private bool _areUnaffected;
    private string? _problem;

    [Inject]
    public required BackEndService BackEnds { get; init; }

    /// <summary>The plan; null while there is none.</summary>
    [Parameter, EditorRequired]
    public ChangePlan? Plan { get; set; }

    /// <summary>Called with the effects of the newest plan once they are known, or with none where they cannot be.</summary>
    [Parameter]
    public EventCallback<IReadOnlyList<BackEndEffect>> OnKnown { get; set; }

    protected override Task OnParametersSetAsync()
    {
        if (ReferenceEquals(Plan, _plan))
            return Task.CompletedTask;
        _plan = Plan;
        return LoadAsync();
    }

    public void Dispose() => Stop();

    private async Task LoadAsync()
    {
        Stop();
        if (_plan is not { IsEmpty: false } plan)
        {
            (_effects, _areUnaffected, _problem) = ([], false, null);
            return;
        }

        using var cancel = new CancellationTokenSource();
        _cancel = cancel;
        try
        {
            // Off the page's thread: there may be thousands to judge. Until then the page shows the effects of the previous plan.
            var (effects, areKnown) = await Task.Run(() => FindAsync(plan, cancel.Token), cancel.Token);
            if (cancel.IsCancellationRequested)
                return;
            (_effects, _areUnaffected, _problem) = (effects, areKnown && effects.Count == 0, null);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return; // There is a newer plan, or the dialog is closed.
        }
        catch (DatabaseException e)
        {
            (_effects, _problem) = ([], $"What this does to back-ends could not be worked out. {e.Message}");
        }
        finally
        {
            if (ReferenceEquals(_cancel, cancel))
                _cancel = null;
        }

        await OnKnown.InvokeAsync(_effects);
    }

    private async Task<(IReadOnlyList<BackEndEffect> Effects, bool AreKnown)> FindAsync(ChangePlan plan, CancellationToken cancellationToken)
    {
        var effects = await BackEnds.EffectOfAsync(plan, cancellationToken);
        return (effects, effects.Count > 0 || (await BackEnds.ListAsync(new BackEndQuery { Top = 1 }, cancellationToken)).Count > 0);
    }

    private void Stop() => _cancel?.Cancel();

    private static int OrderOf(BackEndEffectKind kind) => kind switch
    {
        BackEndEffectKind.StopsBeingTrusted => 0,
        BackEndEffectKind.DependsOnClient => 1,
        BackEndEffectKind.BecomesTrusted => 2,
        BackEndEffectKind.ChangesPath => 3,
        _ => 4,
    };

    private static string IconOf(BackEndEffectKind kind) => kind switch
    {
        BackEndEffectKind.StopsBeingTrusted => Icons.Material.Filled.Error,
        BackEndEffectKind.DependsOnClient => Icons.Material.Filled.Warning,
        BackEndEffectKind.BecomesTrusted => Icons.Material.Filled.CheckCircle,
        _ => Icons.Material.Outlined.Info,
    };

    private static string TextOf(BackEndEffectKind kind, int count) => kind switch
    {
        BackEndEffectKind.StopsBeingTrusted => count == 1 ? "stops being trusted" : "stop being trusted",
        BackEndEffectKind.DependsOnClient => count == 1 ? "becomes trusted by some clients alone" : "become trusted by some clients alone",
        BackEndEffectKind.BecomesTrusted => count == 1 ? "becomes trusted" : "become trusted",
        BackEndEffectKind.ChangesPath => count == 1 ? "stays trusted by another path" : "stay trusted by another path",
        _ => count == 1 ? "stays untrusted" : "stay untrusted",
    };

    private static string NameOf(BackEndEffect effect) => DisplayText.Shorten(IsCalledByHost(effect) ? effect.Address.ToString() : effect.Name, 60);

    private static string AddressOf(BackEndEffect effect) => IsCalledByHost(effect) ? "" : $" ({DisplayText.Shorten(effect.Address.ToString())})";

    private static string NoteOf(BackEndEffect effect) => effect.Kind switch
    {
        BackEndEffectKind.ChangesPath when effect.After.Anchor is { } anchor => $", which ends at {DisplayText.Shorten(anchor.Facts.Name, 60)}",
        BackEndEffectKind.StaysUntrusted or BackEndEffectKind.DependsOnClient => $": {DisplayText.Visible(effect.After.Message)}",
        BackEndEffectKind.StopsBeingTrusted when effect.After.Verdict == TrustVerdict.DependsOnClient =>
            $" by some clients: {DisplayText.Visible(effect.After.Message)}",
        _ => "",
    };

    private static bool IsCalledByHost(BackEndEffect effect) => effect.Name == effect.Address.Host || effect.Name == effect.Address.ToString();
}
