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
    private ElementReference _heading;
    private bool _isNext;

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
        (_isNext, _key, _view) = (_key is not null, key, null);
        return _live.ReloadAsync();
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        // The router gives the focus to another page alone, and what led to this certificate is gone.
        if (!_isNext || (_view is null && _live.Problem is null))
            return;
        _isNext = false;
        await _heading.FocusAsync();
    }

    public void Dispose() => _live.Dispose();

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        var key = _key;
        var view = key is { } wanted ? await Machine.ViewAsync(wanted, cancellationToken) : null;

        // Somebody has gone on to another one meanwhile.
        if (key == _key)
            (_view, _live.Problem) = (view, view is null ? "This certificate is not in the list. It may be in the other store or in the recycle bin." : null);
    }

    /// <summary>A moved certificate has another address, a deleted one has none.</summary>
    private void Follow(ChangeKind kind) =>
        Navigation.NavigateTo(
            kind == ChangeKind.Move && _key is { } key ? CertificateLinks.PageOf(key with { Store = key.Store.Other }) : "ca-certificates", replace: true);
}
