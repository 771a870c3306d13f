using CaPortal.Components.Shared;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Nodes;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace CaPortal.Components.Certificates;

/// <summary>All about a certificate, at the side of the list. It is a dialog, so that the keyboard stays in it and Escape closes it.</summary>
public sealed partial class CertificateDrawer
{
    private LiveView _live = null!;
    private CertificateView? _view;

    [Inject]
    public required LiveUpdates Updates { get; init; }

    [Inject]
    public required MachineTrust Machine { get; init; }

    /// <summary>The certificate.</summary>
    [Parameter, EditorRequired]
    public CaCertificateKey Key { get; set; }

    protected override string Name => DrawerNames.Of(Key);

    /// <summary>Opens it, until it is closed.</summary>
    public static Task ShowAsync(IDialogService dialogs, CaCertificateKey key) =>
        ShowAsync(dialogs, "Certificate", new DialogParameters<CertificateDrawer> { { d => d.Key, key } });

    protected override Task OnInitializedAsync()
    {
        _live = Updates.For(LoadAsync, StateHasChanged, InvokeAsync, DispatchExceptionAsync);
        return _live.ReloadAsync();
    }

    public void Dispose() => _live.Dispose();

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        _view = await Machine.ViewAsync(Key, cancellationToken);
        _live.Problem = _view is null ? "This certificate is not in the list any more. It may be in the recycle bin." : null;

        // The title is drawn by the dialog's frame.
        Dialog.StateHasChanged();
    }

    private string Download(string form) => CertificateLinks.DownloadOf(Key, form);
}
