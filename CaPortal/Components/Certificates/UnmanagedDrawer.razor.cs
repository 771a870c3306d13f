using CaPortal.Components.Shared;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Inspection;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace CaPortal.Components.Certificates;

/// <summary>All about a certificate that is not under management, at the side of the list.</summary>
public sealed partial class UnmanagedDrawer
{
    private LiveView _live = null!;
    private UnmanagedView? _view;

    [Inject]
    public required LiveUpdates Updates { get; init; }

    [Inject]
    public required MachineTrust Machine { get; init; }

    /// <summary>The certificate.</summary>
    [Parameter, EditorRequired]
    public CaCertificateKey Key { get; set; }

    protected override string Name => DrawerNames.OfUnmanaged(Key);

    private bool IsOperatingSystems => IsOperatingSystemsOwn(_view!.Certificate);

    /// <summary>Opens it, until it is closed.</summary>
    public static Task ShowAsync(IDialogService dialogs, CaCertificateKey key) =>
        ShowAsync(dialogs, "Certificate", new DialogParameters<UnmanagedDrawer> { { d => d.Key, key } });

    /// <summary>Where the certificate can be downloaded.</summary>
    /// <param name="certificate">The certificate.</param>
    /// <param name="form">The file name's extension.</param>
    public static string DownloadOf(UnmanagedCertificate certificate, string form) =>
        $"api/v1/{(IsOperatingSystemsOwn(certificate) ? "operating-system-roots" : "found-certificates")}/{certificate.Key.Sha256}.{form}";

    protected override Task OnInitializedAsync()
    {
        _live = Updates.For(LoadAsync, StateHasChanged, InvokeAsync, DispatchExceptionAsync);
        return _live.ReloadAsync();
    }

    public void Dispose() => _live.Dispose();

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        _view = await Machine.ViewUnmanagedAsync(Key, cancellationToken);
        _live.Problem = _view is null ? "This certificate is not among those found any more. It may be managed now, or gone from this machine." : null;

        // The title is drawn by the dialog's frame.
        Dialog.StateHasChanged();
    }

    private static bool IsOperatingSystemsOwn(UnmanagedCertificate certificate) => certificate.Places.All(p => p.TrustStore is null);
}
