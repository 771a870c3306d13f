using CaPortal.Components.BackEnds;
using CaPortal.Components.Certificates;
using CaPortal.Core.Access;
using CaPortal.Core.Monitoring;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace CaPortal.Components.Home;

/// <summary>What needs somebody, the worst first. Each leads to where it can be looked at.</summary>
public sealed partial class MatterList
{
    [Inject]
    public required IDialogService Dialogs { get; init; }

    /// <summary>What needs somebody.</summary>
    [Parameter, EditorRequired]
    public required IReadOnlyList<Matter> Matters { get; set; }

    /// <summary>Who looks at it.</summary>
    [Parameter, EditorRequired]
    public required Actor Actor { get; set; }

    private Task OpenAsync(MatterSubject subject) => subject switch
    {
        { Certificate: { } key } => CertificateDrawer.ShowAsync(Dialogs, key),
        { BackEndId: { } id } => BackEndDrawer.ShowAsync(Dialogs, id, Actor),
        _ => Task.CompletedTask,
    };
}
