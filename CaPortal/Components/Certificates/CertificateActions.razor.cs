using CaPortal.Components.Changes;
using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace CaPortal.Components.Certificates;

/// <summary>What an administrator does with one certificate of the list.</summary>
public sealed partial class CertificateActions
{
    [Inject]
    public required IDialogService Dialogs { get; init; }

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
        if (await ChangeDialog.ShowAsync(Dialogs, kind, [Certificate.Key], Actor) is ChangeOutcome.Applied)
            await OnChanged.InvokeAsync(kind);
    }
}
