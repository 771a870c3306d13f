using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.Reconciling;
using CaPortal.Tests.Testing;
using CaPortal.Tests.TrustStores.LinuxAnchors;
using Microsoft.Extensions.Time.Testing;

namespace CaPortal.Tests.TrustStores;

/// <summary>How often the portal tries by itself what has failed.</summary>
public sealed class HealingPauseTests : IDisposable
{
    private readonly FakeTimeProvider _time = FakeTime.FromNow();
    private readonly X509Certificate2 _root = TestCertificates.Root();
    private readonly MemoryTrustStore _memory = new();
    private readonly DesiredState _desired;
    private int _writes;

    public HealingPauseTests()
    {
        _desired = TestTrustStores.Desired([TestTrustStores.Trusted(_root)]);
        _memory.Written = () => _writes++;
    }

    public void Dispose() => _root.Dispose();

    [Fact]
    public async Task Heal_CommandOfTheSystemFails_RunsItOncePerPauseWhichDoublesToAnHour()
    {
        using var machine = new ExtractedSandbox();
        machine.UseTool(ExtractedSandbox.Empty);
        var reconciler = TestTrustStores.ReconcilerOf(_time, machine.Store);

        await AssertPausesAsync(reconciler, () => machine.Runs, 1, 2, 4, 8, 16, 32, 60, 60);

        Assert.Equal(TestFiles.Pem(machine.System), await File.ReadAllBytesAsync(machine.Bundle, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Heal_WrittenWithoutAFaultAndReadBackDifferent_RestsToo()
    {
        _memory.Forgotten = TestTrustStores.KeyOf(_root);
        var reconciler = TestTrustStores.ReconcilerOf(_time, _memory);

        await AssertPausesAsync(reconciler, () => _writes, 1, 2, 4);
    }

    [Fact]
    public async Task Heal_CannotBeReadBackAfterwards_RestsToo()
    {
        var reconciler = TestTrustStores.ReconcilerOf(_time, _memory);
        _memory.Written = () =>
        {
            _writes++;
            _memory.Failure = new TrustStoreException("It is gone.", "Look for it.");
        };

        Assert.Equal("It is gone.", (await HealAsync(reconciler)).Error);
        _memory.Failure = null;
        await _memory.RemoveAsync(TestTrustStores.Trusted(_root));
        (_writes, _memory.Failure) = (0, null);

        Assert.Equal("It is gone.", (await HealAsync(reconciler)).Error);
        Assert.Equal(0, _writes);
    }

    [Fact]
    public async Task Heal_WhileItRests_TellsWhyItFailedAndWhatIsMissing()
    {
        using var machine = new ExtractedSandbox();
        machine.UseTool(ExtractedSandbox.Empty);
        var reconciler = TestTrustStores.ReconcilerOf(_time, machine.Store);
        var failed = await HealAsync(reconciler);

        var resting = await HealAsync(reconciler);

        Assert.Equal((TrustStoreResult.Failed, failed.Error, failed.Advice), (resting.Result, resting.Error, resting.Advice));
        Assert.Contains("p11-kit: out of luck", resting.Error, StringComparison.Ordinal);
        Assert.Equal([TestTrustStores.KeyOf(_root)], resting.Missing);
        Assert.Empty(resting.Added);
    }

    [Fact]
    public async Task Heal_AnotherRevision_IsTriedAtOnceAndAfterwardsTheFirstPauseHolds()
    {
        _memory.Forgotten = TestTrustStores.KeyOf(_root);
        var reconciler = TestTrustStores.ReconcilerOf(_time, _memory);
        await AssertPausesAsync(reconciler, () => _writes, 1, 2);
        await HealAsync(reconciler);

        await AssertPausesAsync(reconciler, () => _writes, _desired with { Revision = 2 }, 1, 2);
    }

    [Fact]
    public async Task Reconcile_WhileItRests_IsTriedAtOnce()
    {
        _memory.Forgotten = TestTrustStores.KeyOf(_root);
        var reconciler = TestTrustStores.ReconcilerOf(_time, _memory);
        await HealAsync(reconciler);

        for (var i = 0; i < 3; i++)
            await reconciler.ReconcileAsync(_desired, null, TestContext.Current.CancellationToken);

        Assert.Equal(4, _writes);
    }

    [Fact]
    public async Task Heal_AfterASuccess_BeginsWithTheFirstPauseAgain()
    {
        _memory.Forgotten = TestTrustStores.KeyOf(_root);
        var reconciler = TestTrustStores.ReconcilerOf(_time, _memory);
        await AssertPausesAsync(reconciler, () => _writes, 1, 2, 4);
        _memory.Forgotten = null;
        await reconciler.ReconcileAsync(_desired, null, TestContext.Current.CancellationToken);

        _memory.Forgotten = TestTrustStores.KeyOf(_root);
        await _memory.RemoveAsync(TestTrustStores.Trusted(_root));

        await AssertPausesAsync(reconciler, () => _writes, 1, 2);
    }

    [Fact]
    public async Task Heal_PutRightBySomebodyElse_IsInstalledAtOnce()
    {
        _memory.Forgotten = TestTrustStores.KeyOf(_root);
        var reconciler = TestTrustStores.ReconcilerOf(_time, _memory);
        Assert.Equal(TrustStoreResult.Failed, (await HealAsync(reconciler)).Result);
        _memory.Put(_root);

        Assert.Equal(TrustStoreResult.Installed, (await HealAsync(reconciler)).Result);
    }

    private Task AssertPausesAsync(Reconciler reconciler, Func<int> runs, params int[] minutes) => AssertPausesAsync(reconciler, runs, _desired, minutes);

    /// <summary>That the next attempt comes at once, and each one after it when its pause is over.</summary>
    private async Task AssertPausesAsync(Reconciler reconciler, Func<int> runs, DesiredState desired, params int[] minutes)
    {
        var expected = runs();
        foreach (var pause in minutes)
        {
            expected++;
            for (var i = 0; i < 5; i++)
                Assert.Equal(TrustStoreResult.Failed, (await HealAsync(reconciler, desired)).Result);
            Assert.Equal(expected, runs());
            _time.Advance(TimeSpan.FromMinutes(pause) - TimeSpan.FromSeconds(1));
            await HealAsync(reconciler, desired);
            Assert.Equal(expected, runs());
            _time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    private async Task<TrustStoreOutcome> HealAsync(Reconciler reconciler, DesiredState? desired = null) =>
        Assert.Single(await reconciler.HealAsync(desired ?? _desired, [], TestContext.Current.CancellationToken));
}
