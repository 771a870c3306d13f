using CaPortal.Components.Shared;
using CaPortal.Core;
using CaPortal.Core.Access;
using CaPortal.Core.Backups;
using CaPortal.Core.Changes;
using CaPortal.Core.Nodes;
using CaPortal.Core.TrustStores;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Options;

namespace CaPortal.Components.Settings;

/// <summary>The trust stores of this machine, and how programs come to read them.</summary>
public sealed partial class SettingsPage
{
    private LiveView _live = null!;
    private TrustStoreOverview? _overview;

    [Inject]
    public required LiveUpdates Updates { get; init; }

    [Inject]
    public required MachineTrust Machine { get; init; }

    [Inject]
    public required BackupService Backups { get; init; }

    [Inject]
    public required IOptions<CoreOptions> Options { get; init; }

    [CascadingParameter]
    public required Actor Actor { get; set; }

    private List<TrustStoreView> Unusable => [.. _overview!.InUse.Where(t => !t.State.IsEnabled)];

    private string DriftText => Options.Value.Drift == DriftResponse.Heal
        ? "What somebody else changes there is put right at once."
        : "What somebody else changes there is shown and stays until it is repaired "
            + $"({CoreOptions.Section}:{nameof(CoreOptions.Drift)} is {nameof(DriftResponse.Report)}).";

    protected override Task OnInitializedAsync()
    {
        _live = Updates.For(LoadAsync, StateHasChanged, InvokeAsync, DispatchExceptionAsync, LiveTopics.Verification);
        return _live.ReloadAsync();
    }

    public void Dispose() => _live.Dispose();

    private async Task LoadAsync(CancellationToken cancellationToken) => (_overview, _live.Problem) = (await Machine.TrustStoresAsync(cancellationToken), null);
}
