using CaPortal.Core.Approvals;
using Microsoft.AspNetCore.Components;

namespace CaPortal.Components.Approvals;

/// <summary>Says that changes wait for approval, where there are any.</summary>
public sealed partial class WaitingBanner
{
    private int _waiting;

    [Inject]
    public required ProposalService Proposals { get; init; }

    protected override async Task LoadAsync() => _waiting = (await Proposals.CountAsync(CancellationToken.None)).Waiting;
}
