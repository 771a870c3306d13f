using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.X509;
using CaPortal.Tests.Testing;
using CaPortal.Tests.TrustStores;

namespace CaPortal.Tests.Benchmarks;

/// <summary>
/// What writing to the trust stores costs, beside what the same costs without CaPortal. Run it with
/// <c>CaPortal.Tests -explicit only -class CaPortal.Tests.Benchmarks.TrustStoreBenchmark</c> after a Release build.
/// </summary>
public sealed class TrustStoreBenchmark(ITestOutputHelper output)
{
    private const int Many = 1000;
    private const int Rounds = 30;

    [Fact(Explicit = true)]
    public async Task OneCertificate()
    {
        using var folder = new TemporaryDirectory();
        var (x509, bundle) = (TestTrustStores.X509(), TestTrustStores.Bundle(folder["bundle"]));
        var reconciler = TestTrustStores.ReconcilerOf(x509, bundle);
        foreach (var present in (int[])[0, Many])
        {
            var there = MakeCertificates($"Present among {present}", present);
            await reconciler.ReconcileAsync(TestTrustStores.Desired(there), null, TestContext.Current.CancellationToken);
            var certificates = MakeCertificates($"One more than {present}", 3 * Rounds);
            var times = new Dictionary<string, List<double>>();
            for (var i = 0; i < Rounds; i++)
            {
                var (forStores, forReconciler, forOthers) = (certificates[i], certificates[Rounds + i], certificates[(2 * Rounds) + i]);
                await MeasureAsync("x509: add and read back", () => AddAsync(x509, forStores));
                await MeasureAsync("pem-bundle: add and read back", () => AddAsync(bundle, forStores));
                await MeasureAsync("Reconciler: both", () => reconciler.ReconcileAsync(
                    TestTrustStores.Desired([.. there, forStores, forReconciler]), null, TestContext.Current.CancellationToken));
                await MeasureAsync("X509Store.Add alone", () => AddWithDotNet("caportal-benchmark", [forOthers]));
                await MeasureAsync("write, fsync, rename, fsync folder: one PKCS#12 file", () =>
                    DurableFile.WriteAsync(folder[$"{present}-{i}"], X509StoreFile.Encode(forOthers.Der.Span)));
                await MeasureAsync("write, fsync, rename, fsync folder: the bundle", () =>
                    DurableFile.WriteAsync(folder["bundle.pem"], File.ReadAllBytes(bundle.Location(CaStore.Root))));
            }

            output.WriteLine($"One certificate, {present} there before (median of {Rounds})");
            foreach (var (what, measured) in times)
                output.WriteLine($"  {what,-55} {measured.Order().ElementAt(Rounds / 2),8:F2} ms");

            async Task MeasureAsync(string what, Func<Task> work)
            {
                var started = Stopwatch.GetTimestamp();
                await work();
                (times.TryGetValue(what, out var list) ? list : times[what] = []).Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }
        }
    }

    [Fact(Explicit = true)]
    public async Task ManyCertificates()
    {
        using var folder = new TemporaryDirectory();
        var (x509, bundle) = (TestTrustStores.X509(), TestTrustStores.Bundle(folder["bundle"]));
        foreach (var store in Enum.GetValues<CaStore>())
        {
            var warmUp = MakeCertificates("Warm up", 20, store);
            await AddAsync(x509, warmUp);
            await AddAsync(bundle, warmUp);
            await AddWithDotNet($"caportal-many-{store}", warmUp);
        }

        foreach (var store in Enum.GetValues<CaStore>())
        {
            // In one folder each way per round, and nothing deleted before: creating files is slow where some were just deleted.
            var certificates = MakeCertificates("Many", Many, store);
            output.WriteLine($"{Many} certificates at once, {store}");
            await MeasureAsync("X509Store.Add alone", () => AddWithDotNet($"caportal-many-{store}", certificates));
            await MeasureAsync("x509: add and read back", () => AddAsync(x509, certificates));
            await MeasureAsync("x509: read, nothing changed", () => x509.ReadAsync());
            await MeasureAsync("pem-bundle: add and read back", () => AddAsync(bundle, certificates));
            await MeasureAsync("pem-bundle: read, nothing changed", () => bundle.ReadAsync());
            await MeasureAsync("write, fsync, rename, fsync folder: the bundle", () =>
                DurableFile.WriteAsync(folder["copy.pem"], File.ReadAllBytes(bundle.Location(store))));
            await MeasureAsync($"write, fsync, rename: {Many} files in turn", async () =>
            {
                foreach (var certificate in certificates)
                    await DurableFile.WriteAsync(folder[certificate.Key.Sha256], certificate.Der.ToArray());
            });
        }

        async Task MeasureAsync(string what, Func<Task> work)
        {
            using var process = Process.GetCurrentProcess();
            var (started, cpu) = (Stopwatch.GetTimestamp(), process.TotalProcessorTime);
            await work();
            var elapsed = Stopwatch.GetElapsedTime(started);
            process.Refresh();
            output.WriteLine($"  {what,-55} {elapsed.TotalMilliseconds,8:F0} ms {(process.TotalProcessorTime - cpu).TotalMilliseconds,8:F0} ms CPU");
        }
    }

    private static async Task AddAsync(ITrustStore store, params IReadOnlyList<TrustedCertificate> certificates)
    {
        await store.ApplyAsync(new TrustStoreChange(certificates, []), TestContext.Current.CancellationToken);
        var found = await store.ReadAsync();
        Assert.All(certificates, c => Assert.Contains(c.Key, found.Certificates));
    }

    private static Task AddWithDotNet(string name, IReadOnlyList<TrustedCertificate> certificates)
    {
        using var store = new X509Store(name, StoreLocation.CurrentUser, OpenFlags.ReadWrite);
        foreach (var certificate in certificates)
        {
            using var loaded = X509CertificateLoader.LoadCertificate(certificate.Der.Span);
            store.Add(loaded);
        }

        return Task.CompletedTask;
    }

    private static List<TrustedCertificate> MakeCertificates(string name, int count, CaStore store = CaStore.Root)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var request = TestCertificates.CaRequest($"CN={name} {i}", key);
            using var certificate = request.CreateSelfSigned(TestCertificates.Yesterday, TestCertificates.Yesterday.AddYears(10));
            return TestTrustStores.Trusted(certificate, store);
        })];
    }
}
