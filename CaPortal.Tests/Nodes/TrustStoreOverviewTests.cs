using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Core.Nodes;
using CaPortal.Core.TrustStores.PemBundle;
using CaPortal.Core.TrustStores.X509;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.Time.Testing;

namespace CaPortal.Tests.Nodes;

public class TrustStoreOverviewTests : IDisposable
{
    private readonly X509Certificate2 _root = TestCertificates.Root("Corp Root");
    private readonly X509Certificate2 _other = TestCertificates.Root("Other Root");
    private readonly FakeTimeProvider _time = FakeTime.FromNow();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _root.Dispose();
        _other.Dispose();
    }

    [Fact]
    public async Task TrustStores_BeforeTheFirstCheck_ArePendingAndWereNeverWritten()
    {
        await using var core = await TestCore.StartAsync();
        var store = await BundleAsync(core);

        Assert.Equal((TrustStoreCondition.Pending, null, null), (store.Condition, store.VerifiedAt, store.WrittenAt));
        Assert.Equal(
            [(CaStore.Root, core.RootsFile), (CaStore.CertificateAuthority, Path.Combine(core.DataDirectory, "trust", "intermediates.pem"))],
            store.Places.Select(p => (p.Store, p.Location)));
        Assert.Equal(core.RootsFile, store.File!.Path);
    }

    [Fact]
    public async Task TrustStores_AfterAnAdd_TellWhatIsThereAndWhenItWasWrittenAndVerified()
    {
        await using var core = await TestCore.StartAsync(time: _time);
        await core.AddAsync(_root);
        var written = _time.GetUtcNow().UtcDateTime;
        _time.Advance(TimeSpan.FromHours(1));
        await core.MaintainAsync();
        await File.AppendAllTextAsync(core.RootsFile, _other.ExportCertificatePem(), Cancellation);
        var store = await BundleAsync(core);

        Assert.Equal(TrustStoreCondition.Installed, store.Condition);
        Assert.Equal((1, 1, 0, 0, 1), Numbers(store));
        Assert.Equal((written, _time.GetUtcNow().UtcDateTime), (store.WrittenAt, store.VerifiedAt));
        Assert.Null(store.Problem);
    }

    [Fact]
    public async Task TrustStores_ChangedByAnotherProgram_AreDriftedBeforeAnybodyVerifies()
    {
        await using var core = await TestCore.StartAsync();
        await core.AddAsync(_root, _other);
        await core.DeleteAsync(TestCore.KeyOf(_other));
        await File.WriteAllBytesAsync(core.RootsFile, TestFiles.Pem(_other), Cancellation);
        var store = await BundleAsync(core);

        Assert.Equal(TrustStoreCondition.Drifted, store.Condition);
        Assert.Equal((1, 0, 0, 1, 0), Numbers(store));
        Assert.NotNull(store.Problem);
        Assert.NotNull(store.Advice);
    }

    [Fact]
    public async Task TrustStores_WithACertificateThatBreaksReaders_CountItAsLeftOut()
    {
        await using var core = await TestCore.StartAsync();
        await core.AddAsync(_root, _other);
        await core.ExecuteAsync($"UPDATE ca_certificate SET breaks_readers = true WHERE sha256 = '{TestCore.KeyOf(_other).Sha256}'");
        await core.MaintainAsync();
        var store = await BundleAsync(core);

        Assert.Equal(TrustStoreCondition.Installed, store.Condition);
        Assert.Equal((1, 1, 1, 0, 0), Numbers(store));
    }

    [Fact]
    public async Task TrustStores_ThatCannotBeReadOrUsed_SayWhyAndWhatToDo()
    {
        await using var core = await TestCore.StartAsync();
        Directory.CreateDirectory(core.RootsFile);
        await core.AddAsync(_root);
        var failed = await BundleAsync(core);
        Directory.Delete(Path.GetDirectoryName(core.RootsFile)!, recursive: true);
        await File.WriteAllTextAsync(Path.GetDirectoryName(core.RootsFile)!, "in the way", Cancellation);
        var unusable = await BundleAsync(core);

        Assert.Equal((TrustStoreCondition.Failed, TrustStoreCondition.Unusable), (failed.Condition, unusable.Condition));
        Assert.All([failed, unusable], s => Assert.NotEmpty(s.Problem!));
        Assert.All([failed, unusable], s => Assert.NotEmpty(s.Advice!));
        Assert.Equal((1, 0, 0, 0, 0), Numbers(unusable));
    }

    [Fact]
    public async Task TrustStores_ThatCannotBeUsedAnyMore_WereVerifiedWhenTheyCouldBe()
    {
        await using var core = await TestCore.StartAsync(time: _time);
        await core.AddAsync(_root);
        var verified = _time.GetUtcNow().UtcDateTime;
        _time.Advance(TimeSpan.FromHours(1));
        Directory.Delete(Path.GetDirectoryName(core.RootsFile)!, recursive: true);
        await File.WriteAllTextAsync(Path.GetDirectoryName(core.RootsFile)!, "in the way", Cancellation);
        await core.MaintainAsync();

        Assert.Equal(verified, (await BundleAsync(core)).VerifiedAt);
    }

    [Fact]
    public async Task TrustStores_NotInUse_ComeWithTheSettingsThatAddThem()
    {
        await using var core = await TestCore.StartAsync();
        var overview = await core.Machine.TrustStoresAsync(Cancellation);
        var x509 = overview.NotInUse.Single(t => t.Name == X509TrustStore.Kind);

        Assert.True(overview.IsNamed);
        Assert.Equal(TrustStoreCondition.NotInUse, x509.Condition);
        Assert.Null(x509.Counts);
        Assert.Equal(
            [("CaPortal:TrustStores:0", "pem-bundle", "CaPortal__TrustStores__0=pem-bundle"),
                ("CaPortal:TrustStores:1", "x509", "CaPortal__TrustStores__1=x509")],
            overview.SettingsFor(x509).Select(s => (s.Key, s.Value, s.Environment)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TrustStores_InAPrivateFolder_AreMarkedAsPrivate(bool isPrivate)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Folders have no modes there.");
            return;
        }

        using var folder = new TemporaryDirectory();
        const UnixFileMode Group =
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute;
        File.SetUnixFileMode(folder.Path, isPrivate ? Group : Group | UnixFileMode.OtherExecute);
        await using var core = await TestCore.StartAsync(configure: o => o.PemBundle.Directory = folder["not there yet"]);

        Assert.Equal(isPrivate, (await BundleAsync(core)).IsPrivate);
    }

    [Fact]
    public async Task Repair_PuttingACertificateBack_CountsAsWritten()
    {
        await using var core = await TestCore.StartAsync(time: _time);
        await core.AddAsync(_root);
        _time.Advance(TimeSpan.FromHours(1));
        await File.WriteAllTextAsync(core.RootsFile, "", Cancellation);
        await core.Machine.RepairAsync(TestCore.Anna, null, Cancellation);

        Assert.Equal(_time.GetUtcNow().UtcDateTime, (await BundleAsync(core)).WrittenAt);
    }

    private static async Task<TrustStoreView> BundleAsync(TestCore core) =>
        (await core.Machine.TrustStoresAsync(Cancellation)).InUse.Single(t => t.Name == PemBundleTrustStore.Kind);

    private static (int Wanted, int Installed, int LeftOut, int Withdrawn, int Others) Numbers(TrustStoreView store) =>
        (store.Counts!.Wanted, store.Counts.Installed, store.Counts.LeftOut, store.Counts.Withdrawn, store.Counts.Others);
}

/// <inheritdoc/>
[OnPostgres]
public sealed class TrustStoreOverviewTestsOnPostgres : TrustStoreOverviewTests;
