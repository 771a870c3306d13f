using Bunit;
using CaPortal.Components.Settings;
using CaPortal.Core.Backups;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Components;

public sealed class BackupSectionTests : ComponentTest
{
    private const string Section = "section[aria-labelledby=backups]";

    private BackupService Backups => Core.Get<BackupService>();

    [Fact]
    public void BackUp_FromTheEmptyList_ListsItAndRestoresItAtTheNextStart()
    {
        var page = RenderPage<SettingsPage>();
        Eventually(() => Assert.Contains("There is none yet.", Texts(page, $"{Section} .section-lead")));
        Press(page, "Back up now");
        Host.WaitForElement($"{Section} table");
        var backup = Assert.Single(Backups.List());
        Assert.Equal(backup.Name, Texts(page, $"{Section} td")[1]);

        Press(page, $"Restore the backup {backup.Name}");
        Press(Host, "Check and restore at the next start", ".mud-dialog");
        Eventually(() => Assert.Contains("replaces the present data at the next "
            + "start", Assert.Single(Texts(page, $"{Section} [role=status]")), StringComparison.Ordinal));
        Assert.NotNull(Backups.Waiting);
        Eventually(() => Assert.Empty(Host.FindAll(".mud-dialog")));

        Press(page, "Do not restore it");
        Eventually(() => Assert.Empty(Texts(page, $"{Section} [role=status]")));
        Assert.Null(Backups.Waiting);
    }

    [Fact]
    public async Task Restore_BackupThatIsDamaged_SaysSoAndMakesNothingReady()
    {
        await Backups.BackUpAsync(TestCore.Anna, Cancellation);
        var backup = Assert.Single(Backups.List());
        await File.WriteAllTextAsync(backup.Path, "damaged", Cancellation);
        var page = RenderPage<SettingsPage>();
        Press(page, $"Restore the backup {backup.Name}");
        Press(Host, "Check and restore at the next start", ".mud-dialog");

        Eventually(() => Assert.Equal("The file is no backup of the portal, or it is damaged. Choose another "
            + "backup.", Assert.Single(Texts(Host, ".mud-dialog [role=alert]"))));
        Assert.Null(Backups.Waiting);
    }

    [Fact]
    public async Task Section_ForAReader_OffersNothing()
    {
        await Backups.BackUpAsync(TestCore.Anna, Cancellation);
        SignIn(TestCore.Reader);
        var page = RenderPage<SettingsPage>();
        Host.WaitForElement($"{Section} table");

        Assert.Empty(page.FindAll($"{Section} button"));
    }
}
