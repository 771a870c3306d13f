using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.TrustStores;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Alerts;

/// <summary>Alerts of trust stores that do not hold what they should.</summary>
public sealed class TrustStoreAlertTests : AlertTest
{
    private const string Wrong = "PEM bundle files: the trust store is not as it should be";

    private readonly X509Certificate2 _root = TestCertificates.Root();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _root.Dispose();
    }

    [Fact]
    public async Task TrustStore_CannotBeWritten_RaisesOneAlertHoweverOftenItFails()
    {
        await FailAsync();

        Assert.Equal([Wrong], await OpenAsync());
        await Core.MaintainAsync();
        await RepairAsync();
        Assert.Equal([Wrong], await OpenAsync());
        Assert.Equal(1, await CountAsync());
        var alert = Assert.Single(await ListAsync());
        Assert.Equal((AlertKind.TrustStore, (long?)null, (string?)null), (alert.Kind, alert.BackEndId, alert.Sha256));
        Assert.Contains("roots.pem", alert.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TrustStore_RightAgain_EndsTheAlertAndALaterFailureRaisesANewOne()
    {
        await FailAsync();
        await OpenAsync();
        Time.Advance(TimeSpan.FromMinutes(1));
        Directory.Delete(Core.RootsFile);
        await RepairAsync();
        Assert.Empty(await OpenAsync());
        Assert.Equal(((string?)null, Time.GetUtcNow().UtcDateTime), (await ListAsync(past: true)).Select(a => (a.DismissedBy, a.EndedAt!.Value)).Single());

        File.Delete(Core.RootsFile);
        Directory.CreateDirectory(Core.RootsFile);
        await RepairAsync();

        Assert.Equal([Wrong], await OpenAsync());
        Assert.Equal(2, await CountAsync());
    }

    [Fact]
    public async Task Alert_DismissedWhileItLasts_DoesNotComeBack()
    {
        await FailAsync();
        await OpenAsync();
        await Alerts.DismissAllAsync(TestCore.Anna, Cancellation);
        Time.Advance(TimeSpan.FromMinutes(1));
        await RepairAsync();

        Assert.Empty(await OpenAsync());
        Assert.Equal(1, await CountAsync());
    }

    [Fact]
    public async Task TrustStore_ChangedByOthersAndPutRight_RaisesNothing()
    {
        await DriftAsync(DriftResponse.Heal);
        await Core.Machine.VerifyAsync(TestCore.Anna, Cancellation);

        Assert.Empty(await OpenAsync());
        await Core.MaintainAsync();
        Assert.Empty(await OpenAsync());
    }

    [Fact]
    public async Task TrustStore_ChangedByOthersAndLeftSo_RaisesOneUntilItIsRepaired()
    {
        await DriftAsync(DriftResponse.Report);
        await Core.MaintainAsync();
        await Core.MaintainAsync();
        Assert.Equal([Wrong], await OpenAsync());
        await RepairAsync();

        Assert.Empty(await OpenAsync());
        Assert.Equal(1, await CountAsync());
    }

    [Fact]
    public async Task TrustStore_ChangedByOthersAndCannotBePutRight_KeepsItsAlertWhileEachLookFindsTheChangeFirst()
    {
        await DriftAsync(DriftResponse.Heal);
        var obstacle = Path.Combine(Core.DataDirectory, "trust", ".caportal.lock");
        File.Delete(obstacle);
        Directory.CreateDirectory(obstacle);
        await Core.MaintainAsync();
        Assert.Equal([Wrong], await OpenAsync());
        await Core.Machine.VerifyAsync(TestCore.Anna, Cancellation);
        Assert.Equal([Wrong], await OpenAsync());
        await Core.MaintainAsync();

        Assert.Equal([Wrong], await OpenAsync());
        Assert.Equal(1, await CountAsync());
    }

    [Fact]
    public async Task Text_OfACommand_IsMadeVisibleAndBounded()
    {
        await FailAsync();
        await Core.ExecuteAsync($"UPDATE node_status SET error = 'It said: \u202E{new string('x', 5_000)}'");

        await OpenAsync();

        var alert = Assert.Single(await ListAsync());
        Assert.InRange(alert.Title.Length, 1, 200);
        Assert.InRange(alert.Message.Length, 400, 520);
        Assert.StartsWith("It said: \\u{202E}xxx", alert.Message, StringComparison.Ordinal);
    }

    private async Task FailAsync()
    {
        Directory.CreateDirectory(Core.RootsFile);
        await Core.AddAsync(_root);
    }

    private async Task DriftAsync(DriftResponse response)
    {
        await StartAsync(o => o.Drift = response);
        await Core.AddAsync(_root);
        await File.WriteAllTextAsync(Core.RootsFile, "", Cancellation);
    }

    private async Task RepairAsync() => await Core.Machine.RepairAsync(TestCore.Anna, null, Cancellation);
}
