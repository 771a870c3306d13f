using Bunit;
using CaPortal.Components.Shared;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;

namespace CaPortal.Tests.Components;

public sealed class PageAddressTests : ComponentTest
{
    private PageAddress Address => Services.GetRequiredService<PageAddress>();

    private OpenDrawers Drawers => Services.GetRequiredService<OpenDrawers>();

    private NavigationManager Navigation => Services.GetRequiredService<NavigationManager>();

    [Fact]
    public async Task Set_SomeParameters_ChangesThemAndKeepsTheOthers()
    {
        Navigation.NavigateTo("list?kind=a&search=old");
        await Address.SetAsync(isStep: false, ("search", "new & more"), ("sort", "-name"));
        await Address.SetAsync(isStep: true, ("kind", null), ("sort", ""));

        Assert.Equal((null, "new & more", null), (Address["kind"], Address["search"], Address["sort"]));
        Assert.Equal(
            [("http://localhost/list?kind=a&search=new%20%26%20more&sort=-name", false), ("http://localhost/list?search=new%20%26%20more", true)],
            Script.Invocations["showAddress"].Select(i => ((string)i.Arguments[0]!, (bool)i.Arguments[1]!)));
    }

    [Fact]
    public async Task Set_ToWhatItIs_DoesNotTroubleTheBrowser()
    {
        Navigation.NavigateTo("list?search=same");
        await Address.SetAsync(isStep: true, ("search", "same"), ("sort", null));

        Assert.Empty(Script.Invocations["showAddress"]);
    }

    [Fact]
    public async Task Navigation_OnTheSamePage_IsReportedAndCountsMoreThanWhatWasSet()
    {
        Navigation.NavigateTo("list");
        var changes = 0;
        Address.Changed += () => changes++;
        await Address.SetAsync(isStep: true, ("open", "a"));

        // Back leads to the address that the framework had all the time.
        Navigation.NavigateTo("list");
        Assert.Null(Address["open"]);
        Navigation.NavigateTo("other?open=b");
        Assert.Equal((1, "b"), (changes, Address["open"]));
    }

    [Fact]
    public async Task Drawers_OnTopOfEachOther_AreClosedByBackOneByOne()
    {
        Navigation.NavigateTo("list");
        List<string> closed = [];
        foreach (var name in (string[])["a", "b"])
        {
            await Drawers.EnterAsync(name, () =>
            {
                closed.Add(name);
                _ = Drawers.LeaveAsync(name);
            });
        }

        Assert.Equal("b", Address["open"]);
        Navigation.NavigateTo("list?open=a");
        Assert.Equal(["b"], closed);
        Navigation.NavigateTo("list");
        Assert.Equal(["b", "a"], closed);
    }

    [Fact]
    public async Task Drawer_ClosedByItsButton_GivesTheAddressBackToTheOneBelow()
    {
        Navigation.NavigateTo("list?search=x");
        await Drawers.EnterAsync("a", () => { });
        await Drawers.EnterAsync("b", () => { });
        await Drawers.LeaveAsync("b");
        Assert.Equal("a", Address["open"]);
        await Drawers.LeaveAsync("a");

        Assert.Equal((null, "x"), (Address["open"], Address["search"]));
    }

    [Fact]
    public void Address_WithADrawerThatIsNotOpen_WantsIt()
    {
        Navigation.NavigateTo("list");
        var wanted = new List<string?>();
        Drawers.IsWanted += () => wanted.Add(Drawers.Wanted);
        Navigation.NavigateTo("list?open=back-end-5");

        Assert.Equal(["back-end-5"], wanted);
    }

    [Theory]
    [InlineData("Root-0123", null, null)]
    [InlineData("back-end-", null, null)]
    [InlineData("back-end--1", null, null)]
    [InlineData("back-end-99999999999999999999", null, null)]
    [InlineData("1-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", null, null)]
    [InlineData("found-<script>", null, null)]
    [InlineData("back-end-12", 12L, null)]
    [InlineData("Root-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", null, true)]
    [InlineData("found-Root-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", null, false)]
    public void DrawerNames_FromAnybody_AreReadOrRefused(string name, long? backEnd, bool? isManaged) =>
        Assert.Equal((backEnd, isManaged), (DrawerNames.BackEndOf(name), DrawerNames.CertificateOf(name)?.IsManaged));
}
