using CaPortal.Components.Shared;
using CaPortal.Core.Approvals;
using Microsoft.AspNetCore.Components;

namespace CaPortal.Components.Approvals;

/// <summary>Says that changes wait for approval, where there are any.</summary>
public sealed partial class WaitingBanner
{
    private LiveView _live = null!;
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

    private async Task LoadAsync(CancellationToken cancellationToken) => _waiting = (await Proposals.CountAsync(cancellationToken)).Waiting;
}
