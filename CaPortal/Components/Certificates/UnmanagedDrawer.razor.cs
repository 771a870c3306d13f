using CaPortal.Core.Certificates;
using CaPortal.Core.Inspection;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace CaPortal.Components.Certificates;

/// <summary>A certificate that is not under management in full, at the side of the list.</summary>
public sealed partial class UnmanagedDrawer
{
    private UnmanagedView? _view;

    /// <summary>The certificate.</summary>
    [Parameter, EditorRequired]
    public CaCertificateKey Key { get; set; }

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = null!;

    private bool IsOperatingSystems => IsOperatingSystemsOwn(_view!.Certificate);

    /// <summary>Opens it, until it is closed.</summary>
    public static async Task ShowAsync(IDialogService dialogs, CaCertificateKey key)
    {
        var dialog = await dialogs.ShowAsync<UnmanagedDrawer>(
            "Certificate",
            new DialogParameters<UnmanagedDrawer> { { d => d.Key, key } },
            new DialogOptions { Position = DialogPosition.CenterRight, NoHeader = false, BackdropClick = true, FullWidth = false, MaxWidth = MaxWidth.False });
        await dialog.Result;
    }

    /// <summary>Where the certificate can be downloaded.</summary>
    /// <param name="certificate">The certificate.</param>
    /// <param name="form">The file name's extension.</param>
    public static string DownloadOf(UnmanagedCertificate certificate, string form) =>
        $"api/v1/{(IsOperatingSystemsOwn(certificate) ? "operating-system-roots" : "found-certificates")}/{certificate.Key.Sha256}.{form}";

    protected override async Task LoadAsync()
    {
        _view = await Machine.ViewUnmanagedAsync(Key, CancellationToken.None);
        Problem = _view is null ? "This certificate is not among those found any more. It may be managed now, or gone from this machine." : null;

        // The title is drawn by the dialog's frame.
        Dialog.StateHasChanged();
    }

    private static bool IsOperatingSystemsOwn(UnmanagedCertificate certificate) => certificate.Places.All(p => p.TrustStore is null);
}
