using CaPortal.Core.Nodes;
using CaPortal.Core.TrustStores;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Nodes;

public class TrustStoreSyncTests
{
    [Fact]
    public async Task Run_ManyAtOnce_OneWritesAndAllEndWithTheLastState()
    {
        await using var core = await TestCore.StartAsync();
        using var root = TestCertificates.Root("Corp Root");
        await core.AddAsync(root);
        File.Delete(core.RootsFile);
        var sync = core.Get<TrustStoreSync>();

        var results = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => Task.Run(() => sync.RunAsync(TestCore.Anna, null, TestContext.Current.CancellationToken))));

        var outcomes = results.Select(r => Assert.Single(r.TrustStores)).ToList();
        Assert.All(outcomes, o => Assert.Equal(TrustStoreResult.Installed, o.Result));
        Assert.Single(outcomes, o => o.Added.Count == 1);
    }
}

/// <inheritdoc/>
[OnPostgres]
public sealed class TrustStoreSyncTestsOnPostgres : TrustStoreSyncTests;
