using CaPortal.Core.Approvals;
using Microsoft.AspNetCore.Components;

namespace CaPortal.Components.Approvals;

/// <summary>The menu entry of the approvals, with how many wait. It is there where changes need approval, or some were proposed.</summary>
public sealed partial class ApprovalsLink
{
    private bool _isShown;
    private int _waiting;

    [Inject]
    public required ProposalService Proposals { get; init; }

    protected override async Task LoadAsync()
    {
        var (waiting, decided) = await Proposals.CountAsync(CancellationToken.None);
        (_waiting, _isShown) = (waiting, Proposals.AreRequired || waiting + decided > 0);
    }
}
