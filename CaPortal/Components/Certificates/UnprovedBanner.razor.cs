using CaPortal.Components.Shared;
using CaPortal.Core.Access;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Inventory;
using CaPortal.Core.Nodes;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace CaPortal.Components.Certificates;

/// <summary>Says that the list is not the one that the activity log proves, and offers to end that.</summary>
public sealed partial class UnprovedBanner
{
    private const int MaxNames = 5;
    private const int HashLength = 16;

    private LiveView _live = null!;
    private ListDiscrepancy? _found;

    [Inject]
    public required LiveUpdates Updates { get; init; }

    [Inject]
    public required MachineTrust Machine { get; init; }

    [Inject]
    public required UnprovedList List { get; init; }

    [Inject]
    public required Maintenance Maintenance { get; init; }

    [Inject]
    public required IDialogService Dialogs { get; init; }

    [CascadingParameter]
    public required Actor Actor { get; set; }

    private string AcceptTitle => _found?.Earlier is null ? "Accept the present list" : "Go on with this list";

    protected override Task OnInitializedAsync()
    {
        _live = Updates.For(LoadAsync, StateHasChanged, InvokeAsync, DispatchExceptionAsync, LiveTopics.Verification);
        return _live.ReloadAsync();
    }

    public void Dispose() => _live.Dispose();

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        _found = await List.FindAsync(cancellationToken);
        _live.Problem = null;
    }

    private Task RestoreAsync() => ReasonDialog.ShowAsync(
        Dialogs,
        "Restore the proved list",
        "What is not in the proved list leaves the list, what is missing comes back, and the trust stores are brought to it.",
        "Restore",
        reason => DoneAsync(List.RestoreAsync(Actor, reason)));

    private Task KeepAsync() => ReasonDialog.ShowAsync(
        Dialogs,
        "Keep what is trusted now",
        "The list is changed into what the trust stores hold of it: what would be trusted again goes to the recycle bin, "
            + "what would be taken away comes back from there. Programs notice nothing.",
        "Keep",
        reason => DoneAsync(List.KeepTrustedAsync(Actor, reason)));

    private Task AcceptAsync() => ReasonDialog.ShowAsync(
        Dialogs,
        AcceptTitle,
        _found?.Earlier is null
            ? "The list counts as proved as it is now, and the trust stores are brought to it: "
                + "programs on this machine trust what somebody put into the database."
            : "The trust stores are brought to this earlier list: what was deleted since is trusted again.",
        _found?.Earlier is null ? "Accept" : "Go on",
        reason => DoneAsync(List.AcceptAsync(Actor, reason)));

    private async Task<string?> DoneAsync(Task<UnprovedListOutcome> settling)
    {
        switch (await settling)
        {
            case UnprovedListOutcome.Done:
                // It changes the trust stores, and goes on when the page is closed.
                await Maintenance.RunAsync(CancellationToken.None);
                await _live.ReloadAsync();
                return null;
            case UnprovedListOutcome.Refused refused:
                return refused.Message;
            default:
                return "Your role may look, but not change. Ask an administrator.";
        }
    }

    private static string Names(IReadOnlyList<NamedCertificate> certificates)
    {
        var names = string.Join(", ", certificates.Take(MaxNames)
            .Select(c => $"{DisplayText.Shorten(c.Name)} ({c.Key.Store.DisplayName}, SHA-256 {c.Key.Sha256[..HashLength]}…)"));
        return certificates.Count > MaxNames ? $"{names} and {certificates.Count - MaxNames:N0} more" : names;
    }
}
