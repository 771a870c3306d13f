using CaPortal.Components.BackEnds;
using CaPortal.Components.Certificates;
using CaPortal.Components.Shared;
using CaPortal.Core.Access;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace CaPortal.Components.Layout;

/// <summary>Opens the drawer that the page's address has, on every page.</summary>
public sealed class DrawerOpener : ComponentBase, IDisposable
{
    [Inject]
    public required OpenDrawers OpenDrawers { get; init; }

    [Inject]
    public required IDialogService Dialogs { get; init; }

    /// <summary>Who looks at it.</summary>
    [Parameter, EditorRequired]
    public required Actor Actor { get; set; }

    protected override void OnAfterRender(bool firstRender)
    {
        if (!firstRender)
            return;
        OpenDrawers.IsWanted += Open;
        Open();
    }

    public void Dispose() => OpenDrawers.IsWanted -= Open;

    private void Open()
    {
        if (OpenDrawers.Wanted is { } name)
            _ = InvokeAsync(() => OpenAsync(name));
    }

    private Task OpenAsync(string name) =>
        DrawerNames.BackEndOf(name) is { } backEnd ? BackEndDrawer.ShowAsync(Dialogs, backEnd, Actor)
        : DrawerNames.CertificateOf(name) is not var (key, isManaged) ? Task.CompletedTask
        : isManaged ? CertificateDrawer.ShowAsync(Dialogs, key)
        : UnmanagedDrawer.ShowAsync(Dialogs, key);
}
