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

/// <summary>What this machine trusts without its being under management: what somebody else added, or the operating system's own roots.</summary>
public sealed partial class UnmanagedCertificateList
{
    private RowMenu<UnmanagedCertificate>? _menu;
    private IReadOnlyList<UnmanagedCertificate>? _certificates;
    private IReadOnlyList<UnreadTrustStore> _unread = [];
    private (string? Search, CaStore? Store) _shown;

    /// <summary>Which certificates.</summary>
    [Parameter, EditorRequired]
    public UnmanagedSource Source { get; set; }

    /// <summary>Words that must all occur.</summary>
    [Parameter, EditorRequired]
    public string? Search { get; set; }

    /// <summary>The store alone.</summary>
    [Parameter, EditorRequired]
    public CaStore? Store { get; set; }

    /// <summary>Search and filters, which make room for what can be done with a selection.</summary>
    [Parameter, EditorRequired]
    public required RenderFragment Tools { get; set; }

    /// <summary>Told how many there are.</summary>
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

    protected override async Task OnParametersSetAsync()
    {
        if (_certificates is null || _shown == (Search, Store))
            return;
        ClearSelection();
        await ReloadAsync();
    }

    protected override async Task LoadAsync()
    {
        _shown = (Search, Store);
        var list = Source == UnmanagedSource.Found
            ? await Machine.ListFoundAsync(Search, CancellationToken.None)
            : await Machine.ListOperatingSystemRootsAsync(Search, CancellationToken.None);
        _certificates = [.. list.Certificates.Where(c => Store is null || c.Key.Store == Store)];
        (_unread, Total, Problem) = (list.Unread, _certificates.Count, null);
        Selected.IntersectWith(_certificates.Select(c => c.Key));
        await CountChanged.InvokeAsync(_certificates.Count);
    }

    protected override Task<IReadOnlyList<CaCertificateKey>> KeysAsync() =>
        Task.FromResult<IReadOnlyList<CaCertificateKey>>([.. _certificates!.Select(c => c.Key)]);

    private static string PlacesText(UnmanagedCertificate certificate) => string.Join('\n', certificate.Places.Select(p => p.Location));

    private Task ViewAsync(CaCertificateKey key) => UnmanagedDrawer.ShowAsync(Dialogs, key);

    private async Task AdoptAsync(IReadOnlyCollection<CaCertificateKey> keys) => await FinishAsync(await AdoptDialog.ShowAsync(Dialogs, keys, Actor));

    private async Task RemoveAsync(IReadOnlyCollection<CaCertificateKey> keys) =>
        await FinishAsync(await ChangeDialog.ShowAsync(Dialogs, ChangeKind.RemoveFound, keys, Actor));

    private async Task FinishAsync(ChangeOutcome? outcome)
    {
        if (outcome is not (ChangeOutcome.Applied or ChangeOutcome.Proposed))
            return;
        ClearSelection();
    }
}
