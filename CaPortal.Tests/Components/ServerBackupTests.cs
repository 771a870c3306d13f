using Bunit;
using CaPortal.Components.Settings;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Components;

/// <summary>What Settings says of backups where the list is on a database server.</summary>
[OnPostgres]
public sealed class ServerBackupTests : ComponentTest
{
    [Fact]
    public void Section_ListOnADatabaseServer_SaysWhoseBackupsCountAndOffersNone()
    {
        var page = RenderPage<SettingsPage>();
        Host.WaitForElement("section[aria-labelledby=backups]");

        var lead = Assert.Single(Texts(page, "section[aria-labelledby=backups] .section-lead"));
        Assert.Contains("dumps of your operations team", lead, StringComparison.Ordinal);
        Assert.DoesNotContain("every day", lead, StringComparison.Ordinal);
        Assert.Empty(page.FindAll("section[aria-labelledby=backups] button"));
    }
}
