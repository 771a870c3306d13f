using System.Security.Cryptography.X509Certificates;
using Bunit;
using CaPortal.Components.BackEnds;
using CaPortal.Core.Certificates;
using CaPortal.Core.Probing;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Components;

public sealed class BackEndDrawerTests : BackEndTest
{
    [Fact]
    public async Task Details_OfATrustedOne_ShowThePathFromTheServerToTheRoot()
    {
        await Core.AddAsync(Root);
        await OpenDrawerAsync(Serve(Issuing));

        Eventually(() => Assert.Equal(["localhost", "Branch Issuing", "Corp Root"], Texts(Host, ".chain-name")));
        Assert.Equal("Trusted", Assert.Single(Texts(Host, ".verdict-head .verdict")));
        Assert.Equal(
            ["Server certificate · sent by the server · expires in 5 "
                + "years", "Intermediate · sent by the server · expires in 5 years", "Root · in CaPortal as Trusted root · expires in 10 years"],
            Texts(Host, ".chain-facts"));
        Assert.Single(Host.FindAll(".chain-anchor"));
        Assert.Empty(Host.FindAll(".fix"));
        Assert.Contains("TLS 1.3", Texts(Host, ".drawer-content > .facts dd"));
        Assert.Contains("127.0.0.1", Texts(Host, ".drawer-content > .facts dd"));
    }

    [Fact]
    public async Task Details_IssuerInNoStore_EndAtWhatIsMissing()
    {
        await OpenDrawerAsync(Serve());

        Eventually(() => Assert.Equal(["localhost", "Branch Issuing"], Texts(Host, ".chain-name")));
        var missing = Host.Find(".chain-missing").TextContent;
        Assert.Contains(KeyIdentifierOf(Issuing), missing, StringComparison.Ordinal);
        Assert.Equal("Unknown issuer", Assert.Single(Texts(Host, ".verdict-head .verdict")));
    }

    [Fact]
    public async Task TrustThisCa_OfARootThatTheServerSent_WarnsAndMakesItTrusted()
    {
        var id = await OpenDrawerAsync(await ServeWithRootAsync());
        Eventually(() => Assert.Equal("Untrusted root", Assert.Single(Texts(Host, ".verdict-head .verdict"))));
        Assert.Equal(
            Thumbprints.Sha256(Root.RawData).ToUpperInvariant(),
            Host.Find(".fix .fingerprint-groups").TextContent.Replace(" ", "", StringComparison.Ordinal).ReplaceLineEndings(""));
        Assert.Contains("proves nothing by itself", Host.Find(".fix .mud-alert").TextContent, StringComparison.Ordinal);
        Press(Host, "Trust this CA");
        Eventually(() => Assert.Equal(["Corp Root"], Texts(Host, ".choice-name")));
        Assert.Single(Host.FindAll(".choice .fingerprint"));
        Assert.Equal("Trusted root", Host.Find(".choice .mud-toggle-item-selected").TextContent.Trim());
        Eventually(() => Assert.Contains("becomes trusted", Assert.Single(Texts(Host, ".backend-effect")), StringComparison.Ordinal));
        PressAdd();
        Eventually(() => Assert.NotEmpty(Host.FindAll(".mud-alert[role=status]")));
        Press(Host, "Close", ".add-dialog");

        Eventually(() => Assert.Equal("Trusted", Assert.Single(Texts(Host, ".verdict-head .verdict"))));
        Assert.Empty(Host.FindAll(".fix"));
        Assert.Equal(TrustVerdict.Trusted, await VerdictOfAsync(id));
    }

    [Fact]
    public async Task Fix_InTheOtherStore_LeadsToMovingIt()
    {
        await Core.ApplyAsync(Core.PlanAll(await Core.InspectAsync(TestFiles.Pem(Root)), CaStore.CertificateAuthority));
        await OpenDrawerAsync(Serve(Issuing));
        Press(Host, "Move to Trusted root");

        Eventually(() => Assert.Equal(["Move CA certificate"], Texts(Host, ".change-dialog h6")));
    }

    [Fact]
    public async Task Fix_InTheRecycleBin_LeadsToRestoringIt()
    {
        await Core.AddAsync(Root);
        await Core.DeleteAsync(TestCore.KeyOf(Root));
        await OpenDrawerAsync(Serve(Issuing));
        Eventually(() => Assert.Contains("Missing: the server did not send it, and in CaPortal it is in the recycle "
            + "bin", Host.Find(".chain-missing").TextContent, StringComparison.Ordinal));
        Assert.Contains("Restored as Trusted root, it makes this back-end trusted.", Host.Find(".fix").TextContent, StringComparison.Ordinal);
        Press(Host, "Restore");

        Eventually(() => Assert.Equal(["Restore CA certificate"], Texts(Host, ".change-dialog h6")));
    }

    [Fact]
    public async Task Fix_ThatIsNotEnough_SaysWhatIsLeft()
    {
        await Core.ApplyAsync(Core.PlanAll(await Core.InspectAsync(TestFiles.Pem(Issuing)), CaStore.CertificateAuthority));
        await Core.DeleteAsync(TestCore.KeyOf(Issuing, CaStore.CertificateAuthority));
        await OpenDrawerAsync(Serve());

        Eventually(() => Assert.Contains("Restored as Intermediate, it solves a part: the back-end is not trusted by that "
            + "alone.", Host.Find(".fix").TextContent, StringComparison.Ordinal));
        Assert.Contains("“Corp Root”", Host.Find(".fix").TextContent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Fix_SentByAnotherBackEnd_LeadsToAddingItAndWarnsUnlessATrustedRootIssuedIt(bool isRootTrusted)
    {
        if (isRootTrusted)
            await Core.AddAsync(Root);
        var whole = Serve(Issuing);
        await AddTestedAsync(AddressOf(whole), "Whole");
        await OpenDrawerAsync(Serve());

        Eventually(() => Assert.Contains($"another back-end, {AddressOf(whole)}, did.", Host.Find(".fix").TextContent, StringComparison.Ordinal));
        Assert.Contains("another back-end sends it", Host.Find(".chain-missing").TextContent, StringComparison.Ordinal);
        Assert.Equal(isRootTrusted, Host.Find(".fix").TextContent.Contains("leads to Corp Root, which is a trusted root already", StringComparison.Ordinal));
        Assert.Equal(isRootTrusted ? 0 : 1, Host.FindAll(".fix .mud-alert").Count);
        Press(Host, "Add this CA");
        Eventually(() => Assert.Equal(["Branch Issuing"], Texts(Host, ".choice-name")));
    }

    [Fact]
    public async Task Details_OfAReader_SayWhatIsWrongAndOfferNoChange()
    {
        SignIn(TestCore.Reader);
        await OpenDrawerAsync(await ServeWithRootAsync());

        Eventually(() => Assert.Equal("Untrusted root", Assert.Single(Texts(Host, ".verdict-head .verdict"))));
        Assert.False(HasButton(Host, "Test now"));
        Assert.False(HasButton(Host, "Trust this CA"));
    }

    [Fact]
    public async Task TestNow_AfterTheServerWasStopped_SaysSoAndKeepsItsChain()
    {
        await Core.AddAsync(Root);
        var server = Serve(Issuing);
        await OpenDrawerAsync(server);
        Eventually(() => Assert.Equal("Trusted", Assert.Single(Texts(Host, ".verdict-head .verdict"))));
        await server.StopAsync();
        Press(Host, "Test now");

        Eventually(() => Assert.Equal("Refused", Assert.Single(Texts(Host, ".verdict-head .verdict"))));
    }

    [Fact]
    public async Task BackEnd_DeletedBySomebodyElse_SaysSoWhileItIsOpen()
    {
        var id = await OpenDrawerAsync(Serve(Issuing));
        await Core.BackEnds.DeleteAsync([id], TestCore.Bert, Cancellation);

        Eventually(() => Assert.Equal(["This back-end is not in the list any more."], Texts(Host, "[role=alert]")));
    }

    private static string KeyIdentifierOf(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509SubjectKeyIdentifierExtension>().Single().SubjectKeyIdentifier!;

    private Task<long> OpenDrawerAsync(TlsServer server) => OpenDrawerAsync(AddressOf(server));

    private async Task<long> OpenDrawerAsync(string address)
    {
        var id = await AddTestedAsync(address, "Payments");
        _ = Open(async () =>
        {
            await BackEndDrawer.ShowAsync(Dialogs, id, Actor);
            return true;
        });
        Eventually(() => Assert.Equal(["Payments"], Texts(Host, ".drawer h6")));
        return id;
    }
}
