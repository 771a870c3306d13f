using CaPortal.Components.Changes;
using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using CaPortal.Core.Inventory;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace CaPortal.Components.Certificates;

/// <summary>What an administrator does with one certificate of the list.</summary>
public sealed partial class CertificateActions
{
    [Inject]
    public required IDialogService Dialogs { get; init; }

    [Inject]
    public required CertificateList Certificates { get; init; }

    /// <summary>Who acts.</summary>
    [CascadingParameter]
    public required Actor Actor { get; set; }

    /// <summary>The certificate.</summary>
    [Parameter, EditorRequired]
    public required CaCertificate Certificate { get; set; }

    /// <summary>Called once it is moved or deleted.</summary>
    [Parameter]
    public EventCallback<ChangeKind> OnChanged { get; set; }

    /// <summary>What else can be done.</summary>
    [Parameter]
    public RenderFragment? ChildContent { get; set; }

    private async Task ChangeAsync(ChangeKind kind)
    {
        var key = Certificate.Key;
        if (await ChangeDialog.ShowAsync(Dialogs, kind, [key], Actor) is not ChangeOutcome.Applied)
            return;
        try
        {
            // In the dialog it may have been taken back.
            if ((await Certificates.FindAsync(key.Sha256, CancellationToken.None)).All(c => c.Key != key))
                await OnChanged.InvokeAsync(kind);
        }
        catch (DatabaseException)
        {
            // The page says so by itself.
        }
    }
}
