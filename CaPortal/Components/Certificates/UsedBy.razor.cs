using CaPortal.Components.Shared;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Certificates;
using CaPortal.Core.Probing;
using Microsoft.AspNetCore.Components;

namespace CaPortal.Components.Certificates;

/// <summary>The back-ends that use a certificate: those for which something changes if it is deleted.</summary>
public sealed partial class UsedBy
{
    private const int MaxShown = 200;

    private LiveView _live = null!;
    private IReadOnlyList<BackEndEffect>? _uses;
    private bool _hasBackEnds;

    [Inject]
    public required LiveUpdates Updates { get; init; }

    [Inject]
    public required BackEndService BackEnds { get; init; }

    /// <summary>The certificate.</summary>
    [Parameter, EditorRequired]
    public CaCertificateKey Certificate { get; set; }

    private string Lead
    {
        get
        {
            var needing = _uses!.Count(IsNeeded);
            return needing == 0
                ? $"{Counted.Of(_uses!.Count, "back-end uses", "back-ends use")} it. None needs it to be trusted."
                : $"{Counted.Of(needing, "back-end needs", "back-ends need")} it to be trusted.";
        }
    }

    protected override Task OnInitializedAsync()
    {
        // Not after each test of a back-end: all chains are judged anew each time.
        _live = Updates.For(LoadAsync, StateHasChanged, InvokeAsync, DispatchExceptionAsync);
        return _live.ReloadAsync();
    }

    public void Dispose() => _live.Dispose();

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        // Off the page's thread: there may be thousands to judge.
        _uses = await Task.Run(() => BackEnds.UsesOfAsync(Certificate, cancellationToken), cancellationToken);
        _hasBackEnds = _uses.Count > 0 || (await BackEnds.ListAsync(new BackEndQuery { Top = 1 }, cancellationToken)).Count > 0;
        _live.Problem = null;
    }

    private static bool IsNeeded(BackEndEffect use) => use.Kind == BackEndEffectKind.StopsBeingTrusted;

    private static string TextOf(BackEndEffect use) => use.Kind switch
    {
        BackEndEffectKind.StopsBeingTrusted when use.After.Verdict == TrustVerdict.DependsOnClient => "needs it for some of its clients",
        BackEndEffectKind.StopsBeingTrusted => "needs it",
        BackEndEffectKind.ChangesPath => "uses it, and is trusted without it too",
        BackEndEffectKind.DependsOnClient => "is accepted by some of its clients only without it",
        BackEndEffectKind.BecomesTrusted => "is trusted only without it",
        _ => "uses it, and is not trusted",
    };
}
