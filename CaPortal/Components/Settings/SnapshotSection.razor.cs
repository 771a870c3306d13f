using CaPortal.Components.Changes;
using CaPortal.Components.Shared;
using CaPortal.Core;
using CaPortal.Core.Access;
using CaPortal.Core.Changes;
using CaPortal.Core.Nodes;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Options;
using MudBlazor;

namespace CaPortal.Components.Settings;

/// <summary>What the trust stores held before the last changes: to look at, and to go back to.</summary>
public sealed partial class SnapshotSection
{
    private LiveView _live = null!;
    private IReadOnlyList<SnapshotSummary>? _snapshots;

    [Inject]
    public required LiveUpdates Updates { get; init; }

    [Inject]
    public required CertificateChanges Changes { get; init; }

    [Inject]
    public required IDialogService Dialogs { get; init; }

    [Inject]
    public required IOptions<CoreOptions> Options { get; init; }

    /// <summary>Who acts.</summary>
    [Parameter, EditorRequired]
    public required Actor Actor { get; set; }

    /// <summary>The trust stores, for their titles.</summary>
    [Parameter, EditorRequired]
    public required IReadOnlyList<TrustStoreView> TrustStores { get; set; }

    private string LeadText => Options.Value.Snapshots == 0
        ? $"None are kept ({CoreOptions.Section}:{nameof(CoreOptions.Snapshots)} is 0)."
        : "Before each change CaPortal keeps everything that the trust stores hold, also what others put there. "
            + $"The last {Options.Value.Snapshots:N0} are kept ({CoreOptions.Section}:{nameof(CoreOptions.Snapshots)}).";

    protected override Task OnInitializedAsync()
    {
        _live = Updates.For(LoadAsync, StateHasChanged, InvokeAsync, DispatchExceptionAsync);
        return _live.ReloadAsync();
    }

    public void Dispose() => _live.Dispose();

    private async Task LoadAsync(CancellationToken cancellationToken) => (_snapshots, _live.Problem) = (await Changes.SnapshotsAsync(cancellationToken), null);

    private async Task CompareAsync(SnapshotSummary snapshot) => await SnapshotDialog.ShowAsync(Dialogs, snapshot, Actor);

    private async Task RestoreAsync(SnapshotSummary snapshot) => await ChangeDialog.ShowAsync(Dialogs, snapshot.Id, Actor);

    private string CountsText(SnapshotSummary snapshot) => snapshot.Certificates.Count == 0
        ? "No trust store could be read"
        : string.Join(" · ", snapshot.Certificates.Select(c => $"{TrustStores.FirstOrDefault(t => t.Name == c.Key)?.Title ?? c.Key}: {c.Value:N0}"));

    private static string NameOf(SnapshotSummary snapshot) => $"the snapshot of revision {snapshot.Revision}, number {snapshot.Id}";
}
