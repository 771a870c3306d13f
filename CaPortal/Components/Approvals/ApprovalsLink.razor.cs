using CaPortal.Components.Shared;
using CaPortal.Core.Approvals;
using Microsoft.AspNetCore.Components;

namespace CaPortal.Components.Approvals;

/// <summary>The menu entry of the approvals, with how many wait. It is shown when changes need approval, or when some were proposed.</summary>
public sealed partial class ApprovalsLink
{
    private LiveView _live = null!;
    private bool _isShown;
    private int _waiting;

    [Inject]
    public required LiveUpdates Updates { get; init; }

    [Inject]
    public required ProposalService Proposals { get; init; }

    protected override Task OnInitializedAsync()
    {
        _live = Updates.For(LoadAsync, StateHasChanged, InvokeAsync, DispatchExceptionAsync);
        return _live.ReloadAsync();
    }

    public void Dispose() => _live.Dispose();

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        var (waiting, decided) = await Proposals.CountAsync(cancellationToken);
        (_waiting, _isShown) = (waiting, Proposals.AreRequired || waiting + decided > 0);
    }
}
