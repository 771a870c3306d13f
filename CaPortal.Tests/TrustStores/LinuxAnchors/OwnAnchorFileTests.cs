using System.Runtime.Versioning;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.LinuxAnchors;

namespace CaPortal.Tests.TrustStores.LinuxAnchors;

/// <summary>What holds in every layout where the portal's own file of a certificate is gone, and the bundle still has it.</summary>
[SupportedOSPlatform("linux")]
public abstract class OwnAnchorFileTests
{
    protected abstract LinuxAnchorsTrustStore Store { get; }

    protected abstract TrustedCertificate Trusted { get; }

    /// <summary>Where the portal puts <see cref="Trusted"/>.</summary>
    protected abstract string OwnFile { get; }

    /// <summary>SHA-256 of all that programs which read the bundle find in it, with repetitions.</summary>
    protected abstract IReadOnlyList<string> InBundle();

    [Fact]
    public async Task Read_RemovedButStillInTheBundle_IsStillThereAndGoes()
    {
        await Store.AddAsync(Trusted);
        File.Delete(OwnFile);
        Assert.Contains(Trusted.Key, (await Store.ReadAsync()).Certificates);

        await Store.RemoveAsync(Trusted);

        Assert.DoesNotContain(Trusted.Key.Sha256, InBundle());
        Assert.Empty((await Store.ReadAsync()).Certificates);
    }

    [Fact]
    public async Task Reconcile_FileOfOursIsGone_IsDriftAndPutBack()
    {
        var reconciler = TestTrustStores.ReconcilerOf(Store);
        var desired = TestTrustStores.Desired([Trusted]);
        await reconciler.ReconcileAsync(desired, null, TestContext.Current.CancellationToken);
        File.Delete(OwnFile);

        var found = Assert.Single(await reconciler.CompareAsync(desired, new HashSet<string> { Store.Name }, TestContext.Current.CancellationToken));
        Assert.Equal(TrustStoreResult.Drifted, found.Result);
        Assert.Equal([Trusted.Key], found.Missing);
        Assert.Contains("in no file any more", found.Error, StringComparison.Ordinal);

        var healed = Assert.Single(await reconciler.ReconcileAsync(desired, null, TestContext.Current.CancellationToken));
        Assert.Equal((TrustStoreResult.Installed, 1), (healed.Result, healed.Added.Count));
        Assert.True(File.Exists(OwnFile));
        Assert.Single(InBundle(), Trusted.Key.Sha256);
    }

    [Fact]
    public async Task Reconcile_WithdrawnAndItsFileIsGone_IsStillThereAndGoes()
    {
        var reconciler = TestTrustStores.ReconcilerOf(Store);
        await Store.AddAsync(Trusted);
        File.Delete(OwnFile);

        var outcome = Assert.Single(await reconciler.ReconcileAsync(TestTrustStores.Desired([], [Trusted.Key]), null, TestContext.Current.CancellationToken));

        Assert.Equal(TrustStoreResult.Installed, outcome.Result);
        Assert.Equal([Trusted.Key], outcome.Removed);
        Assert.DoesNotContain(Trusted.Key.Sha256, InBundle());
    }
}
