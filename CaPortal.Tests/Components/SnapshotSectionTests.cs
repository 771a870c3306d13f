using System.Security.Cryptography.X509Certificates;
using System.Text;
using Bunit;
using CaPortal.Components.Settings;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Components;

public sealed class SnapshotSectionTests : ComponentTest
{
    private readonly X509Certificate2 _first = TestCertificates.Root("First Root");
    private readonly X509Certificate2 _second = TestCertificates.Root("Second Root");

    [Fact]
    public void Section_BeforeTheFirstChange_SaysWhenThereWillBeOne()
    {
        var page = RenderPage<SettingsPage>();

        Eventually(() => Assert.Contains("There is none yet: the first is taken before the next change.", Texts(page, ".section-lead")));
        Assert.Empty(page.FindAll(".snapshot-table"));
    }

    [Fact]
    public async Task Section_AfterChanges_TellsWhenBeforeWhatAndByWhom()
    {
        await Core.AddAsync(_first);
        await Core.DeleteAsync(TestCore.KeyOf(_first));
        Time.Advance(TimeSpan.FromHours(3));
        var page = RenderPage<SettingsPage>();

        Eventually(() => Assert.Equal(
            [
                "3 hours ago", "anna@example.org deleted certificates (revision 2)", "PEM bundle files: 1", "Compare Restore",
                "3 hours ago", "anna@example.org added certificates (revision 1)", "PEM bundle files: 0", "Compare Restore",
            ],
            Texts(page, ".snapshot-table td").Select(t => t.Replace("CompareRestore", "Compare Restore", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task Compare_AfterChanges_NamesWhatCameAndWhatWent()
    {
        await Core.AddAsync(_first);
        await Core.AddAsync(_second);
        await Core.DeleteAsync(TestCore.KeyOf(_first));
        var page = RenderPage<SettingsPage>();
        Press(page, "Compare the snapshot of revision 1, number 2");

        Eventually(() => Assert.Equal(["PEM bundle files"], Texts(Host, ".difference h3")));
        Assert.Equal(["New since then:", "Gone since then:"], Texts(Host, ".difference p"));
        Assert.Equal(["Second Root Trusted root", "First Root Trusted root"], Texts(Host, ".difference li"));
    }

    [Fact]
    public async Task Compare_WithAHostileName_ShowsItHarmlessly()
    {
        await Core.AddAsync(_first);
        var hostile = new RawCertificate { Name = RawCertificate.CommonName(0x0C, Encoding.UTF8.GetBytes("<img src=x>\u202E")) }.Build();
        await File.WriteAllTextAsync(Core.RootsFile, $"-----BEGIN CERTIFICATE-----\n{Convert.ToBase64String(hostile)}\n-----END "
            + "CERTIFICATE-----\n", Cancellation);
        var page = RenderPage<SettingsPage>();
        Press(page, "Compare the snapshot of revision 0, number 1");

        Eventually(() => Assert.Equal([@"<img src=x>\u{202E} Trusted root, put there by somebody else"], Texts(Host, ".difference li")));
        Assert.Empty(Host.FindAll(".difference img"));
    }

    [Fact]
    public async Task Compare_WithNoDifference_SaysSoAndOffersNoRestore()
    {
        await Core.AddAsync(_first);
        await Core.DeleteAsync(TestCore.KeyOf(_first));
        var page = RenderPage<SettingsPage>();
        Press(page, "Compare the snapshot of revision 0, number 1");

        Eventually(() => Assert.Equal(["Every trust store holds exactly what it held then."], Texts(Host, ".mud-dialog [role=status]")));
        Assert.False(HasButton(Host, "Restore"));
    }

    [Fact]
    public async Task Restore_OfASnapshot_SaysWhatItWillDoAndShowsTheSteps()
    {
        await Core.AddAsync(_first);
        await Core.AddAsync(_second);
        await Core.DeleteAsync(TestCore.KeyOf(_first));
        var page = RenderPage<SettingsPage>();
        Press(page, "Compare the snapshot of revision 1, number 2");
        Press(Host, "Restore", ".mud-dialog");

        Eventually(() => Assert.Equal(["First Root", "Second Root"], Texts(Host, ".change-list strong")));
        Assert.Equal(["Trusted root, comes back", "Trusted root, is deleted"], Texts(Host, ".change-list-store"));
        Assert.Equal(["PEM bundle files: 1 added, 1 removed"], Texts(Host, ".effects li"));
        Press(Host, "Restore", ".mud-dialog");
        Eventually(() => Assert.Contains("Gone back to the snapshot", Assert.Single(Texts(Host, ".mud-dialog [role=status]")), StringComparison.Ordinal));
        Assert.Equal(["First Root"], (await Core.ListAsync()).Select(c => c.Facts.Name));
    }

    [Fact]
    public async Task Restore_WhereTheListIsAsItWas_SaysThatRepairIsForTheRest()
    {
        await Core.AddAsync(_first);
        await Core.DeleteAsync(TestCore.KeyOf(_first));
        var page = RenderPage<SettingsPage>();
        Press(page, "Restore the snapshot of revision 0, number 1");

        Eventually(() => Assert.Contains("Repair brings it back", Assert.Single(Texts(Host, ".mud-dialog [role=status]")), StringComparison.Ordinal));
        Assert.True(Button(Host, "Restore").HasAttribute("disabled"));
    }

    [Fact]
    public async Task Section_OfAReader_ComparesAndOffersNoRestore()
    {
        SignIn(TestCore.Reader);
        await Core.AddAsync(_first);
        var page = RenderPage<SettingsPage>();
        Press(page, "Compare the snapshot of revision 0, number 1");

        Eventually(() => Assert.Equal(["First Root Trusted root"], Texts(Host, ".difference li")));
        Assert.False(HasButton(Host, "Restore"));
        Assert.False(HasButton(page, "Restore the snapshot of revision 0, number 1"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Dialog_OfASnapshotThatIsNotKeptAnyMore_SaysSo(bool isRestore)
    {
        await Core.AddAsync(_first);
        var page = RenderPage<SettingsPage>();
        Button(page, "Compare the snapshot of revision 0, number 1");
        await Core.ExecuteAsync("DELETE FROM snapshot");
        Press(page, $"{(isRestore ? "Restore" : "Compare")} the snapshot of revision 0, number 1");

        Eventually(() => Assert.Contains("not kept any more", Assert.Single(Texts(Host, ".mud-dialog [role=alert]")), StringComparison.Ordinal));
    }

    protected override async ValueTask DisposeAsyncCore()
    {
        await base.DisposeAsyncCore();
        _first.Dispose();
        _second.Dispose();
    }
}
