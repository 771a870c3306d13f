using Bunit;
using CaPortal.Components.Activity;
using CaPortal.Components.Approvals;
using CaPortal.Components.BackEnds;
using CaPortal.Components.Certificates;
using CaPortal.Components.Expiry;
using CaPortal.Components.Settings;
using CaPortal.Components.Shared;
using CaPortal.Tests.Testing;
using Microsoft.AspNetCore.Components;

namespace CaPortal.Tests.Components;

/// <summary>Pages that were opened while the database was away.</summary>
public class AwayDatabaseTests : ComponentTest
{
    protected override TimeProvider PageTime { get; } = new Hurried();

    [Fact]
    public void Certificates_DatabaseBack_AreShownWithoutAClick() => AssertHeals<CertificatesPage>();

    [Fact]
    public void RecycleBin_DatabaseBack_IsShownWithoutAClick() => AssertHeals<RecycleBinPage>();

    [Fact]
    public void BackEnds_DatabaseBack_AreShownWithoutAClick() => AssertHeals<BackEndsPage>();

    [Fact]
    public void Expiry_DatabaseBack_IsShownWithoutAClick() => AssertHeals<ExpiryPage>();

    [Fact]
    public void Activity_DatabaseBack_IsShownWithoutAClick() => AssertHeals<ActivityPage>();

    [Fact]
    public void Approvals_DatabaseBack_AreShownWithoutAClick() => AssertHeals<ApprovalsPage>();

    [Fact]
    public void Settings_DatabaseBack_AreShownWithoutAClick() => AssertHeals<SettingsPage>();

    [Fact]
    public async Task Drawer_DatabaseBack_ShowsTheCertificateWithoutAClick()
    {
        using var root = TestCertificates.Root();
        await Core.AddAsync(root);
        using (Core.WithoutDatabase())
        {
            _ = Host.InvokeAsync(() => CertificateDrawer.ShowAsync(Dialogs, TestCore.KeyOf(root)));
            Eventually(() => Assert.NotEmpty(Host.FindAll(".mud-dialog [role=alert]")));
        }

        AssertHeals();
        Assert.Contains(root.Thumbprint, Host.Find(".mud-dialog").TextContent, StringComparison.Ordinal);
    }

    private void AssertHeals<T>()
        where T : IComponent
    {
        using (Core.WithoutDatabase())
        {
            var page = RenderPage<T>();
            Eventually(() => Assert.NotEmpty(page.FindAll("[role=alert]")));
        }

        AssertHeals();
    }

    private void AssertHeals() => Eventually(() => Assert.Empty(Host.FindAll("[role=alert]")));

    /// <summary>Nobody waits for long.</summary>
    private sealed class Hurried : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            System.CreateTimer(callback, state, dueTime < LiveView.Interval ? dueTime : LiveView.Interval, period);
    }
}

/// <inheritdoc/>
[OnPostgres]
public sealed class AwayDatabaseTestsOnPostgres : AwayDatabaseTests;
