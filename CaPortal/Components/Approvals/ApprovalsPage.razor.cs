using CaPortal.Components.Shared;
using CaPortal.Core.Access;
using CaPortal.Core.Approvals;
using CaPortal.Core.Changes;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace CaPortal.Components.Approvals;

/// <summary>Changes that wait for another administrator, and those that were decided recently.</summary>
public sealed partial class ApprovalsPage
{
    private LiveView _live = null!;
    private IReadOnlyList<ProposalSummary>? _proposals;
    private long? _opened;

    [Inject]
    public required LiveUpdates Updates { get; init; }

    [Inject]
    public required ProposalService Proposals { get; init; }

    [Inject]
    public required IDialogService Dialogs { get; init; }

    /// <summary>The proposal that a link leads to; null where it leads to all.</summary>
    [Parameter]
    public long? Id { get; set; }

    [CascadingParameter]
    public required Actor Actor { get; set; }

    protected override Task OnInitializedAsync()
    {
        _live = Updates.For(LoadAsync, StateHasChanged, InvokeAsync, DispatchExceptionAsync);
        return _live.ReloadAsync();
    }

    public void Dispose() => _live.Dispose();

    private async Task LoadAsync(CancellationToken cancellationToken) => (_proposals, _live.Problem) = (await Proposals.ListAsync(cancellationToken), null);

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (Id == _opened)
            return;
        _opened = Id;
        if (Id is { } id)
            await OpenAsync(id);
    }

    private Task OpenAsync(long id) => ProposalDialog.ShowAsync(Dialogs, id, Actor);
}
