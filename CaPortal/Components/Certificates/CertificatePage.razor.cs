using CaPortal.Components.Shared;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Nodes;
using Microsoft.AspNetCore.Components;

namespace CaPortal.Components.Certificates;

/// <summary>All about one certificate of the list on a page of its own: to read, to send as a link, and to print.</summary>
public sealed partial class CertificatePage
{
    private LiveView _live = null!;
    private CertificateView? _view;
    private CaCertificateKey? _key;

    [Inject]
    public required LiveUpdates Updates { get; init; }

    [Inject]
    public required MachineTrust Machine { get; init; }

    [Inject]
    public required BrowserInterop Browser { get; init; }

    [Inject]
    public required NavigationManager Navigation { get; init; }

    /// <summary>Its store, as addresses name it.</summary>
    [Parameter]
    public string Store { get; set; } = "";

    /// <summary>Its SHA-256, 64 hexadecimal digits.</summary>
    [Parameter]
    public string Sha256 { get; set; } = "";

    private string Title => _view is null ? "Certificate" : DisplayText.Shorten(_view.Certificate.Facts.Name);

    protected override void OnInitialized() => _live = Updates.For(LoadAsync, StateHasChanged, InvokeAsync, DispatchExceptionAsync);

    protected override Task OnParametersSetAsync()
    {
        var key = CertificateLinks.KeyOf(Store, Sha256);
        if (_view is not null && key == _key)
            return Task.CompletedTask;
        (_key, _view) = (key, null);
        return _live.ReloadAsync();
    }

    public void Dispose() => _live.Dispose();

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        var view = _key is { } key ? await Machine.ViewAsync(key, cancellationToken) : null;
        (_view, _live.Problem) = (view, view is null ? "This certificate is not in the list. It may be in the other store or in the recycle bin." : null);
    }

    /// <summary>A moved certificate has another address, a deleted one has none.</summary>
    private void Follow(ChangeKind kind) =>
        Navigation.NavigateTo(
            kind == ChangeKind.Move && _key is { } key ? CertificateLinks.PageOf(key with { Store = key.Store.Other }) : "ca-certificates", replace: true);
}
