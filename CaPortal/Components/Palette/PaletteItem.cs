using CaPortal.Core.Access;
using MudBlazor;

namespace CaPortal.Components.Palette;

/// <summary>Something that the palette leads to: a page, a certificate, a back-end, or something to do.</summary>
/// <param name="Title">What it is called. Safe to show.</param>
/// <param name="Kind">What kind of thing it is.</param>
/// <param name="Icon">Its picture.</param>
public abstract record PaletteItem(string Title, string Kind, string Icon)
{
    /// <summary>What tells it from others of the same name; null if nothing is needed. Safe to show.</summary>
    public string? Note { get; init; }

    /// <summary>Leads to an address.</summary>
    /// <inheritdoc cref="PaletteItem"/>
    /// <param name="Title">As of the base.</param>
    /// <param name="Kind">As of the base.</param>
    /// <param name="Icon">As of the base.</param>
    /// <param name="Address">The address, relative to the portal.</param>
    public sealed record Place(string Title, string Kind, string Icon, string Address) : PaletteItem(Title, Kind, Icon);

    /// <summary>Something to do.</summary>
    /// <inheritdoc cref="PaletteItem"/>
    /// <param name="Title">As of the base.</param>
    /// <param name="Icon">As of the base.</param>
    /// <param name="Run">Does it.</param>
    public sealed record Deed(string Title, string Icon, Func<IDialogService, Actor, Task> Run) : PaletteItem(Title, "Action", Icon);
}
