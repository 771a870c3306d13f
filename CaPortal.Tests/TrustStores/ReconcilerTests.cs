using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core;
using CaPortal.Core.Certificates;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.PemBundle;
using CaPortal.Core.TrustStores.Reconciling;
using CaPortal.Core.TrustStores.X509;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace CaPortal.Tests.TrustStores;

public sealed class ReconcilerTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly X509Certificate2 _root = TestCertificates.Root();
    private readonly X509Certificate2 _other = TestCertificates.Root("Other Root");
    private readonly PemBundleTrustStore _bundle;

    public ReconcilerTests() => _bundle = TestTrustStores.Bundle(_folder["bundle"]);

    public void Dispose()
    {
        _root.Dispose();
        _other.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Reconcile_Missing_IsAddedReadBackAndReported()
    {
        var reconciler = TestTrustStores.ReconcilerOf(_bundle);
        using var intermediate = TestCertificates.Intermediate(_root);
        var (root, lower) = (TestTrustStores.Trusted(_root), TestTrustStores.Trusted(intermediate, CaStore.CertificateAuthority));

        var outcome = await ReconcileAsync(reconciler, TestTrustStores.Desired([root, lower]));

        Assert.Equal(TrustStoreResult.Installed, outcome.Result);
        Assert.Equal(new HashSet<CaCertificateKey> { root.Key, lower.Key }, outcome.Added.ToHashSet());
        Assert.Equal(SetHash.Of([root.Key, lower.Key]), outcome.ObservedHash);
        Assert.Null(outcome.Error);
    }

    [Fact]
    public async Task Reconcile_NothingToDo_LoadsNothingAndReportsNoChange()
    {
        var reconciler = TestTrustStores.ReconcilerOf(_bundle);
        var desired = TestTrustStores.Desired([TestTrustStores.Trusted(_root)]);
        await ReconcileAsync(reconciler, desired);

        var outcome = await ReconcileAsync(reconciler, desired with { Source = new NothingToLoad() });

        Assert.Equal(TrustStoreResult.Installed, outcome.Result);
        Assert.Empty(outcome.Added);
        Assert.Equal(SetHash.Of([TestTrustStores.KeyOf(_root)]), outcome.ObservedHash);
    }

    [Fact]
    public async Task Reconcile_Withdrawn_IsRemovedAndTheCertificatesOfOthersStay()
    {
        var reconciler = TestTrustStores.ReconcilerOf(_bundle);
        await _bundle.AddAsync(TestTrustStores.Trusted(_root), TestTrustStores.Trusted(_other));

        var outcome = await ReconcileAsync(reconciler, TestTrustStores.Desired([], withdrawn: [TestTrustStores.KeyOf(_root)]));

        Assert.Equal([TestTrustStores.KeyOf(_root)], outcome.Removed);
        Assert.Equal([TestTrustStores.KeyOf(_other)], (await _bundle.ReadAsync()).Certificates);
    }

    [Fact]
    public async Task Reconcile_NoSpaceForWhatIsAdded_WhatIsWithdrawnIsGoneAllTheSame()
    {
        await using var disk = await SmallDisk.MountAsync("size=256k");
        var bundle = TestTrustStores.Bundle(Path.Combine(disk.Path, "bundle"));
        var reconciler = TestTrustStores.ReconcilerOf(bundle);
        var (root, other) = (TestTrustStores.Trusted(_root), TestTrustStores.Trusted(_other));
        await bundle.AddAsync(root, other);
        var filler = Path.Combine(disk.Path, "filler");
        SmallDisk.Fill(filler);
        await using (var full = File.OpenWrite(filler))
            full.SetLength(full.Length - Environment.SystemPageSize);
        var added = BenchmarkCertificates.Roots("Added", 10).Select(c => TestTrustStores.Trusted(c)).ToList();

        var outcome = await ReconcileAsync(reconciler, TestTrustStores.Desired([other, .. added], withdrawn: [root.Key]));

        Assert.Equal(TrustStoreResult.Failed, outcome.Result);
        Assert.Contains("no space left", outcome.Error, StringComparison.Ordinal);
        Assert.Equal([root.Key], outcome.Removed);
        Assert.Empty(outcome.Added);
        Assert.Equal([other.Key], (await bundle.ReadAsync()).Certificates);
    }

    [Fact]
    public async Task Reconcile_WithdrawnOnceAndDesiredAgain_IsThere()
    {
        var reconciler = TestTrustStores.ReconcilerOf(_bundle);

        var outcome = await ReconcileAsync(
            reconciler, TestTrustStores.Desired([TestTrustStores.Trusted(_root)], withdrawn: [TestTrustStores.KeyOf(_root)]));

        Assert.Equal(TrustStoreResult.Installed, outcome.Result);
        Assert.Contains(TestTrustStores.KeyOf(_root), (await _bundle.ReadAsync()).Certificates);
    }

    [Fact]
    public async Task Reconcile_BreaksReaders_StaysOutOfSharedTrustStoresEvenWhereItWasBefore()
    {
        var reconciler = TestTrustStores.ReconcilerOf(_bundle);
        var (good, odd) = (TestTrustStores.Trusted(_root), TestTrustStores.Trusted(_other));
        await _bundle.AddAsync(odd);

        var outcome = await ReconcileAsync(reconciler, TestTrustStores.Desired([good, odd], breaksReaders: [odd.Key]));

        Assert.Equal(TrustStoreResult.Installed, outcome.Result);
        Assert.Equal([odd.Key], outcome.LeftOut);
        Assert.Equal(SetHash.Of([good.Key]), outcome.ObservedHash);
        Assert.Equal([good.Key], (await _bundle.ReadAsync()).Certificates);
    }

    [Fact]
    public async Task Reconcile_CertificateThatCannotBeLoaded_IsLeftOutAndTheOthersAreInstalled()
    {
        var reconciler = TestTrustStores.ReconcilerOf(_bundle);
        var der = _other.RawData.AsMemory(..^10);
        var broken = TestTrustStores.Trusted(_other) with { Der = der, Key = new(CaStore.Root, Thumbprints.Sha256(der.Span)) };
        var desired = TestTrustStores.Desired([TestTrustStores.Trusted(_root), broken]);

        var outcome = await ReconcileAsync(reconciler, desired);

        Assert.Equal(TrustStoreResult.Installed, outcome.Result);
        Assert.Equal([broken.Key], outcome.LeftOut);
        Assert.Equal([TestTrustStores.KeyOf(_root)], outcome.Added);
        Assert.Equal(TrustStoreResult.Installed, (await ReconcileAsync(reconciler, desired)).Result);
    }

    [Fact]
    public async Task Reconcile_DamagedFile_IsHealedAndToldEvenWithoutADifference()
    {
        var reconciler = TestTrustStores.ReconcilerOf(_bundle);
        Directory.CreateDirectory(_folder["bundle"]);
        await File.WriteAllTextAsync(_bundle.Location(CaStore.Root), "<html>", TestContext.Current.CancellationToken);

        var outcome = await ReconcileAsync(reconciler, TestTrustStores.Desired([]));

        Assert.Single(outcome.Damaged);
        Assert.True(outcome.IsChanged);
        Assert.False((await ReconcileAsync(reconciler, TestTrustStores.Desired([]))).IsChanged);
        Assert.Empty((await _bundle.ReadAsync()).Damaged);
    }

    [Fact]
    public async Task Reconcile_OneTrustStoreAbsent_OthersAreWritten()
    {
        var absent = new X509TrustStore(StoreLocation.CurrentUser, null);
        var reconciler = TestTrustStores.ReconcilerOf(absent, _bundle);
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The store can be absent in this way on Linux alone.");

        var outcomes = await reconciler.ReconcileAsync(
            TestTrustStores.Desired([TestTrustStores.Trusted(_root)]), null, TestContext.Current.CancellationToken);

        Assert.Equal([TrustStoreResult.Absent, TrustStoreResult.Installed], outcomes.Select(o => o.Result));
        Assert.All([outcomes[0].Error, outcomes[0].Advice], Assert.NotNull);
    }

    [Fact]
    public async Task Reconcile_TrustStoreThatCannotBeWritten_IsComparedAndLeftAsItIs()
    {
        var store = new MemoryTrustStore { State = new TrustStoreState(false, "The disk is read-only.", "Mount it for writing.") };
        using var other = TestCertificates.Root("Other");
        store.Put(_root);
        var reconciler = TestTrustStores.ReconcilerOf(store);
        var desired = TestTrustStores.Desired([TestTrustStores.Trusted(other)]) with { Withdrawn = new HashSet<CaCertificateKey> { TestCore.KeyOf(_root) } };

        var outcome = await ReconcileAsync(reconciler, desired);

        Assert.Equal((TrustStoreResult.Unusable, "The disk is read-only.", "Mount it for writing."), (outcome.Result, outcome.Error, outcome.Advice));
        Assert.Equal([TestCore.KeyOf(other)], outcome.Missing);
        Assert.Equal([TestCore.KeyOf(_root)], outcome.Left);
        Assert.True(store.Has(TestCore.KeyOf(_root)));
        Assert.NotEqual(outcome.ExpectedHash, outcome.ObservedHash);
    }

    [Fact]
    public async Task Reconcile_OneTrustStoreFails_OthersAreWritten()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The store has a folder on Linux alone.");
        Directory.CreateDirectory(_folder["stores/root"]);
        File.CreateSymbolicLink(_folder["stores/.caportal.lock"], _folder["nowhere/lock"]);
        var reconciler = TestTrustStores.ReconcilerOf(new X509TrustStore(StoreLocation.CurrentUser, _folder["stores"]), _bundle);

        var outcomes = await reconciler.ReconcileAsync(
            TestTrustStores.Desired([TestTrustStores.Trusted(_root)]), null, TestContext.Current.CancellationToken);

        Assert.Equal([TrustStoreResult.Failed, TrustStoreResult.Installed], outcomes.Select(o => o.Result));
        Assert.All([outcomes[0].Error, outcomes[0].Advice], Assert.NotNull);
    }

    [Fact]
    public async Task Reconcile_Progress_TellsBeginAndOutcome()
    {
        var reconciler = TestTrustStores.ReconcilerOf(_bundle);
        var steps = new Steps();

        var outcomes = await reconciler.ReconcileAsync(TestTrustStores.Desired([]), steps, TestContext.Current.CancellationToken);

        Assert.Equal([new ReconcileStep(_bundle.Title, null), new ReconcileStep(_bundle.Title, outcomes[0])], steps.Reported);
    }

    [Fact]
    public async Task Reconcile_CancelledBeforeWriting_WritesNothing()
    {
        var reconciler = TestTrustStores.ReconcilerOf(_bundle);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            reconciler.ReconcileAsync(TestTrustStores.Desired([TestTrustStores.Trusted(_root)]), null, new CancellationToken(canceled: true)));

        Assert.False(Directory.Exists(_folder["bundle"]));
    }

    [Fact]
    public async Task Reconcile_TrustStoreThatStaysUnusable_IsLoggedOnceUntilThatChanges()
    {
        var place = Path.Combine(_folder.Path, "bundle");
        await File.WriteAllTextAsync(place, "a file where a folder is needed", TestContext.Current.CancellationToken);
        var store = TestTrustStores.Bundle(place);
        var log = new Log();
        var options = new CoreOptions();
        options.TrustStores.Add(store.Name);
        var reconciler = new Reconciler(
            new TrustStoreSelection(Options.Create(options), [], [store]),
            new OpenSslCertificates(NullLogger<OpenSslCertificates>.Instance),
            TestTrustStores.Candidates(),
            TimeProvider.System,
            log);

        await ReconcileAsync(reconciler, TestTrustStores.Desired([]));
        await ReconcileAsync(reconciler, TestTrustStores.Desired([]));
        Assert.Contains("is a file, where a folder is needed. Move it elsewhere", Assert.Single(log.Lines), StringComparison.Ordinal);

        File.Delete(place);
        await ReconcileAsync(reconciler, TestTrustStores.Desired([]));
        Directory.Delete(place, recursive: true);
        await File.WriteAllTextAsync(place, "again", TestContext.Current.CancellationToken);
        await ReconcileAsync(reconciler, TestTrustStores.Desired([]));
        Assert.Equal(2, log.Lines.Count);
    }

    private sealed class NothingToLoad : ICertificateSource
    {
        public Task<IReadOnlyList<TrustedCertificate>> LoadAsync(IReadOnlyCollection<CaCertificateKey> keys, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("Nothing is missing.");
    }

    private sealed class Log : ILogger<Reconciler>
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add(formatter(state, exception));
    }

    private static async Task<TrustStoreOutcome> ReconcileAsync(Reconciler reconciler, DesiredState desired) =>
        Assert.Single(await reconciler.ReconcileAsync(desired, null, TestContext.Current.CancellationToken));

    private sealed class Steps : IProgress<ReconcileStep>
    {
        public ConcurrentQueue<ReconcileStep> Reported { get; } = [];

        public void Report(ReconcileStep value) => Reported.Enqueue(value);
    }
}
