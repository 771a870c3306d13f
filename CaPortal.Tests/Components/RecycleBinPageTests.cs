using System.Security.Cryptography.X509Certificates;
using Bunit;
using CaPortal.Components.Certificates;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Components;

public sealed class RecycleBinPageTests : ComponentTest
{
    private readonly X509Certificate2 _root = TestCertificates.Root("Corp Root");

    [Fact]
    public void Page_WithoutDeletedCertificates_SaysWhatComesHere()
    {
        var page = RenderPage<RecycleBinPage>();

        Eventually(() => Assert.Equal(["Nothing here"], Texts(page, "h2")));
        Assert.Contains("30 days", page.Find(".page-lead").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_WithADeletedCertificate_SaysWhoWhenWhyAndHowLongItIsKept()
    {
        await DeleteAsync("by mistake");
        Time.Advance(TimeSpan.FromDays(3));
        var page = RenderPage<RecycleBinPage>();

        Eventually(() => Assert.Equal(
            ["Corp Root", "Trusted root", "3 days ago by bert@example.org", "by mistake", "27 days left", "Restore"], Texts(page, "tbody td")));
    }

    [Fact]
    public async Task Restore_Pressed_OpensTheDialogAndTakesItOutOfTheBin()
    {
        await DeleteAsync();
        var page = RenderPage<RecycleBinPage>();
        Press(page, "Restore Corp Root");
        Press(Host, "Restore");

        Eventually(() => Assert.Equal(["Nothing here"], Texts(page, "h2")));
        Assert.Single(await Core.ListAsync());
    }

    [Fact]
    public async Task Page_OfAReader_OffersNoRestore()
    {
        SignIn(TestCore.Reader);
        await DeleteAsync();
        var page = RenderPage<RecycleBinPage>();

        Eventually(() => Assert.Equal(["Corp Root"], Texts(page, ".bin-name")));
        Assert.Empty(page.FindAll("tbody button"));
    }

    [Fact]
    public async Task Page_WithoutDatabase_SaysSo()
    {
        using (Core.WithoutDatabase())
        {
            var page = RenderPage<RecycleBinPage>();
            Eventually(() => Assert.Contains("is gone", Assert.Single(Texts(page, "[role=alert]")), StringComparison.Ordinal));
        }

        await DeleteAsync();
    }

    [Fact]
    public async Task Change_OfSomebodyElse_AppearsWithoutAReload()
    {
        var page = RenderPage<RecycleBinPage>();
        Eventually(() => Assert.Single(page.FindAll("h2")));
        await DeleteAsync();

        Eventually(() => Assert.Equal(["Corp Root"], Texts(page, ".bin-name")));
    }

    protected override async ValueTask DisposeAsyncCore()
    {
        await base.DisposeAsyncCore();
        _root.Dispose();
    }

    private async Task DeleteAsync(string? reason = null)
    {
        await Core.AddAsync(_root);
        await Core.ApplyAsync(await Core.Changes.PlanDeleteAsync([TestCore.KeyOf(_root)], Cancellation), TestCore.Bert, reason);
    }
}
