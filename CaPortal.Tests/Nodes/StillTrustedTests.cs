using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Formats;
using CaPortal.Core.Nodes;
using CaPortal.Core.TrustStores;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace CaPortal.Tests.Nodes;

/// <summary>The operating system's own roots, and from where else a deleted certificate stays trusted.</summary>
public sealed class StillTrustedTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly X509Certificate2 _root = TestCertificates.Root("Corp Root");
    private readonly X509Certificate2 _systems = TestCertificates.Root("The System's");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string SystemList => _folder["system.crt"];

    [Fact]
    public async Task OperatingSystemRoots_WithWhatATrustStoreAddsToTheList_AreItsOwnAlone()
    {
        await TestFiles.AppendAsync(SystemList, _systems, _root);
        var anchors = new MemoryTrustStore { FeedsOperatingSystem = true };
        await using var core = await anchors.StartCoreAsync(systemRoots: SystemList);
        anchors.Put(_root);

        var list = await core.Machine.ListOperatingSystemRootsAsync("system", Cancellation);

        var own = Assert.Single((await core.Machine.ListOperatingSystemRootsAsync(null, Cancellation)).Certificates);
        Assert.Equal("The System's", own.Facts.Name);
        Assert.NotNull(own.Fixed);
        Assert.Single(list.Certificates);
        Assert.Empty((await core.Machine.ListOperatingSystemRootsAsync("nothing such", Cancellation)).Certificates);
        Assert.NotNull(await core.Machine.ViewUnmanagedAsync(own.Key, Cancellation));
    }

    [Fact]
    public async Task Add_WhereTheSystemsListCannotBeRead_IsJudgedWithoutItAndTheListSaysSo()
    {
        await using var core = await TestCore.StartAsync(register: services =>
            services.AddSingleton(provider => new OperatingSystemRoots(provider.GetRequiredService<TimeProvider>(), bundle: null, () =>
                throw new CryptographicException("Access is denied."))));

        await core.AddAsync(_root);

        Assert.Equal("Corp Root", Assert.Single(await core.ListAsync()).Facts.Name);
        Assert.Contains(
            "Access is denied.",
            Assert.Single((await core.Machine.ListOperatingSystemRootsAsync(null, Cancellation)).Unread).Reason,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Add_OfWhatATrustStoreAddedToTheList_IsNotCalledTheSystemsOwn()
    {
        await TestFiles.AppendAsync(SystemList, _systems, _root);
        var anchors = new MemoryTrustStore { FeedsOperatingSystem = true };
        await using var core = await anchors.StartCoreAsync(systemRoots: SystemList);
        anchors.Put(_root);

        var findings = (await core.InspectAsync(TestFiles.Pem(_systems, _root))).Items.Select(i => i.Findings.Any(f => f.Code == FindingCode.KnownPublicCa));

        Assert.Equal([true, false], findings);
    }

    [Fact]
    public async Task Delete_OfTheSystemsOwn_SaysBeforeAndAfterThatItStaysTrusted()
    {
        await TestFiles.AppendAsync(SystemList, _systems);
        await using var core = await new MemoryTrustStore().StartCoreAsync(systemRoots: SystemList);
        await core.AddAsync(_systems, _root);

        var plan = await core.Changes.PlanDeleteAsync([TestCore.KeyOf(_systems), TestCore.KeyOf(_root)], Cancellation);
        var outcome = Assert.IsType<ChangeOutcome.Applied>(await core.ApplyAsync(plan));

        Assert.All([plan.StillTrusted, outcome.StillTrusted], trusted =>
        {
            var one = Assert.Single(trusted);
            Assert.Equal(
                (TestCore.KeyOf(_systems), "The System's", "the operating system's own list of roots"),
                (one.Key, one.Name, Assert.Single(one.Places)));
        });
    }

    [Theory]
    [InlineData(true, "Memory (memory:Root), which cannot be written now")]
    [InlineData(false, "perhaps Memory (memory:Root), which cannot be used now")]
    public async Task Delete_WhileATrustStoreCannotBeWritten_SaysThatItStaysTrustedThere(bool canBeRead, string place)
    {
        var store = new MemoryTrustStore();
        await using var core = await store.StartCoreAsync();
        await core.AddAsync(_root);
        store.State = new TrustStoreState(false, "The disk is read-only.", "Mount it for writing.");
        store.Failure = canBeRead ? null : new TrustStoreException("It cannot be read.", "Give permission.");

        var plan = await core.Changes.PlanDeleteAsync([TestCore.KeyOf(_root)], Cancellation);
        var outcome = Assert.IsType<ChangeOutcome.Applied>(await core.ApplyAsync(plan));

        Assert.All([plan.StillTrusted, outcome.StillTrusted], trusted => Assert.Equal(place, Assert.Single(Assert.Single(trusted).Places)));
        Assert.False(outcome.IsInstalled);
        var wrong = Assert.Single(outcome.Wrong);
        Assert.Equal((store.Name, TrustStoreResult.Unusable, "The disk is read-only."), (wrong.Name, wrong.Result, wrong.Error));
        Assert.Equal(canBeRead ? [TestCore.KeyOf(_root)] : [], wrong.Left);

        (store.State, store.Failure) = (TrustStoreState.Enabled, null);
        await core.MaintainAsync();
        Assert.False(store.Has(TestCore.KeyOf(_root)));
    }

    [Fact]
    public async Task Delete_WhileTheFolderOfATrustStoreIsAway_DoesNotSayThatItIsGone()
    {
        await using var core = await TestCore.StartAsync();
        await core.AddAsync(_root);
        var folder = Path.GetDirectoryName(core.RootsFile)!;
        Directory.Move(folder, _folder["away"]);
        await File.WriteAllTextAsync(folder, "in the way", Cancellation);

        var outcome = Assert.IsType<ChangeOutcome.Applied>(await core.DeleteAsync(TestCore.KeyOf(_root)));

        Assert.False(outcome.IsInstalled);
        Assert.Equal($"perhaps PEM bundle files ({core.RootsFile}), which cannot be used now", Assert.Single(Assert.Single(outcome.StillTrusted).Places));

        File.Delete(folder);
        Directory.Move(_folder["away"], folder);
        Assert.Contains("BEGIN CERTIFICATE", await File.ReadAllTextAsync(core.RootsFile, Cancellation), StringComparison.Ordinal);
        await core.MaintainAsync();
        Assert.DoesNotContain("BEGIN CERTIFICATE", await File.ReadAllTextAsync(core.RootsFile, Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Delete_OfWhatLeavesTheSystemsListWithIt_SaysNothing()
    {
        await TestFiles.AppendAsync(SystemList, _systems, _root);
        var anchors = new MemoryTrustStore { FeedsOperatingSystem = true };
        await using var core = await anchors.StartCoreAsync(systemRoots: SystemList);
        await core.AddAsync(_root);
        var plan = await core.Changes.PlanDeleteAsync([TestCore.KeyOf(_root)], Cancellation);
        Assert.Empty(plan.StillTrusted);
        await File.WriteAllBytesAsync(SystemList, TestFiles.Pem(_systems), Cancellation);

        Assert.Empty(Assert.IsType<ChangeOutcome.Applied>(await core.ApplyAsync(plan)).StillTrusted);
    }

    [Fact]
    public async Task Delete_FromOneStoreOfTwo_NamesTheOther()
    {
        await using var core = await TestCore.StartAsync();
        await core.AddAsync(_root);
        await core.ApplyAsync(core.PlanAll(await core.InspectAsync(TestFiles.Pem(_root)), CaStore.CertificateAuthority));

        var outcome = Assert.IsType<ChangeOutcome.Applied>(await core.DeleteAsync(TestCore.KeyOf(_root)));

        Assert.Equal(["the store Intermediate of this list"], Assert.Single(outcome.StillTrusted).Places);
    }

    [Fact]
    public async Task Delete_InATrustStoreThatTheSettingsDoNotName_NamesIt()
    {
        var other = new MemoryTrustStore();
        await using var core = await other.StartCoreAsync(isEnabled: false);
        await core.AddAsync(_root);
        other.Put(_root);

        var outcome = Assert.IsType<ChangeOutcome.Applied>(await core.DeleteAsync(TestCore.KeyOf(_root)));

        Assert.Equal(["Memory (memory:Root), which the settings do not name"], Assert.Single(outcome.StillTrusted).Places);
    }

    [Fact]
    public async Task JavaTrustList_FilesThatAreThere_AreReadAndReadAgainWhenChanged()
    {
        await using var core = await TestCore.StartAsync();
        await TestFiles.AppendAsync(_folder["cacerts"], _root);
        var list = new JavaTrustList(core.Get<CertificateReader>(), [_folder["cacerts"], _folder["none"]]);
        Assert.Equal([TestCore.KeyOf(_root).Sha256], (await list.ReadAsync(besidesTheSystems: false, Cancellation))[_folder["cacerts"]]);
        await TestFiles.AppendAsync(_folder["cacerts"], _systems);

        Assert.Equal(2, (await list.ReadAsync(besidesTheSystems: false, Cancellation))[_folder["cacerts"]].Count);
        Assert.DoesNotContain(_folder["cacerts"], (await list.ReadAsync(besidesTheSystems: true, Cancellation)).Keys);
    }

    public void Dispose()
    {
        _root.Dispose();
        _systems.Dispose();
        _folder.Dispose();
    }
}
