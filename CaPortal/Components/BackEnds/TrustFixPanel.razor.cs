using CaPortal.Components.Certificates;
using CaPortal.Components.Changes;
using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Inspection;
using CaPortal.Core.Probing;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace CaPortal.Components.BackEnds;

/// <summary>What would make a back-end trusted, and the button that leads there. Nothing is changed before that dialog's own Save.</summary>
public sealed partial class TrustFixPanel
{
    [Inject]
    public required IDialogService Dialogs { get; init; }

    /// <summary>What would make it trusted.</summary>
    [Parameter, EditorRequired]
    public required TrustFix Fix { get; set; }

    /// <summary>The back-end.</summary>
    [Parameter, EditorRequired]
    public required BackEndAddress Address { get; set; }

    /// <summary>Who acts.</summary>
    [Parameter, EditorRequired]
    public required Actor Actor { get; set; }

    private string Name => DisplayText.Shorten(Fix.Name);

    private string Store => Fix.Store.DisplayName;

    /// <summary>What it does, as a sentence goes on.</summary>
    private string Effect => Fix.Remaining is { } remaining
        ? $"it solves a part: the back-end is not trusted by that alone. What is left: {DisplayText.Visible(remaining)}"
        : "it makes this back-end trusted.";

    private Task<ChangeOutcome?> TrustAsync() =>
        AddCertificateDialog.ShowAsync(Dialogs, Actor, new UploadedFile($"from {Fix.PresentedBy ?? Address}", Fix.Der!.Value), Fix.Store);

    // What the address holds, and so which store fits, is not known before.
    private Task<ChangeOutcome?> AddAsync(UploadedFile file) => AddCertificateDialog.ShowAsync(Dialogs, Actor, file, null);

    private Task<ChangeOutcome?> ChangeAsync(ChangeKind kind, CaStore store) =>
        ChangeDialog.ShowAsync(Dialogs, kind, [new CaCertificateKey(store, Fix.Sha256!)], Actor);
}
