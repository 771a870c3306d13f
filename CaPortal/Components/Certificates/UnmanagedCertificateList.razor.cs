using CaPortal.Components.Changes;
using CaPortal.Components.Shared;
using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Inspection;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace CaPortal.Components.Certificates;

/// <summary>What this machine trusts and CaPortal does not manage: what somebody else added, or the operating system's own roots.</summary>
public sealed partial class UnmanagedCertificateList
{
    private readonly Selection<CaCertificateKey> _selection = new();
    private LiveView _live = null!;
    private RowMenu<UnmanagedCertificate>? _menu;
    private IReadOnlyList<UnmanagedCertificate>? _certificates;
    private IReadOnlyList<UnreadTrustStore> _unread = [];
    private (string? Search, CaStore? Store) _shown;

    [Inject]
    public required LiveUpdates Updates { get; init; }

    [Inject]
    public required MachineTrust Machine { get; init; }

    [Inject]
    public required IDialogService Dialogs { get; init; }

    [CascadingParameter]
    public required Actor Actor { get; set; }

    /// <summary>Which certificates.</summary>
    [Parameter, EditorRequired]
    public UnmanagedSource Source { get; set; }

    /// <summary>Words that must all occur.</summary>
    [Parameter, EditorRequired]
    public string? Search { get; set; }

    /// <summary>Only this store.</summary>
    [Parameter, EditorRequired]
    public CaStore? Store { get; set; }

    /// <summary>Search and filters, which make room for what can be done with a selection.</summary>
    [Parameter, EditorRequired]
    public required RenderFragment Tools { get; set; }

    /// <summary>Called with how many there are.</summary>
    [Parameter, EditorRequired]
    public EventCallback<int> CountChanged { get; set; }

    /// <summary>Clears search and store.</summary>
    [Parameter, EditorRequired]
    public EventCallback OnClear { get; set; }

    private bool IsNarrowed => !string.IsNullOrWhiteSpace(Search) || Store is not null;

    private bool IsSelectable => Source == UnmanagedSource.Found && Actor.Role == Role.Administrator;

    private string Note => Source == UnmanagedSource.Found
        ? "These are in the trust stores of this machine, but not in the list of CA certificates. Adopt what should stay, and remove what should not."
        : "These roots come with the operating system. CaPortal shows them and never changes them.";

    private Dictionary<string, object> TableAttributes => new()
    {
        ["aria-label"] = Source == UnmanagedSource.Found ? "Found on this machine" : "The operating system's own roots",
    };

    protected override Task OnInitializedAsync()
    {
        _live = Updates.For(LoadAsync, StateHasChanged, InvokeAsync, DispatchExceptionAsync);
        return _live.ReloadAsync();
    }

    protected override async Task OnParametersSetAsync()
    {
        if (_certificates is null || _shown == (Search, Store))
            return;
        _selection.Clear();
        await _live.ReloadAsync();
    }

    public void Dispose() => _live.Dispose();

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        var asked = _shown = (Search, Store);
        var list = Source == UnmanagedSource.Found
            ? await Machine.ListFoundAsync(Search, cancellationToken)
            : await Machine.ListOperatingSystemRootsAsync(Search, cancellationToken);

        // Something else may have been searched for meanwhile, and may have been faster.
        if (asked != _shown)
            return;
        _certificates = [.. list.Certificates.Where(c => Store is null || c.Key.Store == Store)];
        (_unread, _selection.Total, _live.Problem) = (list.Unread, _certificates.Count, null);
        _selection.KeepOnly(_certificates.Select(c => c.Key));
        await CountChanged.InvokeAsync(_certificates.Count);
    }

    private Task SelectAllAsync() =>
        _selection.SelectAllAsync(() => Task.FromResult<IReadOnlyList<CaCertificateKey>?>([.. _certificates!.Select(c => c.Key)]));

    private static string PlacesText(UnmanagedCertificate certificate) => string.Join('\n', certificate.Places.Select(p => p.Location));

    private Task ViewAsync(CaCertificateKey key) => UnmanagedDrawer.ShowAsync(Dialogs, key);

    private async Task AdoptAsync(IReadOnlyCollection<CaCertificateKey> keys) => await FinishAsync(await AdoptDialog.ShowAsync(Dialogs, keys, Actor));

    private async Task RemoveAsync(IReadOnlyCollection<CaCertificateKey> keys) =>
        await FinishAsync(await ChangeDialog.ShowAsync(Dialogs, ChangeKind.RemoveFound, keys, Actor));

    private async Task FinishAsync(ChangeOutcome? outcome)
    {
        if (outcome is not (ChangeOutcome.Applied or ChangeOutcome.Proposed))
            return;
        _selection.Clear();
    }
}
