using System.Security.Cryptography.X509Certificates;
using Bunit;
using CaPortal.Components.Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Components;

public sealed class CertificateDrawerTests : ComponentTest
{
    private readonly X509Certificate2 _root = TestCertificates.Root("Corp Root");
    private readonly X509Certificate2 _issuing;

    public CertificateDrawerTests() => _issuing = TestCertificates.Intermediate(_root, "Branch Issuing");

    [Fact]
    public async Task General_OfACertificate_ShowsWhatItSaysAndOffersDownloads()
    {
        await Core.AddAsync(_root, _issuing);
        OpenDrawer(_issuing, CaStore.CertificateAuthority);

        Eventually(() => Assert.Equal(["Branch Issuing"], Texts(Host, ".drawer h6")));
        Eventually(() => Assert.NotEmpty(Host.FindAll(".facts")));
        Assert.Equal(["Intermediate · Installed · expires in 5 years"], Texts(Host, ".drawer-sub"));
        var facts = Texts(Host, ".facts dd");
        Assert.Contains(_issuing.Thumbprint, facts);
        Assert.Contains(_issuing.SerialNumber, facts);
        Assert.Equal(["cer", "pem"], Host.FindAll(".certificate-downloads a").Select(a => a.GetAttribute("href")!.Split('.')[^1]));
        Assert.Empty(Host.FindAll(".drawer-panel .finding"));
    }

    [Fact]
    public async Task Details_OfACertificate_ShowEveryExtension()
    {
        await Core.AddAsync(_root);
        OpenDrawer(_root);
        ShowTab("Details");

        Eventually(() => Assert.NotEmpty(Host.FindAll(".extension h3")));
        Assert.Equal(["Basic constraints critical", "Key usage critical", "Subject key identifier"], Texts(Host, ".extension h3"));
        Assert.Contains("2.5.29.19", Texts(Host, ".extension-oid"));
    }

    [Fact]
    public async Task Path_WithItsRoot_EndsAtTheCertificate()
    {
        await Core.AddAsync(_root, _issuing);
        OpenDrawer(_issuing, CaStore.CertificateAuthority);
        ShowTab("Path");

        Eventually(() => Assert.Equal(["Corp Root", "Branch Issuing"], Texts(Host, ".path-name")));
        Assert.Equal(["Trusted root · in 10 years", "This certificate · in 5 years"], Texts(Host, ".path-facts"));
        Assert.Empty(Host.FindAll(".drawer-panel .mud-alert"));
    }

    [Fact]
    public async Task Path_WithoutItsRoot_NamesTheIssuerThatIsMissing()
    {
        await Core.AddAsync(_issuing);
        OpenDrawer(_issuing, CaStore.CertificateAuthority);
        ShowTab("Path");

        Eventually(() => Assert.Contains("The issuer is not known here: CN=Corp "
            + "Root", Assert.Single(Texts(Host, ".drawer-panel .mud-alert")), StringComparison.Ordinal));
    }

    [Fact]
    public async Task UsedBy_WithoutBackEnds_SaysWhatToDo()
    {
        await Core.AddAsync(_root);
        OpenDrawer(_root);
        ShowTab("Used by");

        Eventually(() => Assert.Contains("No back-ends are known yet.", Host.Find(".drawer-panel").TextContent, StringComparison.Ordinal));
    }

    [Fact]
    public async Task General_OfACertificateWithANamesake_TellsThemApartAndLeadsToTheComparison()
    {
        using var renewed = TestCertificates.Root("Corp Root");
        await Core.AddAsync(_root, renewed);
        OpenDrawer(_root);

        var (own, other) = (TestCore.KeyOf(_root), TestCore.KeyOf(renewed));
        Eventually(() => Assert.Contains($"{other.Sha256[..8]}…", Texts(Host, ".relatives a")));
        Assert.Contains($"{own.Sha256[..8]}…", Host.Find(".drawer-sub").TextContent, StringComparison.Ordinal);
        Assert.Equal(
            $"ca-certificates/compare?first=Root-{own.Sha256}&second=Root-{other.Sha256}",
            Host.FindAll(".relatives a").Single(a => a.TextContent == "Compare").GetAttribute("href"));
    }

    [Fact]
    public async Task Installed_InTheBundle_NamesTheFileAndWhenItWasReadBack()
    {
        await Core.AddAsync(_root);
        OpenDrawer(_root);
        ShowTab("Installed");

        Eventually(() => Assert.Equal(["Installed"], Texts(Host, ".place-state")));
        Assert.Equal([Core.RootsFile], Texts(Host, ".place-location"));
        Assert.Equal(["Read back just now"], Texts(Host, ".place-time"));
    }

    [Fact]
    public async Task Activity_OfACertificate_NamesWhoDidWhatAndWhyAndLeadsToAllOfIt()
    {
        await Core.AddAsync(_root);
        await Core.AddAsync(_issuing);
        await Core.ApplyAsync(await Core.Changes.PlanDeleteAsync([TestCore.KeyOf(_root)], Cancellation), TestCore.Bert, "by mistake");
        await Core.ApplyAsync(await Core.Changes.PlanRestoreAsync([TestCore.KeyOf(_root)], Cancellation), TestCore.Anna);
        OpenDrawer(_root);
        ShowTab("Activity");

        Eventually(() => Assert.Equal(
            [
                "anna@example.org restored Corp Root from the recycle bin to Trusted root",
                "bert@example.org deleted Corp Root from Trusted root",
                "anna@example.org added Corp Root to Trusted root",
            ],
            Texts(Host, ".history li > div:first-child")));
        Assert.Equal(["“by mistake”"], Texts(Host, ".history-reason"));
        Assert.Equal($"activity?certificate={TestCore.KeyOf(_root).Sha256}", Host.Find(".history-all a").GetAttribute("href"));
    }

    [Fact]
    public void Certificate_NotInTheList_SaysWhereItMayBe()
    {
        OpenDrawer(_root);

        Eventually(() => Assert.Contains("not in the list any more", Assert.Single(Texts(Host, "[role=alert]")), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Certificate_DeletedBySomebodyElse_SaysSoWhileItIsOpen()
    {
        await Core.AddAsync(_root);
        OpenDrawer(_root);
        Eventually(() => Assert.Equal(["Corp Root"], Texts(Host, ".drawer h6")));
        await Core.ApplyAsync(await Core.Changes.PlanDeleteAsync([TestCore.KeyOf(_root)], Cancellation), TestCore.Bert);

        Eventually(() => Assert.Single(Host.FindAll("[role=alert]")));
    }

    protected override async ValueTask DisposeAsyncCore()
    {
        await base.DisposeAsyncCore();
        _root.Dispose();
        _issuing.Dispose();
    }

    private void OpenDrawer(X509Certificate2 certificate, CaStore store = CaStore.Root) => _ = Open(async () =>
    {
        await CertificateDrawer.ShowAsync(Dialogs, TestCore.KeyOf(certificate, store));
        return true;
    });

    private void ShowTab(string title)
    {
        Host.WaitForElement("[role=tab]");
        Do(() => Host.FindAll("[role=tab]").Single(t => t.TextContent.Trim() == title).Click());
    }
}
