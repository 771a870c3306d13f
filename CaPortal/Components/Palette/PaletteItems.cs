using CaPortal.Components.BackEnds;
using CaPortal.Components.Certificates;
using CaPortal.Components.Shared;
using CaPortal.Core.Access;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.Inventory;
using MudBlazor;

namespace CaPortal.Components.Palette;

/// <summary>Finds what the palette leads to.</summary>
/// <param name="certificates">The list of CA certificates.</param>
/// <param name="backEnds">The back-ends.</param>
public sealed class PaletteItems(CertificateList certificates, BackEndService backEnds)
{
    private const int MaxFound = 6;

    private static readonly IReadOnlyList<PaletteItem> _pages =
    [
        new PaletteItem.Place("Home", "Page", Icons.Material.Outlined.Home, "./"),
        new PaletteItem.Place("CA certificates", "Page", Icons.Material.Outlined.WorkspacePremium, "ca-certificates"),
        new PaletteItem.Place("Recycle bin", "Page", Icons.Material.Outlined.Delete, "ca-certificates/recycle-bin"),
        new PaletteItem.Place("Found on this machine", "Page", Icons.Material.Outlined.TravelExplore, "ca-certificates?show=found"),
        new PaletteItem.Place("Back-ends", "Page", Icons.Material.Outlined.Dns, "back-ends"),
        new PaletteItem.Place("Programs", "Page", Icons.Material.Outlined.Apps, "programs"),
        new PaletteItem.Place("Expiry", "Page", Icons.Material.Outlined.EventBusy, "expiry"),
        new PaletteItem.Place("Approvals", "Page", Icons.Material.Outlined.HowToReg, "approvals"),
        new PaletteItem.Place("Activity", "Page", Icons.Material.Outlined.History, "activity"),
        new PaletteItem.Place("Settings", "Page", Icons.Material.Outlined.Settings, "settings"),
    ];

    private readonly IReadOnlyList<PaletteItem> _deeds =
    [
        new PaletteItem.Deed("Add CA certificates", Icons.Material.Filled.Add, AddCertificateDialog.ShowAsync),
        new PaletteItem.Deed("Add back-ends", Icons.Material.Filled.Add, (dialogs, actor) => AddBackEndsAsync(backEnds, dialogs, actor)),
    ];

    /// <summary>What fits a text: all pages and deeds, and nothing else, where it is blank.</summary>
    /// <exception cref="DatabaseException" />
    public async Task<IReadOnlyList<PaletteItem>> FindAsync(string text, Actor actor, CancellationToken cancellationToken)
    {
        var words = text.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries);
        var known = (actor.Role == Role.Administrator ? _deeds.Concat(_pages) : _pages)
            .Where(i => words.All(w => i.Title.Contains(w, StringComparison.OrdinalIgnoreCase)));
        if (words.Length == 0)
            return [.. known];
        var found = await certificates.ListAsync(new CaCertificateQuery { Search = text, Top = MaxFound }, cancellationToken);
        var called = await backEnds.ListAsync(new BackEndQuery { Search = text, Top = MaxFound }, cancellationToken);
        return [.. known, .. found.Certificates.Select(ItemOf), .. called.BackEnds.Select(ItemOf)];
    }

    private static async Task AddBackEndsAsync(BackEndService backEnds, IDialogService dialogs, Actor actor)
    {
        if (await BackEndDialog.ShowAsync(dialogs, null, actor) is not { Count: > 0 } added)
            return;
        try
        {
            await backEnds.TestAsync(added, actor, null, CancellationToken.None);
        }
        catch (DatabaseException)
        {
            // They are in the list, which says that they are not tested yet.
        }
    }

    private static PaletteItem.Place ItemOf(CaCertificate certificate) => new(
        DisplayText.Shorten(certificate.Facts.Name),
        certificate.Key.Store.DisplayName,
        Icons.Material.Outlined.WorkspacePremium,
        $"ca-certificates?open={DrawerNames.Of(certificate.Key)}")
    { Note = certificate.Key.Sha256[..8] };

    private static PaletteItem.Place ItemOf(BackEndSummary backEnd) => new(
        DisplayText.Shorten(backEnd.Name), "Back-end", Icons.Material.Outlined.Dns, $"back-ends?open={DrawerNames.Of(backEnd.Id)}")
    {
        Note = DisplayText.Shorten(backEnd.Address.ToString()),
    };
}
