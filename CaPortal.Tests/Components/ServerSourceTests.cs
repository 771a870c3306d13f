using Bunit;
using CaPortal.Components.Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Components;

public sealed class ServerSourceTests : BackEndTest
{
    [Fact]
    public async Task Fetch_OfAServerThatSendsItsRoot_SuggestsTheRootAndAddsIt()
    {
        var address = await ServeWithRootAsync();
        OpenAt(address);
        Eventually(() => Assert.Equal(["localhost", "Branch Issuing", "Corp Root"], Texts(Host, ".choice-name")));
        Assert.Equal(["Corp Root"], Texts(Host, ".choice-added .choice-name"));
        Assert.Equal(3, Host.FindAll(".fingerprint").Count);
        Assert.Contains("proves nothing by itself", Host.Find(".mud-alert[role=note]").TextContent, StringComparison.Ordinal);
        Press(Host, "Take 1 certificate");

        Eventually(() => Assert.Equal([$"from {address}"], Texts(Host, ".upload-file-name")));
        Assert.Equal(["Corp Root"], Texts(Host, ".choice-name"));
        Assert.Single(Host.FindAll(".choice .fingerprint"));
        Assert.Single(Host.FindAll(".mud-alert[role=note]"));
        PressAdd();
        Eventually(() => Assert.NotEmpty(Host.FindAll(".mud-alert[role=status]")));
        Assert.Equal(CaStore.Root, Assert.Single(await Core.ListAsync()).Key.Store);
    }

    [Fact]
    public void Fetch_OfAServerThatDoesNotSendItsRoot_SuggestsTheTopIntermediate()
    {
        OpenAt(AddressOf(Serve(Issuing)));

        Eventually(() => Assert.Equal(["Branch Issuing"], Texts(Host, ".choice-added .choice-name")));
    }

    [Fact]
    public void Fetch_OfAServerThatSendsItsOwnCertificateAlone_SuggestsNothing()
    {
        OpenAt(AddressOf(Serve()));

        Eventually(() => Assert.Equal(["localhost"], Texts(Host, ".choice-name")));
        Assert.Empty(Host.FindAll(".choice-added"));
        Assert.False(HasButton(Host, "Take 0 certificates"));
        Assert.False(CanAdd);
    }

    [Fact]
    public async Task Fetch_OfAServerThatIsTrusted_SuggestsNothing()
    {
        await Core.AddAsync(Root);
        OpenAt(await ServeWithRootAsync());

        Eventually(() => Assert.Equal("Trusted", Assert.Single(Texts(Host, ".served-head .verdict"))));
        Assert.Empty(Host.FindAll(".choice-added"));
    }

    [Fact]
    public async Task Fetch_WhereNothingListens_SaysWhy()
    {
        var server = Serve();
        var address = AddressOf(server);
        await server.StopAsync();
        OpenAt(address);

        Eventually(() => Assert.Equal("Refused", Assert.Single(Texts(Host, ".served-head .verdict"))));
        Assert.Empty(Host.FindAll(".choice"));
    }

    [Fact]
    public void Fetch_OfWhatIsNoAddress_SaysWhyAtTheField()
    {
        OpenAt("ftp://payments.corp");

        Eventually(() => Assert.NotEmpty(Host.FindAll(".server-form .mud-input-error")));
        Assert.Empty(Host.FindAll(".served-head"));
    }

    [Fact]
    public void Fetch_ByAReader_IsRefused()
    {
        SignIn(TestCore.Reader);
        OpenAt(AddressOf(Serve(Issuing)));

        Eventually(() => Assert.Contains("Your role may look", Assert.Single(Texts(Host, "[role=alert]")), StringComparison.Ordinal));
    }

    private void OpenAt(string address)
    {
        _ = Open(() => AddCertificateDialog.ShowAsync(Dialogs, Actor));
        Press(Host, "From a server");
        Host.WaitForElement(".server-form input");
        Do(() => Host.Find(".server-form input").Change(address));
        Do(() => Host.Find(".server-form").Submit());
    }
}
